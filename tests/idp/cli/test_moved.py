"""`idp imports`: what needs somebody, and subjects of a portal's old users, as an operator types it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner
from sqlalchemy import select, update

from idp import clock
from idp.cli.clients import clients
from idp.cli.moved import imports
from idp.keys.vault import Vault
from idp.moving import claims, joining, runs
from idp.moving.models import ImportedAccount, State
from tests.idp.account.stage import Stage, staged
from tests.idp.cli.test_staff import Given
from tests.idp.mandates.office import organisation
from tests.idp.moving.old_accounts import MD5, imported, row, written
from tests.idp.persons.people import person


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with staged(tmp_path) as started:
        yield started


def said(stage: Stage, command: click.Group, *arguments: str, typed: str = "") -> Any:
    result = CliRunner().invoke(command, [*arguments, "--json"], obj=Given(stage), input=typed)
    assert 0 == result.exit_code, result.output
    return json.loads(result.stdout)


def vault_of(stage: Stage) -> Vault:
    return stage.services.vault


def test_claims_are_listed_until_somebody_settles_them(stage: Stage, tmp_path: Path) -> None:
    """Who had the password of which enterprise's login, and since when."""
    database, code = stage.services.database, organisation(1, clock.now()).credit_code
    shared = {"id": "e-1", "kind": "organisation", "login": "hongda", "credit_code": code}
    imported(database, vault_of(stage), written(tmp_path, [shared]))
    with database.writing() as db:
        someone = person(db, vault_of(stage), 1)
        account_id = db.scalars(select(ImportedAccount.id)).one()
        claims.follow(db, vault_of(stage), account_id, someone, clock.now())
    (listed,) = said(stage, imports, "claims")

    assert ("gjj", code, str(someone.id)) == (listed["source"], listed["credit_code"], listed["person"])


def test_subjects_are_told_of_accounts_that_somebody_has_proven(stage: Stage, tmp_path: Path) -> None:
    """A line that is empty is no id, and an account that waits is told as little as one that is not there."""
    database = stage.services.database
    given = ("--name", "旧门户", "--redirect-uri", "http://127.0.0.1:8399/cb", "--class", "government")
    portal = said(stage, clients, "create", *given)
    with database.writing() as db:
        runs.source(db, vault_of(stage), "old", "旧门户", portal["client_id"])
        person(db, vault_of(stage), 1)
    imported(database, vault_of(stage), written(tmp_path, [row(1), row(2)]), source="old")
    joining.join_held(database, vault_of(stage), 10, clock.now())
    told = said(stage, imports, "map", "old", typed="old-1\n\n old-2\nnever-there\n")

    assert ["old-1"] == [one["id"] for one in told]
    assert told[0]["sub"]


def test_old_passwords_do_not_leave_with_the_faults(stage: Stage, tmp_path: Path) -> None:
    """As in the console: what goes back to who brought the file holds no hash, nor how it was made."""
    database = stage.services.database
    imported(database, vault_of(stage), written(tmp_path, [row(1, scheme="md5-salt-first", hash=MD5)]))
    with database.writing() as db:
        db.execute(update(ImportedAccount).values(state=State.CONFLICT))
    (told,) = said(stage, imports, "faults", "gjj")
    table = CliRunner().invoke(imports, ["faults", "gjj"], obj=Given(stage)).stdout

    assert "证件的持有人姓名不同" in told["advice"]
    assert not {"scheme", "hash"} & set(told)
    assert MD5 not in table and "scheme" not in table.splitlines()[0]
