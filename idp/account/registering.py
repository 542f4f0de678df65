"""The acts of a registration, each one rule with the services of this instance: check, tell, create.

No transaction is open while the registry is asked.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.account import wizards
from idp.account.records import Checked, Outcome, Registration
from idp.authenticators import password, sms
from idp.authenticators.password import Weak
from idp.consents import rules as consents
from idp.consents import texts
from idp.consents.models import ConsentKind
from idp.consents.rules import Said
from idp.crypto.handles import digest
from idp.evidence import levels
from idp.evidence.models import Method
from idp.moving import claims as moved
from idp.notices.telling import keep, tell, tell_phone
from idp.persons import belongings, checking, enrolment, hold, locking
from idp.persons.belongings import Proof
from idp.persons.checking import Spent
from idp.persons.claim import Claim
from idp.persons.enrolment import Applicant
from idp.persons.models import Person
from idp.persons.registry import (
    Mismatch,
    MismatchReason,
    PhoneMatch,
    Unavailable,
    Unsupported,
    Verified,
)
from idp.services import current
from idp.sessions import lifecycle
from idp.sessions.lifecycle import Achievement
from idp.web.request_scope import device, may_enter, now, patient, session_handle

AGREED = ("service-agreement", "privacy-policy")
SENSITIVE = "identity-number"
TOLD = "verification"
AN_HOUR = 3600.0
SAME_PRESS = 30.0
"""Seconds within which another press of the last button may arrive, after the first has made the account."""


@dataclass(frozen=True)
class Refusal:
    """The authority did not confirm the claim, or was not asked; `left` attempts remain after a mismatch."""

    reason: str
    left: int | None = None


@dataclass(frozen=True)
class Holder:
    """Who must be told of a registration; by their document, or by their phone alone."""

    person_id: UUID
    by_document: bool
    by_phone: bool
    """Whether the phone that was proven is theirs."""


def check(record: Registration, claim: Claim) -> Checked | Refusal:
    """Ask the authority about an applicant's claim."""
    return ask(claim, "registration", record.phone, phone=record.phone)


def ask(claim: Claim, matter: str, asker: str, *, phone: str | None = None) -> Checked | Refusal:
    """
    Ask the authority; a wrong name and an unknown number are one refusal.

    Without a proven phone two kinds of identity information are compared: enough only for a number that the
    person has proven before.
    """
    services = current()
    checked = checking.check(
        services.registry,
        services.state,
        services.vault,
        claim,
        phone=phone,
        matter=matter,
        asker=asker,
        limit=services.settings.limit_verifications_per_day,
        now=now(),
    )
    match checked.answer:
        case Spent():
            return Refusal("attempts_spent")
        case Mismatch(reason=MismatchReason.DECEASED):
            return Refusal("cannot_verify")
        case Mismatch():
            return Refusal("mismatch", checked.left)
        case Verified(phone=PhoneMatch.MISMATCH) as verified:
            return Checked(claim, Outcome.UNCONFIRMED, verified=verified)
        case Verified() as verified:
            return Checked(claim, Outcome.VERIFIED, verified=verified)
        case Unavailable(reason=reason):
            return Checked(claim, Outcome.PENDING, unavailable=reason)
        case Unsupported():
            return Checked(claim, Outcome.UNSUPPORTED)


def agreed(record: Registration, checked: Checked) -> Registration:
    """The registration with a checked claim and the texts as they are worded today."""
    said = tuple(texts.said(key) for key in AGREED)
    return replace(record, checked=checked, agreed=said, agreed_sensitive=texts.said(SENSITIVE))


def worth(checked: Checked) -> int:
    """The level that a checked claim supports."""
    proof = _proof(checked)
    return proof.level if proof else levels.SUPPORTS[Method.DOCUMENT_FORMAT]


def holder(record: Registration) -> Holder | None:
    """Who has the document or phone already and must be told instead of this browser."""
    assert record.checked is not None
    services, claim, proof = current(), record.checked.claim, _proof(record.checked)
    with services.database.reading() as db:
        known = belongings.known_to(db, services.vault, claim, record.phone, proof, now())
        if known is None:
            return None
        return Holder(known.person.id, known.by_document, known.person.phone == record.phone)


def tell_holder(record: Registration) -> None:
    """Write to the holder's own phone and to the one that was proven, each at most once an hour."""
    held_by = holder(record)
    if held_by is None:
        return
    if not held_by.by_document:
        _warn_about_phone(held_by.person_id, record)
        return
    warn(held_by.person_id, "registration.repeated")
    if not held_by.by_phone:
        _tell_applicant(record)


def warn(person_id: UUID, topic: str) -> None:
    """Tell a person that somebody uses what is theirs, at most once an hour."""
    services = current()
    if services.state.once(f"told:{person_id.hex}:{topic}", AN_HOUR):
        with services.database.writing() as db:
            tell(db, person_id, topic, now())


def _tell_applicant(record: Registration) -> None:
    """The phone was proven a moment ago and is not the holder's: it hears how to go on, and of nobody."""
    services = current()
    if services.state.once(f"told:{digest(record.phone)}:registration.not_finished", AN_HOUR):
        with services.database.writing() as db:
            tell_phone(db, record.phone, "registration.not_finished", record.locale)


