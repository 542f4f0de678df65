"""Cases that an operator decides: what they see, and what is left when it is decided."""

import json
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from click.testing import CliRunner
from sqlalchemy import update

from admin_ui import accounts, administrators
from admin_ui.models import Role
from federation.models import UpstreamCase
from idp import clock
from idp.audit import scope
from idp.cli.upstreams import upstreams
from idp.notices.models import Notice
from idp.persons.models import Staff
from tests.federation.stage import City


def idp(town: City, *arguments: str) -> Any:
    """A command on this instance, as a program reads it."""
    services = town.stage.services
    operation = SimpleNamespace(database=services.database, settings=services.settings)
    with scope.within(scope.Scope("test", "operator")):
        done = CliRunner().invoke(upstreams, [*arguments, "--json"], obj=operation)
    return json.loads(done.stdout) if done.exit_code == 0 else done


def reviewer(town: City, login: str, name: str, role: Role = Role.REVIEWER) -> UUID:
    """A civil servant with a role in the console, for everything."""
    with town.stage.services.database.writing() as db:
        account = accounts.ensure(db, login, name, None, accounts.issue(), clock.now())
        administrators.appoint(db, account.person_id, role, None, clock.now(), by=None)
        return account.person_id


def test_the_upstreams_are_listed_with_their_links(town: City) -> None:
    """What is trusted, and how many rely on it."""
    town.traveller().enters(town.newcomer().key).agrees()
    (row,) = idp(town, "list")
    names = ("name", "protocol", "highest_level", "linked")

    assert ("province", "oidc", 3, 1) == tuple(row[name] for name in names)


def test_a_case_is_seen_masked_and_closed_once(town: City) -> None:
    """The name and number the upstream asserted are forgotten with the decision."""
    town.traveller().enters("unknown-to-registry").agrees()
    (case,) = idp(town, "cases")
    gao = reviewer(town, "gao_wenbin", "高文斌")
    by = ("--by", "gao_wenbin", "--reason", "与原件核对，省里登记有误")
    closed = idp(town, "close", case["id"], "upstream_is_wrong", *by)
    again = idp(town, "close", case["id"], "upstream_is_wrong", *by)
    (row,) = town.rows(UpstreamCase)
    (event,) = town.events("upstream.case_closed")

    assert ("registry_says_no", "无**") == (case["reason"], case["name"])
    assert "*" in case["number"]
    assert "upstream_is_wrong" == closed["decision"]
    assert 1 == again.exit_code
    assert (None, None) == (row.name_sealed, row.number_sealed)
    assert (gao, "与原件核对，省里登记有误") == (row.closed_by, row.closed_note)
    assert f"admin:{gao.hex}" == event.actor
    assert [] == idp(town, "cases")


def test_the_person_concerned_is_told(town: City) -> None:
    """Another name under their document: they hear of it, and nothing of theirs changes."""
    persona = town.newcomer()
    town.registered(persona)
    object.__setattr__(town.citizen(persona), "name", "别的名字")
    visitor = town.traveller().enters(persona.key)
    opened: Sequence[UpstreamCase] = town.rows(UpstreamCase, UpstreamCase.reason == "other_name")
    person = town.stage.person(persona.number)

    assert 409 == visitor.status
    assert person is not None and [person.id] == [one.person_id for one in opened]
    assert "upstream.disagreed" in {one.topic for one in town.rows(Notice, Notice.person_id == person.id)}


def test_nobody_decides_their_own_case_on_the_machine_either(town: City) -> None:
    """Nor without a reason, nor without a role that decides for the whole instance."""
    persona = town.newcomer()
    town.registered(persona)
    object.__setattr__(town.citizen(persona), "name", "又一个名字")
    town.traveller().enters(persona.key)
    me = town.stage.person(persona.number)
    assert me is not None
    (case,) = [one for one in idp(town, "cases") if one["person_id"] == str(me.id)]
    herself, other = reviewer(town, "herself", "程一"), reviewer(town, "other", "程二")
    reviewer(town, "auditor", "程三", Role.AUDIT)
    with town.stage.services.database.writing() as db:
        db.execute(update(Staff).where(Staff.person_id == herself).values(citizen_id=me.id))
    why = ("--reason", "看过了")
    refused = [
        idp(town, "close", case["id"], "nothing_to_do", "--by", login, *reason)
        for login, reason in (("herself", why), ("other", ("--reason", " ")), ("auditor", why), ("no", why))
    ]

    assert [1, 1, 1, 1] == [one.exit_code for one in refused]
    assert case["id"] in {one["id"] for one in idp(town, "cases")}
    assert "other" == idp(town, "close", case["id"], "nothing_to_do", "--by", "other", *why)["by"]
    assert other != herself
