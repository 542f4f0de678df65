"""What every OrganisationRegistry must do, run against each in the catalogue and the simulation behind it."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from idp.organisations import synthetic
from idp.organisations.registry import (
    Confirmed,
    DenialReason,
    Denied,
    OrganisationRegistry,
    RegisteredState,
    RepresentativeMatch,
)
from idp.persons.registry import Unavailable, UnavailableReason, Unsupported
from tests.connectors.organisations import (
    ORGANISATIONS,
    claim,
    four_elements,
    registry,
    represented_by,
)
from tests.connectors.stage import PATIENT, Stage, meeting, simulated

UNKNOWN_TO_ALL = ("company-lagging", "collective-02", "law-firm-02", "temple-01")
MOVED = "company-moved"
"""Whose record names another authority than its code."""
KNOWN = [key for key in ORGANISATIONS if key not in (*UNKNOWN_TO_ALL, MOVED)]


@pytest.fixture(scope="module", params=["exchange"])
def quiet() -> Iterator[OrganisationRegistry]:
    """A registry to which nothing happens, shared by the tests that only ask."""
    with simulated() as running:
        yield registry(running)


@pytest.fixture(params=["exchange"])
def stage() -> Iterator[Stage]:
    """One counterpart for each registry in the catalogue."""
    with simulated() as running:
        yield running


def reason(answer: object) -> DenialReason | None:
    return answer.reason if isinstance(answer, Denied) else None


def said(answer: object) -> RepresentativeMatch | None:
    return answer.representative if isinstance(answer, Confirmed) else None


@pytest.mark.parametrize("key", KNOWN)
def test_code_and_name_are_confirmed_with_the_state_beside(quiet: OrganisationRegistry, key: str) -> None:
    """Whatever its state, an organisation is confirmed; what follows from the state is for others to say."""
    answer, one = quiet.verify(claim(key)), ORGANISATIONS[key]

    assert isinstance(answer, Confirmed)
    assert (one.name, one.state, one.former_names) == (answer.name, answer.state, answer.former_names)
    assert RepresentativeMatch.UNKNOWN is answer.representative
    assert answer.valid_to == one.valid_to
    assert answer.division in (None, one.division)
    assert 36 == len(answer.request_id) and answer.authority


@pytest.mark.parametrize("key", KNOWN)
def test_four_elements_match(quiet: OrganisationRegistry, key: str) -> None:
    """Name, code, the representative's name and number: whoever registered it, some registry has all four."""
    assert RepresentativeMatch.MATCH is said(quiet.verify(four_elements(key)))


@pytest.mark.parametrize(
    "key", ["company-01", "business-02", "association-02", "institution-01", "law-firm-01"]
)
def test_another_number_is_a_mismatch(quiet: OrganisationRegistry, key: str) -> None:
    """The organisation is confirmed all the same: only who represents it is denied."""
    right = represented_by(ORGANISATIONS[key].representative)
    wrong = replace(right, number=represented_by("woman").number)

    assert RepresentativeMatch.MISMATCH is said(quiet.verify(claim(key, representative=wrong)))


@pytest.mark.parametrize(
    "key", ["company-01", "business-02", "association-02", "institution-01", "law-firm-01"]
)
def test_another_representative_is_a_mismatch(quiet: OrganisationRegistry, key: str) -> None:
    """Whoever is not on file does not represent it, with whatever number."""
    asked = claim(key, representative=represented_by("man"))

    assert RepresentativeMatch.MISMATCH is said(quiet.verify(asked))


def test_who_represented_it_before_does_so_no_longer(quiet: OrganisationRegistry) -> None:
    """The registry names the present one."""
    one = ORGANISATIONS["company-new-representative"]
    asked = claim(one.key, representative=represented_by(one.predecessor))

    assert RepresentativeMatch.MISMATCH is said(quiet.verify(asked))


@pytest.mark.parametrize(
    "key", ["company-01", "business-01", "association-01", "institution-01", "law-firm-01"]
)
def test_another_name_is_denied(quiet: OrganisationRegistry, key: str) -> None:
    """With its representative's name and number too: a code is public, and people mistype it."""
    asked = four_elements(key, name=ORGANISATIONS["company-02"].name)

    assert DenialReason.NAME is reason(quiet.verify(asked))


@pytest.mark.parametrize(("department", "category"), [("9", "1"), ("9", "2"), ("5", "1"), ("1", "2")])
def test_a_code_nobody_registered_is_not_found(
    quiet: OrganisationRegistry, department: str, category: str
) -> None:
    """Well formed is not registered."""
    code = synthetic.credit_code(999_999, department, category)

    assert DenialReason.NOT_FOUND is reason(quiet.verify(claim("company-01", credit_code=code)))


def test_a_company_that_registries_do_not_have_yet_is_not_found(quiet: OrganisationRegistry) -> None:
    """A founder must wait until the registry has caught up."""
    assert DenialReason.NOT_FOUND is reason(quiet.verify(four_elements("company-lagging")))


def test_a_former_name_is_another_name(quiet: OrganisationRegistry) -> None:
    """It is told only to those who know the present one."""
    one = ORGANISATIONS["company-renamed"]

    assert DenialReason.NAME is reason(quiet.verify(claim(one.key, name=one.former_names[0])))


def test_the_registrys_spelling_is_the_one_to_keep(quiet: OrganisationRegistry) -> None:
    """Brackets and spaces are typed either way."""
    typed = "大连蓝岬咨询(中国) 有限公司"
    answer = quiet.verify(claim("company-05", name=typed))

    assert isinstance(answer, Confirmed)
    assert "大连蓝岬咨询（中国）有限公司" == answer.name


