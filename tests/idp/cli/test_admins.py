"""`idp admins`: appointing administrators on the machine, with or without a directory."""

import json
from collections.abc import Iterator

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from idp import clock
from idp.authenticators.directory import Entry
from idp.cli.admins import admins
from idp.departments import tree
from idp.departments.tree import Unit
from idp.persons import staff
from idp.persons.models import Person
from idp.persons.staff import Source
from tests.idp.account.stage import Stage, staged
from tests.idp.cli.test_staff import Given


@pytest.fixture
def stage(tmp_path) -> Iterator[Stage]:
    with staged(tmp_path) as started:
        with started.services.database.writing() as db:
            tree.add(db, Unit("210000", "示范省", "", "province", ""), clock.now())
        yield started


def run(stage: Stage, *arguments: str) -> Result:
    return CliRunner().invoke(admins, list(arguments), obj=Given(stage))


def said(stage: Stage, *arguments: str):
    result = run(stage, *arguments, "--json")
    assert 0 == result.exit_code, result.output
    return json.loads(result.stdout)


def create(stage: Stage, login: str, role: str, *more: str) -> Result:
    return run(stage, "create", login, "--name", "张伟", "--role", role, *more)


def test_an_account_of_our_own_is_opened_and_its_password_printed_once(stage: Stage) -> None:
    """With what a tool needs to sign in; nothing of it is told again."""
    made = said(stage, "create", "zhang_wei", "--name", "张伟", "--role", "security", "--totp")
    listed = said(stage, "list")

    assert ("zhang_wei", "security", "local", "counts") == tuple(
        made[name] for name in ("login", "role", "account", "state")
    )
    assert 14 == len(made["password"])
    assert 32 == len(made["totp_secret"])
    assert made["url"].endswith("/admin")
    assert "张*" == made["name"]
    assert [{"password", "totp_secret"}] == [{"password", "totp_secret"} - set(row) for row in listed]


def test_whoever_the_directory_knows_becomes_an_administrator_as_they_are(stage: Stage) -> None:
    """No second account, no password of ours."""
    with stage.services.database.writing() as db:
        person = staff.arrived(db, Source("d"), Entry("e-1", "wang_fang", "王芳", "U-1"), clock.now())
        person_id = person.id
    made = said(stage, "create", "wang_fang", "--role", "operator", "--department", "210000")
    with stage.services.database.reading() as db:
        people = [one.id for one in db.query(Person)]

    assert ("directory", "210000", "") == (made["account"], made["department"], made["password"])
    assert [person_id] == people


@pytest.mark.parametrize(
    ("held", "further"), [("security", "audit"), ("system", "operator"), ("reviewer", "audit")]
)
def test_the_three_stand_alone(stage: Stage, held: str, further: str) -> None:
    """And what was refused has changed nothing."""
    create(stage, "zhang_wei", held)
    refused = run(stage, "add-role", "zhang_wei", "--role", further)

    assert 1 == refused.exit_code
    assert "stand alone" in refused.output
    assert [held] == [row["role"] for row in said(stage, "list")]


def test_operators_may_review_what_others_hand_in(stage: Stage) -> None:
    """These two go together; whoever handed something in is kept from it by its own rule."""
    create(stage, "zhang_wei", "operator")
    said(stage, "add-role", "zhang_wei", "--role", "reviewer", "--department", "210000")
    said(stage, "end-role", "zhang_wei", "--role", "operator", "--reason", "moved")

    assert ["reviewer"] == [row["role"] for row in said(stage, "list")]
    assert ["ended", "counts"] == [row["state"] for row in said(stage, "list", "--all")]


def test_whoever_ends_is_frozen_and_comes_back_with_another_password(stage: Stage) -> None:
    """An account of our own is there for nothing else."""
    create(stage, "zhang_wei", "operator")
    said(stage, "end", "zhang_wei", "--reason", "retired")
    with stage.services.database.reading() as db:
        status = db.scalar(select(Person.status))
    back = said(stage, "create", "zhang_wei", "--role", "reviewer")

    assert "frozen" == status
    assert 14 == len(back["password"])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("create", "no", "--name", "张伟", "--role", "audit"), "login:"),
        (("create", "zhang_wei", "--role", "audit"), "name:"),
        (
            ("create", "zhang_wei", "--name", "张伟", "--role", "audit", "--department", "1"),
            "no such department",
        ),
        (("end", "nobody_here", "--reason", "gone"), "nobody of this login"),
    ],
)
def test_what_cannot_be_done_is_said(stage: Stage, arguments: tuple[str, ...], words: str) -> None:
    """And nobody is half appointed."""
    result = run(stage, *arguments)
    with stage.services.database.reading() as db:
        people = db.query(Person).count()

    assert 1 == result.exit_code
    assert words in result.output
    assert 0 == people
