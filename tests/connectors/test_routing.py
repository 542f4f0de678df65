"""Who is asked about which organisation, and what two registries say together."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from connectors import civil_affairs, institutions, legal_person_base, market_regulation
from connectors.organisations import Registries
from connectors.simulator.credentials import SANDBOX
from idp.calling.wire import Deadline
from idp.organisations import synthetic
from idp.organisations.registrations import DEPARTMENTS, REGISTRATIONS, Proof
from idp.organisations.registry import (
    Answer,
    Confirmed,
    DenialReason,
    Denied,
    OrganisationClaim,
    RegisteredState,
    RepresentativeMatch,
)
from idp.persons.registry import Unavailable, UnavailableReason, Unsupported
from tests.connectors.organisations import claim, four_elements, registry
from tests.connectors.stage import Stage, simulated

ENTRIES = sorted(REGISTRATIONS)
REGISTRARS = {"1": ["institutions"], "9": ["market_query"]}
CIVIL = {"1": ["associations"], "2": ["social_services"], "3": ["foundations"]}
"""Which services the registering authority has, by department and, for civil affairs, by category."""


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with simulated() as running:
        yield running


def calls(stage: Stage) -> dict[str, int]:
    """How often each service was asked so far, by its name."""
    counted = stage.get("/control/calls")["by_sid"]
    return {name: sum(counted.get(sid, {}).values()) for name, sid in SANDBOX.sids.items()}


def asked_about(department: str, category: str) -> list[str]:
    """The services a code of this pair leads to, as the standard has them."""
    if department == "A":
        return []
    first = CIVIL.get(category, []) if department == "5" else REGISTRARS.get(department, [])
    first = ["market_individual"] if (department, category) == ("9", "2") else first
    return sorted([*first, "base"])


@pytest.mark.parametrize("entry", ENTRIES)
def test_every_pair_of_the_standard_leads_to_its_registries(stage: Stage, entry: tuple[str, str]) -> None:
    """The registering authority where it has a service, then the base; units of the army to nobody."""
    before = calls(stage)
    registry(stage).verify(claim("company-01", credit_code=synthetic.credit_code(999_000, *entry)))
    after = calls(stage)

    assert asked_about(*entry) == sorted(name for name in after if after[name] > before[name])


def test_the_table_names_registries_that_exist() -> None:
    """Twelve departments, each with whom to ask and what to look at; only the army has neither."""
    known = {
        market_regulation.AUTHORITY,
        civil_affairs.AUTHORITY,
        institutions.AUTHORITY,
        legal_person_base.AUTHORITY,
    }
    named = {one for entry in REGISTRATIONS.values() for one in (entry.adapter, entry.fallback) if one}
    without = {
        entry.department_code for entry in REGISTRATIONS.values() if not (entry.adapter and entry.evidence)
    }

    assert known == named
    assert (
        {"A"}
        == without
        == {one.department_code for one in REGISTRATIONS.values() if one.proof is Proof.WINDOW}
    )
    assert 12 == len(DEPARTMENTS)


NOW = datetime(2026, 11, 2, tzinfo=UTC)
FIRST = Confirmed("first", "r-1", NOW, "某有限公司", RegisteredState.LIVE, division="210100")
SECOND = replace(FIRST, authority="second", request_id="r-2")
MATCH, MISMATCH = RepresentativeMatch.MATCH, RepresentativeMatch.MISMATCH
MOVED, GONE = RegisteredState.MOVED_OUT, RegisteredState.DEREGISTERED
NOT_FOUND, NAME = DenialReason.NOT_FOUND, DenialReason.NAME
AWAY = Unavailable(UnavailableReason.TIMEOUT)
ELSEWHERE = replace(SECOND, division="440100")


def denied(reason: DenialReason, authority: str = "first") -> Denied:
    return Denied(reason, authority, "r", NOW)


class Says:
    """A registry that gives the same answer to whatever it is asked."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self.deadlines: list[Deadline] = []

    def ask(self, claim: OrganisationClaim, deadline: Deadline) -> Answer:
        self.deadlines.append(deadline)
        return self._answer


