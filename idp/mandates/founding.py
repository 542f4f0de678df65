"""Registering an organisation: the registry confirms it, and its representative gets that role's mandate.

That role needs four matching elements and a person at level 4 or 5, never less: all four elements leak. Who
registers for somebody else waits until the representative comes. What the registry cannot say now is asked
again; what no registry can say, a member of staff looks at.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy.orm import Session

from idp.audit import trail
from idp.keys.vault import Vault
from idp.mandates import standing, states, succession, telling
from idp.organisations import applications, candidates, checking, claim, enrolment, lifecycle
from idp.organisations.candidates import Candidate
from idp.organisations.claim import Claim, NotOnline, Typed, Why
from idp.organisations.enrolment import Basis
from idp.organisations.events import OrganisationRefused, RepresentativeConfirmed
from idp.organisations.lifecycle import GONE
from idp.organisations.models import (
    ApplicationStatus,
    Organisation,
    Standing,
)
from idp.organisations.registry import (
    Answer,
    Confirmed,
    Denied,
    OrganisationRegistry,
    RegisteredState,
    RepresentativeMatch,
)
from idp.persons.checking import Spent
from idp.persons.registry import Unavailable, Unsupported
from idp.storage.database import Database
from idp.storage.state import StateStore

MATTER = "organisation_registration"
MISMATCH = "mismatch"
OFTEN = timedelta(hours=6)
"""How often a registry is asked again that does not know a new organisation yet."""


class Outcome(StrEnum):
    """What came of wanting to register an organisation."""

    REGISTERED = "registered"
    """The person represents it now, or did already."""
    LEVEL_NEEDED = "level_needed"
    """All four elements match; as soon as the person is at level 4 they represent it."""
    WAITS_FOR_REPRESENTATIVE = "waits_for_representative"
    """Code and name are right, and somebody else represents it, who has not come yet."""
    KNOWN = "known"
    """It is here already, with people who may appoint others: its representative, its administrators."""
    QUEUED = "queued"
    """The registry gives no answer, or may not know it yet; it is asked again and the person is told."""
    REVIEW = "review"
    """No registry can say: the person hands in the certificate, and a member of staff looks at it."""
    REFUSED = "refused"
    """The registry does not confirm code and name; why is told to nobody."""
    GONE = "gone"
    """Its registration has ended."""
    MILITARY = "military"
    """Registered by the military: not here, and not online."""
    OLD_NUMBER = "old_number"
    """Nobody is known by this old number: the credit code stands on the new certificate."""
    VERIFY_FIRST = "verify_first"
    """The person is below level 3: first they prove who they are."""
    SPENT = "spent"
    """Today's attempts are used up, or too much is waiting already."""


@dataclass(frozen=True)
class Founded:
    """An outcome, and what a page shows beside it."""

    outcome: Outcome
    credit_code: str = ""
    name: str = ""
    """The registry's spelling where it confirmed it, else as it was typed."""
    organisation_id: UUID | None = None
    application_id: UUID | None = None
    """What the person waits for, if they wait. With KNOWN: no registry can say who represents it, so whoever
    does now may hand in a paper."""
    state: RegisteredState | None = None
    left: int | None = None
    """Attempts left today for this code, after a refusal."""
    handover: int = 0
    """How many mandates a former representative left to be decided on."""


@dataclass(frozen=True)
class Registrar:
    """What registering works with."""

    database: Database
    vault: Vault
    state: StateStore
    registry: OrganisationRegistry
    limit: int
    """Wrong attempts a day, `settings.limit_verifications_per_day`."""


def register(registrar: Registrar, person_id: UUID, typed: Typed, now: datetime) -> Founded:
    """
    Register what somebody typed, for themselves as representative or for whoever is.

    Raises MalformedNumber or MalformedName where the form is to be filled in again. They have just confirmed
    with a second factor. Hold no transaction: the registry is asked.
    """
    with registrar.database.reading() as db:
        try:
            claimed = claim.read(db, typed)
        except NotOnline as refusal:
            return Founded(Outcome.MILITARY if refusal.reason is Why.MILITARY else Outcome.OLD_NUMBER)
        candidate = candidates.candidate(db, person_id, now)
        if candidate is None:
            return Founded(Outcome.VERIFY_FIRST, claimed.credit_code, claimed.name)
        if applications.too_many(db, person_id, claimed.credit_code):
            return Founded(Outcome.SPENT, claimed.credit_code, claimed.name)
    checked = checking.check(
        registrar.registry,
        registrar.state,
        registrar.vault,
        claimed,
        candidate.representative,
        matter=MATTER,
        asker=person_id.hex,
        limit=registrar.limit,
        now=now,
    )
    if isinstance(checked.answer, Spent):
        return Founded(Outcome.SPENT, claimed.credit_code, claimed.name)
    with registrar.database.writing() as db:
        asked = Asked(claimed, candidate, typed.newly_registered)
        founded = conclude(db, asked, checked.answer, now)
    return replace(founded, left=checked.left) if founded.outcome is Outcome.REFUSED else founded


