"""Registering and living against the simulated registries, through the adapters a deployment has."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from connectors import catalogue
from connectors.simulator.credentials import SANDBOX
from connectors.simulator.personas import Persona
from idp import clock
from idp.mandates import founding, refresh, waiting
from idp.mandates.founding import Founded, Outcome, Registrar
from idp.organisations import applications, claim, freshness
from idp.organisations.claim import Typed
from idp.organisations.models import Organisation
from idp.persons import enrolment
from idp.persons.claim import Claim
from idp.persons.enrolment import Applicant
from tests.connectors.organisations import ORGANISATIONS, registry
from tests.connectors.stage import POPULATION, Stage, meeting, simulated
from tests.idp.organisations.desk import Desk, prove
from tests.idp.persons import people


@pytest.fixture
def stage() -> Iterator[Stage]:
    with simulated() as running:
        yield running


def persona(desk: Desk, key: str) -> UUID:
    """Somebody of the sandbox, who has registered and shown their face."""
    somebody: Persona = POPULATION.persona(key)
    theirs = Claim(somebody.kind, somebody.number, somebody.name, somebody.country or None)
    applicant = Applicant(theirs, replace(people.YES, at=clock.now()), somebody.phone)
    with desk.database.writing() as db:
        person = enrolment.enrol(db, desk.vault, applicant, clock.now(), people.HOLD)
        prove(db, person.id, clock.now())
        return person.id


def registrar(desk: Desk, stage: Stage, **values: object) -> Registrar:
    known = registry(stage, **values)  # type: ignore[arg-type]
    return Registrar(desk.database, desk.vault, desk.state, known, limit=5)


def register(desk: Desk, stage: Stage, key: str, by: str = "", **typed: object) -> Founded:
    """The organisation of that key, by its representative or by another persona."""
    one = ORGANISATIONS[key]
    who = persona(desk, by or one.representative)
    wanted = Typed(one.credit_code, one.name, **typed)  # type: ignore[arg-type]
    return founding.register(registrar(desk, stage), who, wanted, clock.now())


def found(desk: Desk, key: str) -> Organisation:
    with desk.database.reading() as db:
        organisation = claim.by_code(db, ORGANISATIONS[key].credit_code)
    assert organisation is not None
    return organisation


@pytest.mark.parametrize(
    "key",
    [
        "company-01",
        "company-05",
        "company-06",
        "company-07",
        "company-08",
        "company-09",
        "company-foreign",
        "company-base-only",
        "business-01",
        "association-01",
        "institution-01",
        "law-firm-01",
    ],
)
def test_representatives_of_every_kind_register(desk: Desk, stage: Stage, key: str) -> None:
    """Companies, businesses, associations, institutions, law firms; with whatever document and name."""
    assert Outcome.REGISTERED is register(desk, stage, key).outcome


@pytest.mark.parametrize(
    ("key", "outcome"),
    [
        ("company-deregistered", Outcome.GONE),
        ("company-cancelled", Outcome.GONE),
        ("company-revoked", Outcome.REGISTERED),
        ("company-lagging", Outcome.REFUSED),
    ],
)
def test_what_is_gone_or_unknown_is_not_registered(
    desk: Desk, stage: Stage, key: str, outcome: Outcome
) -> None:
    """As the table of states says."""
    assert outcome is register(desk, stage, key).outcome


def test_whoever_represented_it_before_does_not(desk: Desk, stage: Stage) -> None:
    """The predecessor's four elements were right once."""
    founded = register(desk, stage, "company-new-representative", by="man")

    assert Outcome.WAITS_FOR_REPRESENTATIVE is founded.outcome


def test_a_registry_that_lags_catches_up(desk: Desk, stage: Stage) -> None:
    """The founder waits and is told; the worker asks again."""
    founded = register(desk, stage, "company-lagging", newly_registered=True)
    stage.post("/control/organisations", {"credit_code": "company-lagging", "unknown_to": []})
    outcome = waiting.verify_queued(registrar(desk, stage), desk.waiting(applications.VERIFY)[0])

    assert (Outcome.QUEUED, Outcome.REGISTERED) == (founded.outcome, outcome)


def test_an_outage_is_queued(desk: Desk, stage: Stage) -> None:
    """Nobody is refused because a registry is slow."""
    stage.order("slow", "company-01", times=-1)
    one = ORGANISATIONS["company-01"]
    who = persona(desk, one.representative)
    with meeting("slow"):
        typed = Typed(one.credit_code, one.name)
        founded = founding.register(registrar(desk, stage), who, typed, clock.now())

    assert Outcome.QUEUED is founded.outcome


def test_what_a_registry_says_has_changed_is_followed(desk: Desk, stage: Stage) -> None:
    """From its list of changes, by the worker: deregistered is closed, whatever else is on the list."""
    register(desk, stage, "company-01")
    register(desk, stage, "company-02")
    stage.post("/control/organisations", {"credit_code": "company-03", "state": "liquidation"})
    stage.post("/control/organisations", {"credit_code": "company-01", "state": "deregistered"})
    feed = catalogue.change_list(
        sids=SANDBOX.sids, base_url=stage.url, rid=SANDBOX.rid, app_key=SANDBOX.app_key
    )
    known = [freshness.read_changes(desk.database, feed, "exchange", clock.now()) for _ in range(2)]
    for message in desk.waiting(freshness.REFRESH):
        refresh.deliver(desk.database, registry(stage), message)

    assert [1, 0] == known
    assert ("closed", "active") == (found(desk, "company-01").standing, found(desk, "company-02").standing)


def test_another_representative_takes_over(desk: Desk, stage: Stage) -> None:
    """The registry has somebody else: the one before leaves, the new one comes."""
    register(desk, stage, "company-01")
    stage.post(
        "/control/organisations", {"credit_code": "company-01", "representative": {"persona": "woman"}}
    )
    came = refresh.refresh(desk.database, registry(stage), found(desk, "company-01").id, clock.now())
    left = found(desk, "company-01").representative_id
    founded = register(desk, stage, "company-01", by="woman")

    assert (refresh.Outcome.CHANGED, None, Outcome.REGISTERED) == (came.outcome, left, founded.outcome)


def test_after_a_move_it_goes_on_under_its_new_authority(desk: Desk, stage: Stage) -> None:
    """Asked once more where it went; the code stays, the division is another."""
    register(desk, stage, "company-01")
    stage.post(
        "/control/organisations", {"credit_code": "company-01", "state": "moved_out", "moved_to": "220100"}
    )
    refresh.refresh(desk.database, registry(stage), found(desk, "company-01").id, clock.now() + timedelta(1))
    moved = found(desk, "company-01")

    assert ("active", "220100") == (moved.standing, moved.division)