def together(first: Answer, second: Answer | None, key: str = "company-01") -> Answer:
    adapters = {"market_regulation": Says(first)}
    adapters |= {"legal_person_base": Says(second)} if second else {}
    return Registries(adapters, lambda: Deadline.after(1)).verify(four_elements(key))


@pytest.mark.parametrize(
    ("first", "second", "answer"),
    [
        (replace(FIRST, representative=MATCH), SECOND, replace(FIRST, representative=MATCH)),
        (denied(NAME), SECOND, denied(NAME)),
        (AWAY, SECOND, AWAY),
        (denied(NOT_FOUND), SECOND, SECOND),
        (denied(NOT_FOUND), denied(NOT_FOUND, "second"), denied(NOT_FOUND)),
        (denied(NOT_FOUND), denied(NAME, "second"), denied(NAME, "second")),
        (denied(NOT_FOUND), AWAY, AWAY),
        (denied(NOT_FOUND), Unsupported(), denied(NOT_FOUND)),
        (denied(NOT_FOUND), None, denied(NOT_FOUND)),
        (Unsupported(), SECOND, SECOND),
        (Unsupported(), denied(NOT_FOUND, "second"), Unsupported()),
        (Unsupported(), denied(NAME, "second"), denied(NAME, "second")),
        (Unsupported(), None, Unsupported()),
        (FIRST, replace(SECOND, representative=MATCH), replace(SECOND, representative=MATCH)),
        (FIRST, replace(SECOND, representative=MISMATCH), replace(SECOND, representative=MISMATCH)),
        (FIRST, SECOND, FIRST),
        (FIRST, AWAY, FIRST),
        (FIRST, denied(NOT_FOUND, "second"), FIRST),
        (
            replace(FIRST, state=GONE),
            replace(SECOND, representative=MATCH),
            replace(SECOND, state=GONE, representative=MATCH),
        ),
        (replace(FIRST, state=RegisteredState.UNKNOWN), SECOND, FIRST),
        (replace(FIRST, state=MOVED), ELSEWHERE, ELSEWHERE),
        (replace(FIRST, state=MOVED), SECOND, replace(FIRST, state=MOVED)),
        (replace(FIRST, state=MOVED), replace(ELSEWHERE, state=MOVED), replace(FIRST, state=MOVED)),
        (replace(FIRST, state=MOVED, division=None), SECOND, replace(FIRST, state=MOVED, division=None)),
        (replace(FIRST, state=MOVED, division=None), ELSEWHERE, ELSEWHERE),
        (replace(FIRST, state=MOVED), AWAY, replace(FIRST, state=MOVED)),
    ],
)
def test_what_two_registries_say_together(first: Answer, second: Answer | None, answer: Answer) -> None:
    """The registering authority's word stands; the copy fills in what it left open."""
    assert answer == together(first, second)


def test_all_of_one_verification_has_one_deadline() -> None:
    """A slow second source makes nobody wait twice; the next verification has a deadline of its own."""
    adapters = {"market_regulation": Says(FIRST), "legal_person_base": Says(SECOND)}
    known = Registries(adapters, lambda: Deadline.after(1))
    for _ in range(2):
        known.verify(four_elements("company-01"))
    first, second = (adapter.deadlines for adapter in adapters.values())

    assert first == second
    assert first[0] != first[1]


def test_a_copy_that_lacks_a_law_firm_denies_nothing() -> None:
    """Only the base can be asked about it, and the base is no authority on it."""
    assert Unsupported() == together(FIRST, denied(NOT_FOUND, "second"), "law-firm-01")
    assert denied(NAME, "second") == together(FIRST, denied(NAME, "second"), "law-firm-01")
