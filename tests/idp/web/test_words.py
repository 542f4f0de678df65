"""What rules call by a code, pages call by its words: no reason, event or claim is left without."""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest

from federation.cases import Why as NotDecided
from federation.linking import BY_OPERATOR, How
from federation.linking import Why as NotTakenBack
from federation.matching import Disagreement
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
from idp.moving.joining import BY_DOCUMENT, BY_MANDATE, BY_PASSWORD
from idp.notices import texts as notices
from idp.notices.choices import OPEN, Channel
from idp.organisations import history
from idp.organisations.models import ApplicationStatus, OrganisationMethod
from idp.persons.documents.number import DocumentType, Reason
from idp.persons.guardians import Grade
from idp.persons.merge_rules import Why as NotMerged
from idp.persons.models import PersonStatus, Realm, SplitStatus
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


OF_AN_EXPORT: dict[str, Iterable[str]] = {
    "person.status": PersonStatus,
    "person.realm": Realm,
    "person.origin": ["portal", "counter", "window", "operator", "sandbox", "upstream", "guardian", "split"],
    "consents.channel": ["web", "window", "guardian", "record"],
    "consents.purpose": ["registration", "identity_verification", "guardianship", "sign_in"],
    "evidence.authority": ["self", "sms", "staff", "public_security", "real_person", "window:W-01"],
    "sessions.ended_because": [
        *(
            "signed_out",
            "signed_out_upstream",
            "replaced",
            "ended_elsewhere",
            "password_recovered",
            "slip_used",
        ),
        *("intrusion.reported", "accounts_merged", "certificate_revoked", "case_approved", "no such reason"),
    ],
    "services.ended_because": [
        "code_reused",
        "refresh_reused",
        "consent_withdrawn",
        "revoked",
        "mandate_used",
    ],
    "evidence.withdrawn_because": [
        "phone_changed",
        "phone_reclaimed",
        "displaced",
        f"case:{0:032x}",
        "closed",
    ],
    "upstream_links.proven_by": How,
    "upstream_links.ended_because": ["unlinked", BY_OPERATOR, "renewed"],
    "upstream_cases.reason": Disagreement,
    "organisation_applications.status": ApplicationStatus,
    "organisation_evidence.method": OrganisationMethod,
    "organisation_records.what": sorted(history.KNOWN),
    "mandates.state": State,
    "mandates.ended_because": ["revoked", "renewed", "no such reason"],
    "accounts_of_older_systems.joined_by": [BY_DOCUMENT, BY_PASSWORD, BY_MANDATE],
    "splits.status": SplitStatus,
    "notices_declined.kind": OPEN,
    "notices_declined.channel": Channel,
    "family.role": ["guardian", "ward"],
    "family.grade": Grade,
}


@pytest.mark.parametrize("column", OF_AN_EXPORT)
def test_every_code_of_an_export_has_words(column: str) -> None:
    """What is kept of oneself is read without a table of codes, part by part."""
    part, name = column.split(".")
    app = gallery()
    with app.test_request_context(headers={"Accept-Language": "zh"}):
        module: Any = app.jinja_env.get_template("account/_everything_codes.html").module
        said = {code: str(module.value_word(part, name, str(code))).strip() for code in OF_AN_EXPORT[column]}

    assert {} == {code: word for code, word in said.items() if not word or re.search("[a-z]_|[a-z]{4}", word)}