@dataclass(frozen=True)
class Asked:
    """About what the registry was asked, and for whom."""

    claim: Claim
    candidate: Candidate
    newly_registered: bool = False

    @property
    def person_id(self) -> UUID:
        """Who wants it to be here."""
        return self.candidate.person_id


def conclude(db: Session, asked: Asked, answer: Answer, now: datetime) -> Founded:
    """Do what follows from an answer; the same answer again changes nothing more."""
    match answer:
        case Unavailable():
            return _queued(db, asked, answer.reason, now)
        case Unsupported():
            return _to_review(db, asked, now)
        case Denied():
            return _denied(db, asked, answer, now)
        case Confirmed() if answer.state in GONE:
            return _gone(db, asked, answer, now)
        case Confirmed():
            return _confirmed(db, asked, answer, now)


def represent(db: Session, organisation: Organisation, person_id: UUID, basis: Basis, now: datetime) -> None:
    """
    Make somebody the representative, whoever was it before, and let the organisation do what it may.

    Hold the organisation first. The caller has the registry's word for it, or two members of staff's, and
    knows that the person is known well enough.
    """
    before = succession.representative(db, organisation.id)
    if before is not None and before.agent_person_id == person_id:
        enrolment.confirm(db, organisation, now)
        return
    evidence = enrolment.note_evidence(db, organisation, basis, person_id)
    succession.appoint(db, organisation, person_id, evidence.id, now)
    enrolment.confirm(db, organisation, now)
    trail.record(
        db,
        RepresentativeConfirmed(
            person_id=person_id,
            organisation=str(organisation.id),
            authority=basis.authority,
            registry_request_id=basis.request_id,
        ),
    )
    telling.registered(db, organisation, person_id, now)
    for application in applications.of_others(db, organisation.credit_code, person_id):
        if application.status == ApplicationStatus.WAITS:
            application.status, application.settled_at = ApplicationStatus.CONFIRMED, now
            application.changed_at = now
            telling.confirmed(db, organisation, application.person_id, now)


def _confirmed(db: Session, asked: Asked, answer: Confirmed, now: datetime) -> Founded:
    represents = answer.representative is RepresentativeMatch.MATCH
    basis = enrolment.basis_of(answer)
    found = enrolment.found(db, asked.claim, answer.name, asked.person_id, basis, now)
    organisation = states.hold(db, found.id)
    standing.apply(db, organisation, lifecycle.follow(db, organisation, answer, now), now)
    if organisation.standing == Standing.CLOSED and not (represents and _is_back(organisation)):
        return _gone(db, asked, answer, now)
    if not represents:
        return _for_somebody_else(db, asked, organisation, answer, now)
    candidate = candidates.candidate(db, asked.person_id, now)
    known = candidate is not None and candidate.document_id == asked.candidate.document_id
    if candidate is None or not known or not candidate.may_represent:
        return _waits(db, asked, organisation, ApplicationStatus.LEVEL_NEEDED, now)
    if organisation.standing == Standing.CLOSED:
        lifecycle.become(db, organisation, Standing.WAITING, lifecycle.Because.UNCONFIRMED, now)
    represent(db, organisation, asked.person_id, enrolment.basis_of(answer, candidate.document_id), now)
    enrolment.keep_licence(db, organisation, asked.claim.licence_number)
    _settle(db, asked, ApplicationStatus.CONFIRMED, organisation, now)
    handover = len(succession.left_behind(db, organisation.id))
    return replace(_about(Outcome.REGISTERED, organisation), handover=handover)


def _for_somebody_else(
    db: Session, asked: Asked, organisation: Organisation, answer: Confirmed, now: datetime
) -> Founded:
    """They do not represent it, or the registry keeps no number to say so."""
    if organisation.representative_id == asked.person_id:
        if answer.representative is RepresentativeMatch.MISMATCH:
            succession.leave(db, organisation, now, reason=MISMATCH, request_id=answer.request_id)
        return _about(Outcome.KNOWN, organisation)
    if answer.representative is RepresentativeMatch.UNKNOWN:
        return _to_review(db, asked, now, organisation)
    if organisation.representative_id is not None or organisation.standing != Standing.WAITING:
        _settle(db, asked, ApplicationStatus.REFUSED, organisation, now)
        return _about(Outcome.KNOWN, organisation)
    return _waits(db, asked, organisation, ApplicationStatus.WAITS, now)


