"""A person below level 3 has themselves checked: the acts behind the page and the interface."""

from datetime import timedelta
from enum import StrEnum
from uuid import UUID

from idp.account import registering
from idp.account.records import Checked, Outcome
from idp.account.registering import Refusal
from idp.audit import trail
from idp.audit.events import IdentityRefused
from idp.notices.telling import tell
from idp.persons import belongings, enrolment
from idp.persons.claim import Claim
from idp.persons.enrolment import Confirmation, Taken
from idp.persons.models import Person
from idp.persons.registry import Unavailable
from idp.services import current
from idp.web.request_scope import now


class Raised(StrEnum):
    """What became of it."""

    RAISED = "raised"
    HELD = "held"
    """Somebody holds the document at a lower level; it comes after the hold."""
    PENDING = "pending"
    """The authority gave no answer; the worker asks again."""
    UNSUPPORTED = "cannot_verify"
    UNCONFIRMED = "unconfirmed"
    """The authority has another phone on file."""
    TAKEN = "check_messages"
    """Somebody else has it; both hear of it."""


def verify(person_id: UUID, phone: str, claim: Claim) -> Raised | Refusal:
    """Ask the authority, and do what follows; `phone` is the person's proven one."""
    checked = registering.ask(claim, "verification", str(person_id), phone=phone)
    if isinstance(checked, Refusal):
        _record(person_id, checked)
        return checked
    match checked.outcome:
        case Outcome.UNSUPPORTED:
            return Raised.UNSUPPORTED
        case Outcome.PENDING:
            _queue(person_id, checked)
            return Raised.PENDING
        case Outcome.VERIFIED | Outcome.UNCONFIRMED:
            return _believe(person_id, checked)


def _believe(person_id: UUID, checked: Checked) -> Raised:
    """Somebody else's document ends where a registration with it would."""
    services = current()
    assert checked.verified is not None
    hold = timedelta(seconds=services.settings.displacement_hold)
    try:
        with services.database.writing() as db:
            person = db.get_one(Person, person_id)
            document = enrolment.claim_document(db, person, checked.claim, now())
            proof = enrolment.proof_of(checked.verified)
            outcome = enrolment.confirm(db, services.vault, person, document, proof, now(), hold)
            if outcome is Confirmation.RAISED:
                tell(db, person.id, "identity.verified", now())
    except Taken:
        _warn(person_id, checked.claim)
        return Raised.TAKEN
    return Raised.UNCONFIRMED if outcome is Confirmation.DOUBTED else Raised(outcome.value)


def _warn(person_id: UUID, claim: Claim) -> None:
    services = current()
    with services.database.reading() as db:
        owner = belongings.held(db, services.vault, claim, now())
        owner_id: UUID | None = owner.document.person_id if owner else None
    if owner_id is not None:
        registering.warn(owner_id, "registration.repeated")
    registering.warn(person_id, "verification.taken")


def _queue(person_id: UUID, checked: Checked) -> None:
    assert checked.unavailable is not None
    with current().database.writing() as db:
        person = db.get_one(Person, person_id)
        document = enrolment.claim_document(db, person, checked.claim, now())
        enrolment.queue_check(db, person, document, Unavailable(checked.unavailable), now())


def _record(person_id: UUID, refusal: Refusal) -> None:
    with current().database.writing() as db:
        trail.record(db, IdentityRefused(person_id=person_id, reason=refusal.reason, registry_request_id=""))
