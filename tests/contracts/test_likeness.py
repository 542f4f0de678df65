"""What every LikenessService must do, run against each adapter and the simulation of its counterpart."""

import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest

from connectors import catalogue
from connectors.gateway import Limits
from connectors.simulator.credentials import SANDBOX, likeness_values
from idp.persons.identifiers import DocumentType
from idp.persons.likeness import Band, Compared, LikenessService, Outcome, Sitting
from idp.persons.registry import IdentityClaim, Unavailable, UnavailableReason, Unsupported
from tests.connectors.stage import PATIENT, Stage, claim, meeting, simulated

BACK = "http://127.0.0.1:1/back?sitting=1"
SERVICE = SANDBOX.sids[catalogue.REAL_PERSON]
WOMAN = claim("woman")
UNTRUSTED = Unavailable(UnavailableReason.UNTRUSTED_ANSWER)


@pytest.fixture(params=["real_person"])
def stage() -> Iterator[Stage]:
    """One counterpart for each adapter in the catalogue."""
    with simulated() as running:
        yield running


def service(stage: Stage, limits: Limits = PATIENT) -> LikenessService:
    return catalogue.likeness_service("real_person", **{**likeness_values(stage.url), "limits": limits})


class _Stay(urllib.request.HTTPRedirectHandler):
    """Follow nothing: the page sends the browser back to us."""

    def redirect_request(self, *_: object) -> None:
        return None


def sit(sitting: Sitting, seen: str = "holder") -> str:
    """Do at the camera's page what a browser does; gives the ticket it brings back."""
    opener = urllib.request.build_opener(_Stay)
    try:
        opener.open(sitting.url, f"seen={seen}".encode(), timeout=60)
    except urllib.error.HTTPError as answer:
        return parse_qs(urlsplit(answer.headers["Location"]).query)["ticket"][0]
    raise AssertionError("no redirect")


def begun(likeness: LikenessService, claim: IdentityClaim = WOMAN) -> Sitting:
    sitting = likeness.begin(claim, BACK)
    assert isinstance(sitting, Sitting)
    return sitting


@pytest.mark.parametrize(
    ("seen", "outcome", "band"),
    [
        ("holder", Outcome.SAME, Band.HIGH),
        ("somebody_else", Outcome.NOT_SAME, Band.LOW),
        ("dark", Outcome.UNSURE, Band.MIDDLE),
    ],
)
def test_what_was_seen_is_told(stage: Stage, seen: str, outcome: Outcome, band: Band) -> None:
    """The result, its band, and an id by which the service can find the call again."""
    likeness = service(stage)
    sitting = begun(likeness)
    compared = likeness.finish(WOMAN, sitting, sit(sitting, seen))

    assert isinstance(compared, Compared) and compared.request_id
    assert (outcome, band) == (compared.outcome, compared.band)


@pytest.mark.parametrize("fault", ["not_same", "unsure", "no_photo"])
def test_a_result_can_be_ordered(stage: Stage, fault: str) -> None:
    """Whoever tries the pages can have each answer without a camera."""
    likeness = service(stage)
    stage.order(fault, "woman")
    sitting = begun(likeness)
    compared = likeness.finish(WOMAN, sitting, sit(sitting))

    assert isinstance(compared, Compared) and fault == compared.outcome


def test_only_the_browser_that_was_there_has_the_result(stage: Stage) -> None:
    """Whoever lures somebody else before the camera has no ticket."""
    likeness = service(stage)
    sitting = begun(likeness)
    sit(sitting)

    assert UNTRUSTED == likeness.finish(WOMAN, sitting, "guessed")


def test_a_result_is_fetched_once(stage: Stage) -> None:
    """A ticket seen in a log is worth nothing."""
    likeness = service(stage)
    sitting = begun(likeness)
    ticket = sit(sitting)
    likeness.finish(WOMAN, sitting, ticket)

    assert UNTRUSTED == likeness.finish(WOMAN, sitting, ticket)


def test_a_result_about_somebody_else_is_no_answer(stage: Stage) -> None:
    """Two sittings whose results are swapped prove neither."""
    likeness, man = service(stage), claim("man")
    hers, his = begun(likeness), begun(likeness, man)
    ticket = sit(his)

    assert UNTRUSTED == likeness.finish(WOMAN, replace(his, reference=hers.reference), ticket)


def test_nobody_sat_down_yet(stage: Stage) -> None:
    """Without the camera there is no result."""
    likeness = service(stage)

    assert UNTRUSTED == likeness.finish(WOMAN, begun(likeness), "")


def test_a_document_without_a_photograph_on_file_is_not_asked_for(stage: Stage) -> None:
    """Passports are proven at a window."""
    passport = IdentityClaim(DocumentType.FOREIGN_PASSPORT, "AB1234567", "LUCAS", WOMAN.purpose)

    assert Unsupported() == service(stage).begin(passport, BACK)


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("slow", UnavailableReason.TIMEOUT),
        ("error_500", UnavailableReason.TRANSPORT),
        ("quota", UnavailableReason.QUOTA),
        ("garbage", UnavailableReason.UNTRUSTED_ANSWER),
        ("wrong_signature", UnavailableReason.UNTRUSTED_ANSWER),
    ],
)
def test_a_fault_is_no_answer_and_told_in_time(stage: Stage, fault: str, reason: UnavailableReason) -> None:
    """Nobody waits until a late answer has come, and doubt is never a yes."""
    likeness = service(stage)
    likeness.begin(WOMAN, BACK)
    stage.order(fault, SERVICE, -1)

    with meeting(fault):
        assert Unavailable(reason) == likeness.begin(WOMAN, BACK)


def test_an_outage_opens_the_breaker(stage: Stage) -> None:
    """A service that is out of order is let alone for a while."""
    likeness = service(stage, replace(PATIENT, outages=2))
    stage.order("error_500", SERVICE, -1)
    outcomes = [likeness.begin(WOMAN, BACK) for _ in range(3)]

    assert Unavailable(UnavailableReason.BREAKER_OPEN) == outcomes[-1]
