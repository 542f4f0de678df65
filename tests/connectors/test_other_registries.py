"""Civil affairs, 机构编制 and the provincial base: what each can tell, and what it must not be believed."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

import pytest

from connectors import catalogue
from connectors.civil_affairs import CivilAffairs
from connectors.legal_person_base import Account, LegalPersonBase
from connectors.simulator.credentials import SANDBOX
from idp import clock
from idp.organisations.registry import (
    Answer,
    Confirmed,
    OrganisationClaim,
    RegisteredState,
    RepresentativeMatch,
)
from idp.persons.registry import Unavailable, UnavailableReason, Unsupported
from tests.connectors.organisations import (
    ORGANISATIONS,
    claim,
    four_elements,
    registry,
    replying,
)
from tests.connectors.stage import POPULATION, Stage, simulated

PARENT = POPULATION.persona("parent").number
REFUSED = Unavailable(UnavailableReason.REFUSED)


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with simulated() as running:
        yield running


def of_base(answer: Mapping[str, object], asked: OrganisationClaim) -> Answer:
    with replying(lambda _: answer) as gateway:
        return LegalPersonBase(gateway, "base", Account("key", "secret")).ask(asked, gateway.deadline())


def row(**changes: object) -> dict[str, object]:
    one = ORGANISATIONS["company-01"]
    known = {
        "companyName": one.name,
        "uniscId": one.credit_code,
        "operatingStatus": "1",
        "legalPerson": "周雅琳",
    }
    return {"code": "00", "datas": [{**known, **changes}]}


@pytest.mark.parametrize("key", ["association-01", "institution-01"])
def test_a_registry_that_keeps_no_number_confirms_no_representative(stage: Stage, key: str) -> None:
    """The same name is no proof; without the base nobody compares the number."""
    answer = registry(stage, without=("base",)).verify(four_elements(key))

    assert isinstance(answer, Confirmed)
    assert RepresentativeMatch.UNKNOWN is answer.representative


def test_who_compared_the_number_is_the_authority(stage: Stage) -> None:
    """The request by which the comparison can be found again is the base's."""
    alone = registry(stage).verify(claim("association-01"))
    four = registry(stage).verify(four_elements("association-01"))

    assert isinstance(alone, Confirmed) and isinstance(four, Confirmed)
    assert ("civil_affairs", "legal_person_base") == (alone.authority, four.authority)


@pytest.mark.parametrize("key", ["village-01", "residents-01"])
def test_committees_are_known_to_the_base_alone(stage: Stage, key: str) -> None:
    """Civil affairs has no service for them."""
    answer = registry(stage).verify(claim(key))

    assert isinstance(answer, Confirmed) and "legal_person_base" == answer.authority
    assert Unsupported() == registry(stage, without=("base",)).verify(claim(key))


def test_a_certificate_without_a_state_is_not_live() -> None:
    """What is not said is not known."""
    one = ORGANISATIONS["association-01"]
    rows = [{"usc_code": one.credit_code, "org_name": one.name, "valid_to": "2037-12-31"}]
    with replying(lambda _: {"code": "1", "biz_data": {"rows": rows}}) as gateway:
        answer = CivilAffairs(gateway, {"1": "associations"}).ask(claim(one.key), gateway.deadline())

    assert isinstance(answer, Confirmed)
    assert RegisteredState.UNKNOWN is answer.state


@pytest.mark.parametrize(
    ("on_file", "match"),
    [
        ({"legalPersonPaperType": "111", "legalPersonPaperNo": PARENT}, RepresentativeMatch.MATCH),
        (
            {"legalPersonPaperType": "51", "legalPersonPaperNo": f" {PARENT.lower()} "},
            RepresentativeMatch.MATCH,
        ),
        ({"legalPersonPaperType": "111", "legalPersonPaperNo": PARENT[::-1]}, RepresentativeMatch.MISMATCH),
        ({"legalPersonPaperType": "414", "legalPersonPaperNo": PARENT}, RepresentativeMatch.UNKNOWN),
        ({"legalPersonPaperType": "", "legalPersonPaperNo": PARENT}, RepresentativeMatch.UNKNOWN),
        (
            {"legalPersonPaperType": "111", "legalPersonPaperNo": PARENT[:6] + "********" + PARENT[14:]},
            RepresentativeMatch.UNKNOWN,
        ),
        ({"legalPersonPaperType": "111", "legalPersonPaperNo": ""}, RepresentativeMatch.UNKNOWN),
        (
            {"legalPerson": "", "legalPersonPaperType": "111", "legalPersonPaperNo": PARENT},
            RepresentativeMatch.UNKNOWN,
        ),
        (
            {"legalPerson": "王五", "legalPersonPaperType": "111", "legalPersonPaperNo": PARENT},
            RepresentativeMatch.MISMATCH,
        ),
    ],
)
def test_numbers_of_the_same_kind_of_document_are_compared(
    on_file: dict[str, str], match: RepresentativeMatch
) -> None:
    """A masked number, another kind of document or no name on file neither confirms nor denies."""
    answer = of_base(row(**on_file), four_elements("company-01"))

    assert isinstance(answer, Confirmed)
    assert match is answer.representative


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("96", UnavailableReason.REFUSED),
        ("97", UnavailableReason.REFUSED),
        ("98", UnavailableReason.REFUSED),
        ("99", UnavailableReason.TRANSPORT),
        (None, UnavailableReason.REFUSED),
    ],
)
def test_the_bases_own_codes(code: str | None, reason: UnavailableReason) -> None:
    """What it does not find it says with 00 and no rows; everything else is no verdict."""
    assert Unavailable(reason) == of_base({"code": code, "datas": []}, claim("company-01"))


@pytest.mark.parametrize("wrong", [{"base_secret": "wrong"}, {"base_key": "wrong"}])
def test_the_base_takes_no_call_that_is_not_signed_to_it(stage: Stage, wrong: dict[str, Any]) -> None:
    """The platform's signature is not enough there."""
    assert REFUSED == registry(stage, **wrong).verify(claim("law-firm-01"))


def test_the_bases_signature_is_the_known_one() -> None:
    """md5 over key, secret and time, without anything between them."""
    signed = Account("testcode", "testpwd").signed("20231115061320")

    assert "c3cff54a1ec9a1d72be2d65379c4877f" == signed["sign"]


def test_the_base_refuses_a_call_from_another_time(stage: Stage) -> None:
    """A signature that was overheard is worth nothing an hour later."""
    known = Account(SANDBOX.base_key, SANDBOX.base_secret)
    gateway = catalogue.exchange(base_url=stage.url, rid=SANDBOX.rid, app_key=SANDBOX.app_key)
    early = LegalPersonBase(
        gateway, SANDBOX.sids["base"], known, now=lambda: clock.now() - timedelta(hours=1)
    )

    assert REFUSED == early.ask(claim("law-firm-01"), gateway.deadline())
