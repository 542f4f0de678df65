"""What every PersonRegistry must do, run against each adapter and the simulation of its counterpart."""

from collections.abc import Iterator

import pytest

from idp.persons.identifiers import DocumentType
from idp.persons.registry import (
    IdentityClaim,
    Mismatch,
    MismatchReason,
    PersonRegistry,
    PhoneMatch,
    Unavailable,
    UnavailableReason,
    Unsupported,
    Verified,
)
from tests.connectors.stage import POPULATION, PURPOSE, Stage, claim, meeting, simulated


@pytest.fixture(params=["public_security"])
def stage() -> Iterator[Stage]:
    """One counterpart for each adapter in the catalogue."""
    with simulated() as running:
        yield running


@pytest.fixture
def registry(stage: Stage) -> PersonRegistry:
    return stage.registry()


KNOWN = [p.key for p in POPULATION.personas if p.key not in ("deceased", "passport", "taiwan")]


@pytest.mark.parametrize("key", KNOWN)
def test_a_living_person_of_that_name_is_verified(registry: PersonRegistry, key: str):
    """
    Name and number belong together; the answer names authority and request.
    """
    outcome = registry.verify(claim(key))

    assert isinstance(outcome, Verified)
    assert "public_security" == outcome.authority
    assert 36 == len(outcome.request_id)


def phone_said(registry: PersonRegistry, asked: IdentityClaim) -> PhoneMatch | None:
    """What a registry that confirms number and name says of the phone."""
    outcome = registry.verify(asked)
    return outcome.phone if isinstance(outcome, Verified) else None


@pytest.mark.parametrize(
    ("phone", "said"),
    [
        (POPULATION.persona("man").phone, PhoneMatch.MATCH),
        (POPULATION.persona("woman").phone, PhoneMatch.MISMATCH),
        ("+85261234567", PhoneMatch.MISMATCH),
        (None, PhoneMatch.UNKNOWN),
    ],
)
def test_the_phone_is_compared_with_the_one_on_file(
    registry: PersonRegistry, phone: str | None, said: PhoneMatch
):
    """
    Number and name are confirmed, and what the registry says of the phone stands beside it.
    """
    assert said is phone_said(registry, claim("man", phone=phone))


def test_a_phone_is_unknown_where_none_is_on_file(registry: PersonRegistry):
    """
    Most people have left no phone with the registry; that is no mismatch.
    """
    personas = {persona.number for persona in POPULATION.personas}
    number, resident = next(one for one in POPULATION.residents.items() if one[0] not in personas)
    asked = IdentityClaim(DocumentType.RESIDENT_ID, number, resident.name, PURPOSE, "+8619900000000")

    assert PhoneMatch.UNKNOWN is phone_said(registry, asked)


def test_a_wrong_name_is_a_mismatch_with_the_right_phone_too(registry: PersonRegistry):
    """
    A phone makes up for nothing.
    """
    outcome = registry.verify(claim("man", name=POPULATION.persona("woman").name))

    assert isinstance(outcome, Mismatch)


def test_a_claim_shows_neither_number_name_nor_phone():
    """
    A claim in a log names nobody.
    """
    man = claim("man")

    assert [] == [secret for secret in (man.number, man.name, man.phone) if str(secret) in repr(man)]


def test_two_verifications_have_two_requests(registry: PersonRegistry):
    """
    The authority can find each call again.
    """
    one, other = registry.verify(claim("man")), registry.verify(claim("man"))

    assert isinstance(one, Verified) and isinstance(other, Verified)
    assert one.request_id != other.request_id


def test_another_name_is_a_mismatch(registry: PersonRegistry):
    """
    A number with somebody else's name is not verified.
    """
    outcome = registry.verify(claim("man", name=POPULATION.persona("woman").name))

    assert isinstance(outcome, Mismatch)
    assert MismatchReason.NAME is outcome.reason


def test_a_number_the_registry_does_not_hold_is_not_found(registry: PersonRegistry):
    """
    A well-formed number that was never issued is told from a wrong name.
    """
    outcome = registry.verify(claim("man", number="210000194910019390"))

    assert isinstance(outcome, Mismatch)
    assert MismatchReason.NOT_FOUND is outcome.reason


def test_a_dead_person_is_not_verified(registry: PersonRegistry):
    """
    Name and number match, and still nobody may act as this person.
    """
    outcome = registry.verify(claim("deceased"))

    assert isinstance(outcome, Mismatch)
    assert MismatchReason.DECEASED is outcome.reason


@pytest.mark.parametrize("key", ["passport", "taiwan"])
def test_a_document_no_registry_knows_is_unsupported(registry: PersonRegistry, key: str):
    """
    Passports and travel permits are for a window to prove.
    """
    assert Unsupported() == registry.verify(claim(key))


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
def test_a_fault_is_never_a_verdict(stage: Stage, registry: PersonRegistry, fault: str):
    """
    No trustworthy answer is neither yes nor no, and nobody waits until a late one has come.
    """
    registry.verify(claim("man"))
    stage.order(fault, "man", times=-1)

    with meeting(fault):
        assert Unavailable(FAULTS[fault]) == registry.verify(claim("man"))


@pytest.mark.parametrize("fault", FAULTS)
def test_the_person_is_verified_when_the_fault_is_gone(stage: Stage, registry: PersonRegistry, fault: str):
    """
    One outage leaves nothing behind.
    """
    stage.order(fault, "man")
    with meeting(fault):
        registry.verify(claim("man"))
    stage.order("clear")

    assert isinstance(registry.verify(claim("man")), Verified)


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("mismatch", MismatchReason.NAME),
        ("not_found", MismatchReason.NOT_FOUND),
        ("deceased", MismatchReason.DECEASED),
    ],
)
def test_an_answer_is_not_asked_for_twice(
    stage: Stage, registry: PersonRegistry, fault: str, reason: MismatchReason
):
    """
    A mismatch is an answer, and answers are final.
    """
    stage.order(fault, "man", times=-1)
    outcome = registry.verify(claim("man"))

    assert isinstance(outcome, Mismatch)
    assert reason is outcome.reason
    assert {f"fault:{fault}": 1} == stage.checks()