@pytest.mark.parametrize("key", ["collective-02", "law-firm-02", "temple-01"])
def test_whom_no_registry_knows_somebody_must_look_at(quiet: OrganisationRegistry, key: str) -> None:
    """Their own departments have no service, and the base has no copy: that denies nothing."""
    assert Unsupported() == quiet.verify(four_elements(key))


@pytest.mark.parametrize("code", [synthetic.credit_code(1, "A"), "97210000YY0000019P", "X", ""])
def test_what_is_not_for_asking_is_unsupported(quiet: OrganisationRegistry, code: str) -> None:
    """Units of the army never travel to a registry, nor does what the table does not know."""
    assert Unsupported() == quiet.verify(claim("company-01", credit_code=code))


def test_after_a_move_the_new_authority_answers(quiet: OrganisationRegistry) -> None:
    """Another authority keeps it now, under the same code."""
    answer = quiet.verify(four_elements(MOVED))

    assert isinstance(answer, Confirmed)
    assert (RegisteredState.LIVE, "440100") == (answer.state, answer.division)


def test_two_verifications_have_two_requests(quiet: OrganisationRegistry) -> None:
    """The authority can find each call again."""
    one, other = quiet.verify(claim("company-01")), quiet.verify(claim("company-01"))

    assert isinstance(one, Confirmed) and isinstance(other, Confirmed)
    assert one.request_id != other.request_id


@pytest.mark.parametrize("name", ["", "\x00", "某\ufffe", "\ud800", "某" * 5000])
def test_text_that_is_no_name_never_raises(quiet: OrganisationRegistry, name: str) -> None:
    """Whatever is typed, the port answers."""
    assert isinstance(quiet.verify(claim("company-01", name=name)), Denied)


@pytest.mark.parametrize("name", ["", "\x00", "张\ufffe三", "\ud800", "张" * 400])
def test_a_representative_without_a_name_represents_nothing(quiet: OrganisationRegistry, name: str) -> None:
    """The number alone confirms nobody."""
    asked = replace(represented_by("parent"), name=name)

    assert RepresentativeMatch.MISMATCH is said(quiet.verify(claim("company-01", representative=asked)))


def test_a_claim_shows_nothing_of_its_representative() -> None:
    """A claim in a log names nobody."""
    asked = four_elements("company-01")
    assert asked.representative is not None

    assert asked.representative.number not in repr(asked)
    assert asked.representative.name not in repr(asked)


FAULTS = {
    "slow": UnavailableReason.TIMEOUT,
    "trickle": UnavailableReason.TIMEOUT,
    "drop": UnavailableReason.TRANSPORT,
    "error_500": UnavailableReason.TRANSPORT,
    "quota": UnavailableReason.QUOTA,
    "wrong_signature": UnavailableReason.UNTRUSTED_ANSWER,
    "garbage": UnavailableReason.UNTRUSTED_ANSWER,
    "expired_secret": UnavailableReason.REFUSED,
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_never_a_verdict(stage: Stage, fault: str) -> None:
    """No trustworthy answer is neither yes nor no, none is waited for long, and it leaves nothing behind."""
    asked, known = four_elements("company-01"), registry(stage)
    known.verify(asked)
    stage.order(fault, "company-01", times=-1)
    with meeting(fault):
        during = known.verify(asked)
    stage.order("clear")

    assert Unavailable(FAULTS[fault]) == during
    assert RepresentativeMatch.MATCH is said(known.verify(asked))


def test_a_slow_second_source_is_not_waited_for(stage: Stage) -> None:
    """What the first confirmed stands."""
    known = registry(stage)
    known.verify(claim("association-01"))
    stage.order("slow", "s_2100000000000_3401", times=-1)
    with meeting("slow"):
        answer = known.verify(four_elements("association-01"))

    assert RepresentativeMatch.UNKNOWN is said(answer)
    assert 1 == stage.met("slow")


def test_an_outage_of_the_second_source_denies_nobody(stage: Stage) -> None:
    """What the first does not have may still be there."""
    stage.order("error_500", "s_2100000000000_3401", times=-1)
    answer = registry(stage).verify(claim("company-base-only"))

    assert Unavailable(UnavailableReason.TRANSPORT) == answer


def test_an_outage_opens_the_breaker_of_one_registry_only(stage: Stage) -> None:
    """While market regulation is out of order nobody waits for it, and civil affairs is asked as ever."""
    known = registry(stage, replace(PATIENT, outages=1))
    stage.order("error_500", "s_1200000100000_3101")
    known.verify(claim("company-01"))

    assert Unavailable(UnavailableReason.BREAKER_OPEN) == known.verify(claim("company-01"))
    assert isinstance(known.verify(claim("association-01")), Confirmed)


@pytest.mark.parametrize(
    ("fault", "denied"), [("mismatch", DenialReason.NAME), ("not_found", DenialReason.NOT_FOUND)]
)
def test_an_answer_can_be_ordered(stage: Stage, fault: str, denied: DenialReason) -> None:
    """Whoever tries the pages can have each."""
    stage.order(fault, "company-01", times=-1)

    assert denied is reason(registry(stage).verify(claim("company-01")))


@pytest.mark.parametrize("state", list(RegisteredState))
@pytest.mark.parametrize(
    "key", ["company-01", "business-01", "association-01", "institution-01", "law-firm-01"]
)
def test_a_state_that_changed_is_told(stage: Stage, key: str, state: RegisteredState) -> None:
    """Each registry has its own words for it."""
    stage.post("/control/organisations", {"credit_code": key, "state": state})
    answer = registry(stage).verify(claim(key))

    assert isinstance(answer, Confirmed)
    assert state is answer.state
