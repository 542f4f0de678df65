"""`idp persons`: what an operator can do, and what is shown of people."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from idp.audit.models import AuditEvent
from idp.cli.persons import persons
from idp.persons import synthetic
from idp.services import Services
from tests.idp.account.stage import Stage, newcomer, staged


class Working:
    """What the commands work on."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self.database = services.database


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with staged(tmp_path_factory.mktemp("home")) as stage:
        yield stage


def run(stage: Stage, *arguments: str, typed: str = "") -> Result:
    return CliRunner().invoke(persons, arguments, obj=Working(stage.services), input=typed)


def created(stage: Stage, index: int, *options: str, **changes: Any) -> Result:
    persona = newcomer(index)
    given = {
        "name": persona.name,
        "id_type": persona.kind,
        "id_number": persona.number,
        "phone": persona.phone,
        "login": f"person-{index:02d}",
        "password": "three quiet herons",
        **changes,
    }
    return run(stage, "create", "--json", *options, typed=json.dumps(given))


def answer(result: Result) -> Any:
    """What the command printed, after whatever was logged."""
    assert result.output, result.exception
    return json.loads(result.stdout.splitlines()[-1])


def test_a_created_person_is_checked_with_the_registry(stage: Stage) -> None:
    """The operator's word is no evidence; the registry's is."""
    made = answer(created(stage, 1))

    assert ("active", 3, "person-01") == (made["status"], made["ial"], made["login"])
    assert "/account" == stage.browser().sign_in("person-01").path


def test_unchecked_people_stay_at_level_two(stage: Stage) -> None:
    """What was not asked is not believed."""
    assert 2 == answer(created(stage, 2, "--unchecked"))["ial"]


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"name": "王不是"}, "does not confirm"),
        ({"id_number": "1"}, "LENGTH"),
        ({"phone": "1"}, "phone"),
        ({"login": "1"}, "login"),
        ({"password": "short"}, "password"),
    ],
)
def test_what_is_wrong_is_named(stage: Stage, changes: dict[str, str], fault: str) -> None:
    """Nobody is created, the exit code is 1, and nothing typed is repeated."""
    result = created(stage, 3, **changes)

    assert (1, True) == (result.exit_code, fault in result.output)
    assert newcomer(3).number not in result.output


def test_a_person_is_shown_masked(stage: Stage) -> None:
    """Operators see who it is, not what could be copied."""
    created(stage, 4)
    result = run(stage, "show", "-", "--json", typed=newcomer(4).number)
    secrets = (newcomer(4).number, newcomer(4).name, newcomer(4).phone)

    assert "person-04" == answer(result)["login"]
    assert [] == [secret for secret in secrets if secret in result.output]


def test_freezing_ends_the_session_and_is_recorded(stage: Stage) -> None:
    """One command, at once, with the operator's name in the trail."""
    created(stage, 5)
    browser = stage.browser().sign_in("person-05")
    state = answer(run(stage, "freeze", "person-05", "--reason", "fraud", "--json"))["status"]

    with stage.services.database.reading() as db:
        events = db.scalars(select(AuditEvent).where(AuditEvent.topic == "person.status_changed")).all()
    assert ("frozen", "/sign-in") == (state, browser.get("/account").path)
    assert all(event.actor.startswith("operator:") for event in events)


def test_a_move_that_makes_no_sense_is_refused(stage: Stage) -> None:
    """An active person cannot be unfrozen."""
    created(stage, 6)
    result = run(stage, "unfreeze", "person-06", "--reason", "x")

    assert (1, True) == (result.exit_code, "not possible" in result.output)


def test_a_death_report_can_be_taken_back(stage: Stage) -> None:
    """Registries err."""
    created(stage, 7)
    run(stage, "deceased", "person-07", "--reason", "register")
    result = run(stage, "deceased", "person-07", "--reason", "corrected", "--withdraw", "--json")

    assert "active" == answer(result)["status"]


def test_the_list_goes_on_from_the_last_one(stage: Stage) -> None:
    """Pages by id, however many there are."""
    for index in (8, 9, 10):
        created(stage, index)
    first = answer(run(stage, "list", "--limit", "2", "--json"))
    second = answer(run(stage, "list", "--limit", "2", "--before", first[-1]["id"], "--json"))

    assert (2, True) == (len(first), first[-1]["id"] > second[0]["id"])


def test_nobody_is_said_plainly(stage: Stage) -> None:
    """An unknown login is an exit code and a sentence."""
    result = run(stage, "show", synthetic.prc_passport(9))

    assert (1, True) == (result.exit_code, "nobody" in result.output)
