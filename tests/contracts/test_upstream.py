"""What every dialect must do, each against the province that speaks it."""

from collections.abc import Iterator

import pytest
import structlog

from federation.simulator.people import People
from idp import clock
from idp.interaction.upstream import AssertedIdentity, Reason, Refused, Wanted
from idp.persons.identifiers import DocumentType
from tests.federation.docked import ASKED_BEHIND, DIALECTS, TABLES, Docked, docked, hurried, province

SIGNED = ("guangdong", "liaoning", "national")
"""Whose answers are signed; TLS alone vouches for the others."""


@pytest.fixture(scope="module")
def running() -> Iterator[tuple[str, People]]:
    with province() as there:
        yield there


@pytest.fixture(params=sorted(TABLES))
def one(request: pytest.FixtureRequest, running: tuple[str, People]) -> Docked:
    """A city docked at the province in each protocol, with no fault in force."""
    return without_faults(docked(*running, request.param))


@pytest.fixture(params=sorted(ASKED_BEHIND))
def asking(request: pytest.FixtureRequest, running: tuple[str, People]) -> Docked:
    """The same in each protocol in which we ask the upstream about who came back."""
    return without_faults(docked(*running, request.param))


@pytest.fixture(params=DIALECTS)
def dialect(request: pytest.FixtureRequest, running: tuple[str, People]) -> Docked:
    """The same in each dialect, which answers in two steps and knows neither silence nor freshness."""
    return without_faults(docked(*running, request.param))


@pytest.fixture(params=SIGNED)
def signing(request: pytest.FixtureRequest, running: tuple[str, People]) -> Docked:
    """The same in each dialect that signs."""
    return without_faults(docked(*running, request.param))


def without_faults(there: Docked) -> Docked:
    there.order("clear")
    return there


def asserted(answer: AssertedIdentity | Refused) -> AssertedIdentity:
    assert isinstance(answer, AssertedIdentity), answer
    return answer


def test_a_person_is_asserted_in_our_words(one: Docked) -> None:
    """Name, document and phone in our spelling, the stable id in theirs, and the level on our scale."""
    said, citizen = asserted(one.visit("resident")), one.citizen("resident")

    assert ("province", citizen.subject, citizen.name) == (said.upstream, said.subject, said.name)
    assert (DocumentType.RESIDENT_ID, citizen.number, citizen.phone) == (said.kind, said.number, said.phone)
    assert 3 == said.level.ial
    assert said.organisation is None


def test_the_stable_id_stays(one: Docked) -> None:
    """The same person is the same subject at every visit, and another person another."""
    first, again = asserted(one.visit("resident")).subject, asserted(one.visit("resident")).subject

    assert first == again != asserted(one.visit("well-known")).subject


def test_who_comes_for_an_organisation_is_still_a_person(one: Docked) -> None:
    """The agent is asserted, the organisation is a hint beside them."""
    said, citizen = asserted(one.visit("representative", organisation=True)), one.citizen("representative")

    assert citizen.firm is not None and said.organisation is not None
    assert (citizen.firm.code, citizen.firm.name) == (said.organisation.code, said.organisation.name)
    assert (citizen.name, citizen.number) == (said.name, said.number)
    assert citizen.number not in said.subject


def test_an_organisations_level_is_its_own(dialect: Docked) -> None:
    """On our scale, by the map for organisations."""
    said = asserted(dialect.visit("representative", organisation=True))

    assert said.organisation is not None
    assert 3 == said.organisation.level


def test_below_real_names_nobody_is_named(dialect: Docked) -> None:
    """What somebody only typed there is no name and no number here, so it can match nobody."""
    said = asserted(dialect.visit("barely-known"))

    assert said.level.ial < 3
    assert ("", None, "") == (said.name, said.kind, said.number)


def test_a_level_without_its_document_is_somebodys_word(dialect: Docked) -> None:
    """Without a document there is nothing the level rests on."""
    dialect.order("no_document", "user")

    assert 1 >= asserted(dialect.visit("resident")).level.ial


def test_a_level_of_no_table_counts_for_nothing(one: Docked) -> None:
    """A sign we do not know is not guessed at."""
    one.order("unknown_level", "user")

    assert 0 == asserted(one.visit("resident")).level.ial