def _is_back(organisation: Organisation) -> bool:
    """Whether the registry has taken back that it is no more; what ended then stays ended."""
    return organisation.standing_because == lifecycle.Because.DEREGISTERED


def _waits(
    db: Session, asked: Asked, organisation: Organisation, status: ApplicationStatus, now: datetime
) -> Founded:
    before = applications.of_code(db, asked.person_id, asked.claim.credit_code)
    told = before is not None and before.status == status
    application = applications.note(
        db, asked.person_id, asked.claim, status, now, organisation_id=organisation.id
    )
    if not told:
        telling.waits(db, organisation, application, now)
    outcome = WAITING_FOR[status]
    return replace(_about(outcome, organisation), application_id=application.id)


def _queued(db: Session, asked: Asked, reason: str, now: datetime) -> Founded:
    """No answer: the worker asks again."""
    return _ask_again(db, asked, ApplicationStatus.QUEUED, now, now)


def _denied(db: Session, asked: Asked, answer: Denied, now: datetime) -> Founded:
    """
    Wrong and unknown are told alike. Where the applicant says that it is new, both are asked again.
    """
    refused = OrganisationRefused(
        person_id=asked.person_id,
        code=asked.claim.credit_code,
        reason=answer.reason,
        registry_request_id=answer.request_id,
    )
    trail.record(db, refused)
    if asked.newly_registered:
        return _ask_again(db, asked, ApplicationStatus.LAGGING, now + OFTEN, now)
    _settle(db, asked, ApplicationStatus.REFUSED, None, now)
    return Founded(Outcome.REFUSED, asked.claim.credit_code, asked.claim.name)


def _ask_again(
    db: Session, asked: Asked, status: ApplicationStatus, due_at: datetime, now: datetime
) -> Founded:
    before = applications.of_code(db, asked.person_id, asked.claim.credit_code)
    waits = before is not None and before.status in applications.ASKED_AGAIN
    application = applications.note(
        db, asked.person_id, asked.claim, status, now, newly_registered=asked.newly_registered
    )
    if not waits:
        applications.ask_again(db, application, due_at)
        telling.queued(db, application, now)
    return Founded(Outcome.QUEUED, asked.claim.credit_code, asked.claim.name, application_id=application.id)


def _to_review(db: Session, asked: Asked, now: datetime, organisation: Organisation | None = None) -> Founded:
    known = organisation or claim.by_code(db, asked.claim.credit_code)
    represented = known is not None and known.representative_id is not None
    if known is not None and known.representative_id == asked.person_id:
        return Founded(Outcome.KNOWN, known.credit_code, asked.claim.name, known.id)
    application = applications.note(
        db,
        asked.person_id,
        asked.claim,
        ApplicationStatus.REVIEW,
        now,
        organisation_id=known.id if known else None,
    )
    outcome = Outcome.KNOWN if represented else Outcome.REVIEW
    founded = Founded(outcome, asked.claim.credit_code, asked.claim.name)
    return replace(founded, application_id=application.id, organisation_id=known.id if known else None)


def _gone(db: Session, asked: Asked, answer: Confirmed, now: datetime) -> Founded:
    _settle(db, asked, ApplicationStatus.REFUSED, None, now)
    return Founded(Outcome.GONE, asked.claim.credit_code, answer.name, state=answer.state)


def _settle(
    db: Session,
    asked: Asked,
    status: ApplicationStatus,
    organisation: Organisation | None,
    now: datetime,
) -> None:
    """Whatever they waited for is decided."""
    if applications.of_code(db, asked.person_id, asked.claim.credit_code) is not None:
        applications.note(
            db,
            asked.person_id,
            asked.claim,
            status,
            now,
            organisation_id=organisation.id if organisation else None,
        )


def _about(outcome: Outcome, organisation: Organisation) -> Founded:
    return Founded(
        outcome,
        organisation.credit_code,
        organisation.name,
        organisation.id,
        state=RegisteredState(organisation.state),
    )


WAITING_FOR = {
    ApplicationStatus.LEVEL_NEEDED: Outcome.LEVEL_NEEDED,
    ApplicationStatus.WAITS: Outcome.WAITS_FOR_REPRESENTATIVE,
}
