"""The simulated organisations: who they are, who represents them, and how they are changed."""

import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator

import pytest

from connectors.simulator.credentials import SANDBOX
from connectors.simulator.population import digest, populate
from connectors.simulator.registered import organisations
from idp.cli.sandbox.people import LOGINS
from idp.organisations.identifiers import OrganisationNumberType, parse
from idp.organisations.registry import (
    Confirmed,
    Denied,
    RegisteredState,
    RepresentativeMatch,
)
from idp.persons.registry import Unavailable, UnavailableReason
from tests.connectors.organisations import (
    ORGANISATIONS,
    claim,
    four_elements,
    registry,
    represented_by,
)
from tests.connectors.stage import Stage, simulated


@pytest.fixture
def stage() -> Iterator[Stage]:
    with simulated() as running:
        yield running


def test_they_are_the_same_every_time_and_none_is_another() -> None:
    """Scripts rely on keys and codes."""
    everybody = organisations()

    assert everybody == organisations(populate())
    assert 60 <= len(everybody)
    for attribute in ("key", "credit_code", "name"):
        assert len(everybody) == len({getattr(one, attribute) for one in everybody})


@pytest.mark.parametrize("one", organisations(), ids=lambda one: one.key)
def test_every_number_is_well_formed(one) -> None:
    """They pass every check the product makes."""
    assert one.credit_code == parse(OrganisationNumberType.CREDIT_CODE, one.credit_code).value
    assert one.licence == parse(OrganisationNumberType.BUSINESS_LICENCE, one.licence).value


def test_nobody_represents_more_than_two() -> None:
    """And many live companies are represented by whom one can play."""
    represented = Counter(one.representative for one in organisations())
    companies = [o for o in organisations() if o.credit_code[:2] == "91" and o.state is RegisteredState.LIVE]
    playable = [o for o in companies if o.representative in LOGINS or o.representative.startswith("unreg")]

    assert 2 == max(represented.values())
    assert 12 <= len(playable)
    assert 10 <= len([one for one in companies if one.representative in LOGINS])


def test_there_is_one_of_every_kind_and_state() -> None:
    """What the product must tell apart can be tried."""
    kinds = {one.credit_code[:2] for one in organisations()}

    assert {"11", "12", "13", "31", "51", "52", "53", "54", "55", "91", "92", "93", "N1", "N2"} <= kinds
    assert set(RegisteredState) == {one.state for one in organisations()}


def test_a_representative_can_be_changed(stage: Stage) -> None:
    """The one before matches no longer, the new one does."""
    stage.post("/control/organisations", {"credit_code": "company-01", "representative": {"persona": "man"}})
    known = registry(stage)
    before = known.verify(four_elements("company-01"))
    after = known.verify(claim("company-01", representative=represented_by("man")))

    assert isinstance(before, Confirmed) and RepresentativeMatch.MISMATCH is before.representative
    assert isinstance(after, Confirmed) and RepresentativeMatch.MATCH is after.representative


def test_a_name_can_be_changed(stage: Stage) -> None:
    """The name before becomes a former one."""
    one = ORGANISATIONS["company-01"]
    stage.post("/control/organisations", {"credit_code": one.credit_code, "name": "沈阳云岚智能有限公司"})
    known = registry(stage)
    answer = known.verify(claim(one.key, name="沈阳云岚智能有限公司"))

    assert isinstance(known.verify(claim(one.key)), Denied)
    assert isinstance(answer, Confirmed) and (one.name,) == answer.former_names


def test_a_company_appears_at_a_registry_that_lagged(stage: Stage) -> None:
    """What was unknown to all becomes known."""
    before = registry(stage).verify(claim("company-lagging"))
    stage.post("/control/organisations", {"credit_code": "company-lagging", "unknown_to": []})

    assert isinstance(before, Denied)
    assert isinstance(registry(stage).verify(claim("company-lagging")), Confirmed)


def test_the_list_says_what_is_registered_now(stage: Stage) -> None:
    """Key, code, name, state, registry, and who represents it."""
    stage.post("/control/organisations", {"credit_code": "company-01", "valid_to": "2024-01-01"})
    listed = {one["key"]: one for one in stage.get("/control/organisations")}

    assert list(ORGANISATIONS) == list(listed)
    assert {
        "credit_code": ORGANISATIONS["company-01"].credit_code,
        "state": "live",
        "valid_to": "2024-01-01",
        "registry": "工商(市场监管)",
        "representative": {"persona": "parent", "name": "周雅琳"},
    }.items() <= listed["company-01"].items()


@pytest.mark.parametrize(
    "order",
    [
        {},
        {"credit_code": "company-01"},
        {"credit_code": "nobody", "state": "live"},
        {"credit_code": "company-01", "state": "closed"},
        {"credit_code": "company-01", "representative": "man"},
        {"credit_code": "company-01", "representative": {"persona": "nobody"}},
        {"credit_code": "company-01", "name": " "},
        {"credit_code": "company-01", "valid_to": "soon"},
        {"credit_code": "company-01", "capital": "1"},
        {"credit_code": "company-01", "state": "live", "capital": "1"},
    ],
)
def test_an_order_that_makes_no_sense_changes_nothing(stage: Stage, order: object) -> None:
    """400 with what can be changed; the list of changes stays as it was."""
    with pytest.raises(urllib.error.HTTPError) as refused:
        stage.post("/control/organisations", order)

    assert 400 == refused.value.code and b"licence_revoked" in refused.value.read()
    assert ORGANISATIONS["company-01"].name == stage.get("/control/organisations")[0]["name"]


@pytest.mark.parametrize("by", ["key", "digest", "code"])
def test_a_fault_can_be_meant_for_one_organisation(stage: Stage, by: str) -> None:
    """Others are answered as ever."""
    code = ORGANISATIONS["company-01"].credit_code
    stage.order("error_500", {"key": "company-01", "digest": digest(code), "code": code}[by])
    known = registry(stage)

    assert isinstance(known.verify(claim("company-02")), Confirmed)
    assert Unavailable(UnavailableReason.TRANSPORT) == known.verify(claim("company-01"))


def test_a_number_can_be_made_to_differ(stage: Stage) -> None:
    """A mismatch at the four-element service is about the representative alone."""
    stage.order("mismatch", SANDBOX.sids["market_four_elements"])
    answer = registry(stage).verify(four_elements("company-01"))

    assert isinstance(answer, Confirmed) and RepresentativeMatch.MISMATCH is answer.representative


def test_the_home_page_lists_them(stage: Stage) -> None:
    """A newcomer finds what to type."""
    with urllib.request.urlopen(stage.url, timeout=60) as answer:
        page = answer.read().decode()

    assert all(one.credit_code in page and one.name in page for one in ORGANISATIONS.values())