def _warn_about_phone(person_id: UUID, record: Registration) -> None:
    """The phone is the one that was just proven: it is told how to go on, the inbox what happened."""
    services = current()
    if services.state.once(f"told:{person_id.hex}:phone_in_use", AN_HOUR):
        with services.database.writing() as db:
            keep(db, person_id, "registration.repeated", now())
            tell_phone(db, record.phone, "registration.phone_in_use", record.locale)


def weakness(record: Registration, login: str, typed: str) -> Weak | None:
    """Why this password must not be used."""
    number = record.checked.claim.number if record.checked else ""
    return password.weakness(typed, (login, record.phone.removeprefix("+86"), number))


def login_is_taken(login: str | None) -> bool:
    """Whether somebody has this login name."""
    if login is None:
        return False
    with current().database.reading() as db:
        return db.scalar(select(Person.id).where(Person.login_name == login)) is not None


def create(handle: str, record: Registration, login: str | None, hashed: str) -> str:
    """
    Write everything at once and begin the session; gives the handle of it, raises Taken.

    Under the registration's own handle it is noted who came of it, for another press of the same button.

    The session rests on both means that were bound here in one go, the phone and the password: to ask for the
    password again would only hear what was typed a moment ago (SP 800-63B, binding at enrolment).
    """
    services, checked = current(), record.checked
    assert checked is not None
    applicant = Applicant(checked.claim, _answer(checked), record.phone, login, record.locale)
    delay = timedelta(seconds=services.settings.displacement_hold)
    with services.database.writing() as db:
        person = enrolment.enrol(db, services.vault, applicant, now(), delay)
        password.set_hash(db, person.id, hashed, "registration", now())
        record_agreements(db, person.id, record.agreed, record.agreed_sensitive)
        moved.follow(db, services.vault, wizards.old_account(record.interaction), person, now())
        session = _session(db, record, person.id)
        db.flush()
        services.state.put(_made(handle), person.id.bytes, SAME_PRESS)
        return session


def made_just_now(handle: str) -> UUID | None:
    """Whom this very registration has made within the last seconds, if it has."""
    found = current().state.get(_made(handle))
    return UUID(bytes=found) if found else None


def entered_again(handle: str, record: Registration, person_id: UUID, typed: str) -> str | None:
    """
    A session for who pressed twice and typed the same: `made_just_now` says whom the first press has made.

    Nobody else comes here, and nobody twice with another password: it is no second way to sign in, where
    guesses would go uncounted.
    """
    services = current()
    with services.database.reading() as db:
        secret = password.stored(db, person_id)
    if secret is None or not password.verify(secret, typed):
        services.state.take(_made(handle))
        return None
    with services.database.writing() as db:
        person = locking.first(db, person_id)
        if person is None or not may_enter(person) or hold.until(person, now()) is not None:
            return None
        if person.proofs_count_from is not None:  # everything has ended since the first press
            return None
        return _session(db, record, person_id) if password.is_still(db, person_id, secret) else None


def _made(handle: str) -> str:
    return f"registered:{digest(handle)}"


def _session(db: Session, record: Registration, person_id: UUID) -> str:
    _, handle = lifecycle.begin(
        db,
        Achievement(person_id, password.AMR | sms.AMR_BY[record.channel], now()),
        absolute=timedelta(seconds=current().settings.session_absolute),
        device=device(),
        replaces=session_handle(),
        patient=patient(),
    )
    return handle


def at_counter(db: Session, record: Registration) -> Person:
    """Open the account of somebody who stands at a counter: without a password or a session; raises Taken."""
    services, checked = current(), record.checked
    assert checked is not None
    applicant = Applicant(checked.claim, _answer(checked), record.phone, None, record.locale, "counter")
    delay = timedelta(seconds=services.settings.displacement_hold)
    person = enrolment.enrol(db, services.vault, applicant, now(), delay)
    record_agreements(db, person.id, record.agreed, record.agreed_sensitive, "window")
    return person


def record_agreements(
    db: Session,
    person_id: UUID,
    agreed: Sequence[Said] | None = None,
    sensitive: Said | bool | None = None,
    channel: str = "web",
) -> None:
    """
    Record what was agreed to and told when somebody began an account; as worded today unless it is given.

    `sensitive` is the consent that a document's number needs; nothing is told of its check without one.
    """
    said = tuple(texts.said(key) for key in AGREED) if agreed is None else agreed
    acts = [(ConsentKind.AGREEMENT, one, "registration") for one in said]
    if sensitive:
        separate = texts.said(SENSITIVE) if sensitive is True else sensitive
        acts.append((ConsentKind.SENSITIVE, separate, "identity_verification"))
    if sensitive or agreed is not None:
        acts.append((ConsentKind.NOTICE, texts.said(TOLD), "identity_verification"))
    for kind, one, purpose in acts:
        consents.record(db, person_id, kind, one, purpose=purpose, now=now(), channel=channel)


def _proof(checked: Checked) -> Proof | None:
    return enrolment.proof_of(checked.verified) if checked.verified else None


def _answer(checked: Checked) -> Verified | Unavailable | Unsupported:
    if checked.unavailable:
        return Unavailable(checked.unavailable)
    return checked.verified or Unsupported()
