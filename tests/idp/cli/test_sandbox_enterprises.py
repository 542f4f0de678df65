"""The organisations of the sandbox: made by the rules, told as they are, and kept."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import func, select

from examples.city_portal.matters import every_matter
from idp import clock
from idp.cli.sandbox import catalogue, clients, enterprises, people, roster
from idp.cli.sandbox.firms import FIRMS
from idp.cli.sandbox.places import Places
from idp.evidence.models import Evidence, Method
from idp.mandates import holdings, rules
from idp.mandates.models import Mandate
from idp.mandates.scope import Act
from idp.matters.models import Action
from idp.organisations.models import Organisation
from idp.persons import lookup
from tests.idp.account.stage import Stage, staged


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """The product composed in this process, with the simulated registries beside it."""
    with staged(tmp_path_factory.mktemp("home")) as stage:
        yield stage


def settle(stage: Stage, told: Any) -> list[dict[str, Any]]:
    """As the town does it, and what `sandbox.json` then says."""
    now = clock.now()
    with stage.services.database.writing() as db:
        clients.settle(db, Places(), told, now)
        catalogue.settle(db, now)
    inhabitants = people.settle(stage.services, told)
    firms = enterprises.settle(stage.services, f"{stage.world}/control", inhabitants, told)
    return roster.of_registered(stage.services, firms, inhabitants)


@pytest.fixture(scope="module")
def told(stage: Stage) -> dict[str, dict[str, Any]]:
    """By the key of each."""
    return dict(zip([firm.key for firm in FIRMS], settle(stage, {}), strict=True))


def may(stage: Stage, persona: str, uscc: str, matter: str, action: str, now: datetime) -> rules.Verdict:
    """What the rules answer about one of the people."""
    with stage.services.database.reading() as db:
        person = lookup.by_login(db, stage.services.vault, people.LOGINS[persona], now)
    assert person is not None
    known = holdings.towards_code(stage.services.prepared, person.id, uscc, now)
    listed = stage.services.extras["matters"].find(matter)
    return rules.may(known.towards_code(uscc), known.sides, Act(listed, Action(action)), now)


def test_there_is_one_of_every_case(told: dict[str, dict[str, Any]]) -> None:
    """Live, restricted, closed, without its representative; and agents active, expired, suspended."""
    standings = {one["standing"] for one in told.values()}
    states = {agent["state"] for one in told.values() for agent in one["agents"]}
    roles = {agent["role"] for one in told.values() for agent in one["agents"]}

    assert 10 == len(told)
    assert {"active", "restricted", "closed"} == standings
    assert {"active", "expired", "suspended", "revoked"} == states
    assert {"administrator", "agent"} == roles
    assert [False] * 2 == [one["represented"] for one in told.values() if not one["represented"]]
    assert {"1", "5", "9"} == {one["uscc"][0] for one in told.values()}
    assert "92" == told["business-agents"]["uscc"][:2]


@pytest.mark.parametrize(
    ("persona", "key", "matter", "action", "reason"),
    [
        ("owner", "company-agents", "qykb-008", "apply", "allowed"),
        ("agent", "company-agents", "sb-002", "apply", "allowed"),
        ("agent", "company-agents", "sf-013", "query", "matter_not_granted"),
        ("founder", "company-agents", "sf-013", "query", "allowed"),
        ("founder", "company-agents", "sf-006", "apply", "action_not_granted"),
        ("bookkeeper", "company-outsourced", "sf-006", "apply", "allowed"),
        ("bookkeeper", "company-outsourced", "sb-002", "apply", "matter_not_granted"),
        ("founder", "company-lapsed", "sf-013", "query", "expired"),
        ("agent", "association-agents", "rlzy-003", "apply", "suspended"),
        ("bookkeeper", "company-winding-up", "qyzx-003", "apply", "allowed"),
        ("bookkeeper", "company-winding-up", "sf-013", "query", "organisation_winds_up"),
        ("agent", "company-gone", "sf-013", "query", "organisation_closed"),
        ("agent", "company-handover", "sb-002", "apply", "only_open_cases"),
        ("agent", "company-handover", "sb-005", "query", "allowed"),
        ("woman", "company-agents", "sb-002", "apply", "no_mandate"),
    ],
)
def test_each_shows_what_it_is_there_for(
    stage: Stage,
    told: dict[str, dict[str, Any]],
    persona: str,
    key: str,
    matter: str,
    action: str,
    reason: str,
) -> None:
    """The rules' own answer about each of them."""
    verdict = may(stage, persona, told[key]["uscc"], f"210100-{matter}", action, clock.now())

    assert reason == verdict.reason


def test_an_organisation_acts_through_another(stage: Stage, told: dict[str, dict[str, Any]]) -> None:
    """The chain is two long: the person's mandate at the agency, then the company's to the agency."""
    uscc = told["company-outsourced"]["uscc"]
    verdict = may(stage, "bookkeeper", uscc, "210100-sf-013", "query", clock.now())

    assert verdict.path is not None
    assert 2 == len(verdict.path.links)


def test_who_represents_one_has_shown_their_face_by_our_word(stage: Stage, told: dict[str, Any]) -> None:
    """The evidence says that the sandbox stands for it, and no real service."""
    with stage.services.database.reading() as db:
        faces = db.scalars(select(Evidence).where(Evidence.method == Method.REAL_PERSON)).all()

    assert len(people.REPRESENTATIVES) == len(faces)
    assert {("sandbox", 4)} == {(one.authority, one.level) for one in faces}


def test_they_are_kept_over_a_restart(stage: Stage, told: dict[str, dict[str, Any]]) -> None:
    """What is there already is not made again; what was broken off is finished, and nothing is made twice."""
    again = settle(stage, {"organisations": list(told.values())})
    broken_off = settle(stage, {})
    with stage.services.database.reading() as db:
        counts = [db.scalar(select(func.count()).select_from(table)) for table in (Organisation, Mandate)]

    assert list(told.values()) == again == broken_off
    assert [10, 24] == counts


def test_those_that_may_come_are_told_with_whom_to_play(stage: Stage, told: dict[str, Any]) -> None:
    """Live, not here, its representative among those with an account or those who may register."""
    free = roster.of_unregistered(stage.services)
    numbers = {one["id_number"] for one in people.as_told(people.settle(stage.services, {}))}
    numbers |= {one["id_number"] for one in people.as_free(people.unregistered(stage.services))}

    assert {one["uscc"] for one in free}.isdisjoint(one["uscc"] for one in told.values())
    assert {one["legal_representative"]["id_number"] for one in free} <= numbers
    assert "founder" == free[0]["legal_representative"]["persona"]
    assert 10 <= len([one for one in free if one["legal_representative"]["persona"] in people.LOGINS])


def test_the_city_portal_knows_matters_of_the_catalogue(stage: Stage, told: dict[str, Any]) -> None:
    """An outsider wrote its list; every code and action in it exists, in a group it is approved for."""
    for one in every_matter():
        listed = stage.services.extras["matters"].find(one.code)

        assert listed is not None and listed.name == one.name
        assert set(one.actions) <= listed.actions
        assert listed.group in clients.CITY_MATTERS
