"""What rules call by a code, pages call by its words: no reason, event or claim is left without."""

from collections.abc import Callable, Iterator

import pytest

from federation.cases import Why as NotDecided
from federation.linking import Why as NotTakenBack
from idp.audit import events
from idp.authenticators.password import Weak
from idp.authenticators.sms import NotSent
from idp.clients.scopes import SCOPES
from idp.interaction.steps import FIRST_USED
from idp.mandates import events as mandates
from idp.mandates import standing, telling
from idp.mandates.ending import Why as NotEnded
from idp.mandates.granting import Why as NotGranted
from idp.mandates.models import Role, State
from idp.mandates.rules import Reason as Verdict
from idp.moving.claims import Why as NotClosed
from idp.notices import texts as notices
from idp.organisations import history
from idp.persons.documents.number import DocumentType, Reason
from idp.persons.merge_rules import Why as NotMerged
from idp.persons.models import PersonStatus
from idp.persons.splitting import Why as NotSplit
from idp.windows.cases import Fault
from idp.windows.proving import NotDone
from tests.idp.web.gallery import gallery

Say = Callable[[str, str, str], str]
NOT_GRANTED = [f"grant_{why}" for why in NotGranted]
NOT_ENDED = [f"end_{why}" for why in NotEnded]
OF_MANDATES = {kind.topic for kind in mandates.MandateEvent.__subclasses__()}
MOVING = {
    "export.finished",
    "import.finished",
    "import.mapped",
    "import.rows_taken",
    "import.source_added",
}
OPERATORS_OWN = {"configuration.changed", "trail.shortened", "tokens.counted", *MOVING}
CODES = {topic for topic in notices.words("zh-Hans") if topic.startswith("code.")}
NOT_IN_THE_INBOX = {
    "registration.phone_in_use",
    "registration.not_finished",
    "recovery.not_matched",
    *CODES,
}
SAID_AT_A_WINDOW = {"gone", "unknown_device", "bad_signature", "unknown_operator", "expired_document"}
SHUT_OUT = {f"person_{status}" for status in PersonStatus} - {"person_active", "person_closing"}


@pytest.fixture(scope="module")
def say() -> Iterator[Say]:
    """A template's word for a code, as a Chinese page says it."""
    app = gallery()

    def said(template: str, macro: str, code: str) -> str:
        return str(getattr(app.jinja_env.get_template(template).module, macro)(code))

    with app.test_request_context(headers={"Accept-Language": "zh"}):
        yield said


OF_ACCOUNTS = [
    *(f"merge_{why}" for why in NotMerged),
    *(f"split_{why}" for why in NotSplit),
    *(f"upstream_{why}" for why in NotDecided),
    *(f"upstream_link_{why}" for why in NotTakenBack),
    *(f"claim_{why}" for why in NotClosed),
]


@pytest.mark.parametrize(
    "code", [*Reason, *Weak, *NotSent, *NOT_GRANTED, *NOT_ENDED, *OF_ACCOUNTS, *sorted(SHUT_OUT)]
)
def test_every_refusal_has_words(say: Say, code: str) -> None:
    """Nobody is told merely that something is wrong."""
    assert say("_reasons.html", "reason", "no such reason") != say("_reasons.html", "reason", code)


def kinds(of: type[events.Event]) -> Iterator[type[events.Event]]:
    """Every kind of event, those of the concepts too."""
    for kind in of.__subclasses__():
        yield kind
        yield from kinds(kind)


@pytest.mark.parametrize("code", [*NotDone, *Fault, *sorted(SAID_AT_A_WINDOW)])
def test_every_refusal_at_a_window_has_words(say: Say, code: str) -> None:
    """The operator tells the person who stands there what to do."""
    assert code != say("_window.html", "refusal_name", code)


TOPICS = {event.topic for event in kinds(events.Event) if hasattr(event, "topic")} - OPERATORS_OWN
OF_ORGANISATIONS = {*telling.WAITS.values(), *standing.TOLD.values(), "organisation.queued"}
TOLD = {*notices.words("zh-Hans"), *OF_ORGANISATIONS, FIRST_USED} - NOT_IN_THE_INBOX


@pytest.mark.parametrize("topic", sorted(TOPICS | OF_MANDATES | TOLD))
def test_every_event_has_a_name(say: Say, topic: str) -> None:
    """The person's activity and inbox name what happened."""
    assert say("_events.html", "event_name", "no.such") != say("_events.html", "event_name", topic)


@pytest.mark.parametrize("claim", [claim for claims in SCOPES.values() for claim in claims])
def test_every_claim_has_a_name(say: Say, claim: str) -> None:
    """Nobody consents to a parameter name."""
    assert claim != say("_fields.html", "claim_name", claim)


@pytest.mark.parametrize("kind", DocumentType)
def test_every_document_has_a_name(say: Say, kind: str) -> None:
    """Whatever can be registered with can be chosen by name."""
    assert kind != say("_fields.html", "document_name", kind)


@pytest.mark.parametrize("what", sorted(history.KNOWN))
def test_every_line_of_a_history_has_a_name(say: Say, what: str) -> None:
    """Whatever is noted of an organisation is read by its own people."""
    assert what != say("account/enterprises/_history.html", "history_name", what)


@pytest.mark.parametrize(("macro", "codes"), [("role_name", Role), ("state_name", State)])
def test_every_role_and_state_has_a_name(say: Say, macro: str, codes: type[Role] | type[State]) -> None:
    """Nobody reads a column of the table of mandates."""
    assert [] == [code for code in codes if code == say("account/enterprises/_words.html", macro, code)]


HOLDS = list(Verdict)[1 : list(Verdict).index(Verdict.MATTER_UNKNOWN)]


@pytest.mark.parametrize("reason", HOLDS)
def test_every_reason_a_way_does_not_hold_has_words(say: Say, reason: str) -> None:
    """The list of organisations says why one may not act at this moment."""
    assert reason != say("account/enterprises/_words.html", "reason_name", reason)