def test_a_ticket_serves_once(one: Docked) -> None:
    """Who brings it again gets nobody, whatever else they bring."""
    begun = one.begun()
    received = one.received(begun)
    asserted(one.upstream.finish(begun.kept, received, clock.now()))
    again = one.upstream.finish(begun.kept, received, clock.now())

    assert isinstance(again, Refused)
    assert Reason.UNBELIEVED is again.reason


def test_a_ticket_of_another_visit_is_refused(one: Docked) -> None:
    """A ticket brought under another browser's state never reaches the upstream (login CSRF)."""
    ours, theirs = one.begun(), one.begun()
    answer = one.upstream.finish(ours.kept, one.received(theirs), clock.now())

    assert Refused(Reason.UNBELIEVED, "state") == answer


def test_an_expired_ticket_is_refused(asking: Docked) -> None:
    """As the upstream says; it alone knows how old one is."""
    asking.order("expired", "token")
    answer = asking.visit()

    assert isinstance(answer, Refused)
    assert Reason.UNBELIEVED is answer.reason


def test_a_no_at_the_upstream_is_a_no_here(one: Docked) -> None:
    """Somebody who declined there may choose another way."""
    one.order("denied", "authorize")
    answer = one.visit()

    assert isinstance(answer, Refused)
    assert Reason.DECLINED is answer.reason


def test_an_answer_about_somebody_else_is_refused(dialect: Docked) -> None:
    """The two answers of one visit speak of one person."""
    dialect.order("other_subject", "user")

    assert Refused(Reason.UNBELIEVED, "another_person") == dialect.visit()


@pytest.mark.parametrize("lie", ["forged", "unsigned"])
def test_a_wrong_signature_is_refused(signing: Docked, lie: str) -> None:
    """No signature is no better than another's."""
    signing.order(lie, "user")

    assert Refused(Reason.UNBELIEVED, "signature") == signing.visit()


@pytest.mark.parametrize("lie", ["expired", "early"])
def test_an_answer_of_another_hour_is_refused(signing: Docked, lie: str) -> None:
    """A recorded answer is no better than a forged one."""
    signing.order(lie, "user")

    assert Refused(Reason.UNBELIEVED, "time") == signing.visit()


def test_a_wrong_secret_of_ours_gets_nobody(dialect: Docked, running: tuple[str, People]) -> None:
    """That is our own mistake, so nobody is suspected and somebody may try later."""
    wrong = docked(*running, dialect.name, client_secret="another")
    if dialect.name == "national":
        wrong = docked(*running, dialect.name, secrets={"app_secret": "another"})
    answer = wrong.visit()

    assert isinstance(answer, Refused)
    assert Reason.UNAVAILABLE is answer.reason


@pytest.mark.parametrize("fault", ["error_500", "quota", "drop", "garbage", "huge"])
@pytest.mark.parametrize("first", [True, False])
def test_out_of_order_is_unavailable(asking: Docked, fault: str, first: bool) -> None:
    """Whatever breaks on the way, somebody may try again, and nothing is believed by half."""
    asking.order(fault, "token" if first and asking.name in DIALECTS else "user")
    answer = asking.visit()

    assert isinstance(answer, Refused)
    assert Reason.UNAVAILABLE is answer.reason


@pytest.mark.parametrize("fault", ["slow", "trickle"])
def test_nobody_waits_beyond_the_deadline(asking: Docked, fault: str) -> None:
    """One deadline bounds all calls of a visit, however slowly the bytes come: they would come in the end."""
    impatient = hurried(asking)
    impatient.order(fault, "token" if fault == "slow" and asking.name in DIALECTS else "user")

    assert Refused(Reason.UNAVAILABLE, "timeout") == impatient.visit()


def test_what_cannot_be_asked_is_said_at_once(dialect: Docked) -> None:
    """These dialects know neither a silent nor a fresh sign-in; a portal is told before anybody leaves."""
    wanted = Wanted("https://id.example/back", silent=True)

    assert Refused(Reason.DECLINED, "silent") == dialect.upstream.begin(wanted, clock.now())


def test_no_number_secret_or_token_in_addresses_and_logs(one: Docked) -> None:
    """Neither in the addresses we make, nor in what is written of the calls."""
    with structlog.testing.capture_logs() as written:
        said = asserted(one.visit("resident"))
    leaving = str(one.upstream.leave(said.kept, "https://id.example/back"))
    traces = " ".join([*one.browser.seen, leaving, repr(said), str(written)])

    for secret in (said.number, said.phone.removeprefix("+86"), said.name, *said.kept.values()):
        assert secret not in traces
    assert "secret-of-the" not in traces
