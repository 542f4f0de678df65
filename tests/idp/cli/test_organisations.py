"""`idp organisations`: what an operator sees of legal persons, and can do about them."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from idp import clock
from idp.cli.context import Operation
from idp.cli.organisations import organisations as command
from idp.mandates import founding
from idp.organisations.claim import Typed
from idp.organisations.registry import RegisteredState
from tests.idp.account.stage import Stage, staged
from tests.idp.organisations import registries
from tests.idp.organisations.desk import prove
from tests.idp.organisations.registries import Register
from tests.idp.persons import people

CODE = registries.code()


class Given(Operation):
    """An operation on services that are there already, with a registry of the test's own."""

    def __init__(self, stage: Stage, registry: Register) -> None:
        extras = {**stage.services.extras, "organisations": registry, "organisation_changes": registry}
        self.__dict__["services"] = replace(stage.services, extras=extras)


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with staged(tmp_path) as started:
        yield started


@pytest.fixture
def registry(stage: Stage) -> Register:
    """A registry that has one company, which its representative has registered here."""
    register = Register(now=clock.now())
    register.add()
    services = stage.services
    with services.database.writing() as db:
        person_id = people.person(db, services.vault, 1).id
        prove(db, person_id, clock.now())
    registrar = founding.Registrar(services.database, services.vault, services.state, register, 5)
    founding.register(registrar, person_id, Typed(CODE, registries.name()), clock.now())
    return register


def idp(stage: Stage, registry: Register, *arguments: str) -> Result:
    return CliRunner().invoke(command, list(arguments), obj=Given(stage, registry))


def rows(result: Result) -> list[dict[str, object]]:
    assert 0 == result.exit_code, result.output
    found: list[dict[str, object]] = json.loads(result.stdout)
    return found


def test_the_list_shows_codes_and_standings(stage: Stage, registry: Register) -> None:
    """By code, for programs too; it names no person."""
    found = rows(idp(stage, registry, "list", "--json"))

    assert [(CODE, "active", True)] == [(one["code"], one["standing"], one["represented"]) for one in found]
    assert "晓云" not in json.dumps(found, ensure_ascii=False)


@pytest.mark.parametrize("typed", [CODE, f"{CODE[8:16]}-{CODE[16]}", CODE.lower()])
def test_one_is_shown_by_any_number_of_its_own(stage: Stage, registry: Register, typed: str) -> None:
    """Credit code or organisation code, in any spelling."""
    shown = idp(stage, registry, "show", typed, "--json")

    assert ["representative:1"] == json.loads(shown.stdout)["active"]


def test_a_refresh_follows_the_registry(stage: Stage, registry: Register) -> None:
    """Asked now, whoever's turn it is."""
    registry.change(state=RegisteredState.LICENCE_REVOKED)
    registry.now = clock.now()
    found = rows(idp(stage, registry, "refresh", "--code", CODE, "--json"))

    assert [("changed", "restricted")] == [(one["outcome"], one["standing"]) for one in found]


def test_changes_are_read_and_asked_about(stage: Stage, registry: Register) -> None:
    """What the list of changes names is asked about at once, what it names of others is not."""
    registry.changes = [registries.code(99)]
    registry.change(state=RegisteredState.DEREGISTERED)
    registry.now = clock.now()
    found = rows(idp(stage, registry, "refresh", "--changes", "--json"))

    assert [(CODE, "closed")] == [(one["code"], one["standing"]) for one in found]


def test_no_answer_is_an_exit_code(stage: Stage, registry: Register) -> None:
    """So that a script repeats it."""
    registry.away.add("")

    assert 4 == idp(stage, registry, "refresh", "--code", CODE).exit_code


def test_whose_turn_it_is_not_is_not_asked_about(stage: Stage, registry: Register) -> None:
    """Within a day of the last answer there is nothing to do."""
    assert [] == rows(idp(stage, registry, "refresh", "--due", "--json"))


def test_an_operator_suspends_lifts_and_closes(stage: Stage, registry: Register) -> None:
    """With a reason each time; what is closed stays closed."""
    said = []
    for step in ("suspend", "lift", "close", "lift"):
        result = idp(stage, registry, step, CODE, "--reason", "as asked", "--json")
        said.append(json.loads(result.stdout)["standing"] if result.exit_code == 0 else result.exit_code)

    assert ["suspended", "active", "closed", 1] == said


@pytest.mark.parametrize("arguments", [("show", "123"), ("show", registries.code(9)), ("refresh",)])
def test_what_is_not_there_is_a_fault_that_says_so(
    stage: Stage, registry: Register, arguments: tuple[str, ...]
) -> None:
    """No trace of Python, and nothing done."""
    result = idp(stage, registry, *arguments)

    assert result.exit_code in (1, 2)
    assert "Traceback" not in result.output
