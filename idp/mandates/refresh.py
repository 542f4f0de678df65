"""Asking a registry about an organisation again, and doing what follows: idempotent, replayable, resumable.

It is asked in the background at sign-ins, at once before what is risky, by night in turn, and for whom a
registry says that something changed. The question is asked outside any transaction, so the answer is taken
only for what it was about: another representative who came meanwhile is not judged by it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy.orm import Session

from idp import clock
from idp.mandates import standing, states, succession
from idp.organisations import candidates, freshness, lifecycle, reviews
from idp.organisations.checking import question
from idp.organisations.claim import Claim
from idp.organisations.freshness import ASKED
from idp.organisations.models import Organisation, OrganisationEvidence, Standing
from idp.organisations.registrations import REGISTRATIONS
from idp.organisations.registry import (
    Answer,
    Confirmed,
    DenialReason,
    Denied,
    OrganisationClaim,
    OrganisationRegistry,
    RegisteredState,
    Representative,
    RepresentativeMatch,
)
from idp.outbox.worker import Leased, TryAgain
from idp.persons.registry import Unavailable, Unsupported
from idp.storage.database import Database

MATTER = "organisation_refresh"
RECENT = timedelta(minutes=5)
"""How old an answer may be that something risky is done by."""
MISMATCH, OTHER_NAME, DOCUMENT_LOST = "mismatch", "other_name", "document_lost"
"""Why a representative is not confirmed any more."""


class Outcome(StrEnum):
    """What came of asking."""

    UNCHANGED = "unchanged"
    CHANGED = "changed"
    """State, standing, name, term, authority or representative."""
    DOUBTED = "doubted"
    """The registry does not have it, or says what nobody has mapped: no penalty, somebody looks."""
    UNANSWERED = "unanswered"
    NOT_ONLINE = "not_online"
    NOT_ASKED = "not_asked"
    """It waits for its representative, or is closed, or nobody knows it."""


@dataclass(frozen=True)
class Refreshed:
    """An outcome, and what the organisation may do now."""

    outcome: Outcome
    standing: Standing | None = None


@dataclass(frozen=True)
class Asking:
    """What is asked, and about whom the answer will be."""

    claim: OrganisationClaim
    representative_id: UUID | None


def refresh(
    database: Database, registry: OrganisationRegistry, organisation_id: UUID, now: datetime
) -> Refreshed:
    """Ask about one, and do what follows. Hold no transaction: this may take until the adapter's deadline."""
    with database.reading() as db:
        organisation = db.get(Organisation, organisation_id)
        if organisation is None or organisation.standing not in ASKED:
            return Refreshed(Outcome.NOT_ASKED)
        asking = _asking(db, organisation)
    answer = registry.verify(asking.claim)
    with database.writing() as db:
        organisation = states.hold(db, organisation_id)
        outcome = follow(db, organisation, asking, answer, now)
        return Refreshed(outcome, Standing(organisation.standing))


def before_risk(
    database: Database, registry: OrganisationRegistry, organisation_id: UUID, now: datetime
) -> Refreshed:
    """Ask at once, unless the registry just was; whether UNANSWERED is enough the caller decides."""
    with database.reading() as db:
        organisation = db.get_one(Organisation, organisation_id)
        checked = organisation.checked_at
        if checked is not None and now - checked < RECENT:
            return Refreshed(Outcome.UNCHANGED, Standing(organisation.standing))
    return refresh(database, registry, organisation_id, now)


def follow(db: Session, organisation: Organisation, asking: Asking, answer: Answer, now: datetime) -> Outcome:
    """Do what follows from an answer; twice is once. Hold the organisation first."""
    match answer:
        case Unavailable():
            organisation.check_after = now + freshness.UNANSWERED
            return Outcome.UNANSWERED
        case Unsupported():
            organisation.check_after = now + freshness.NOT_ONLINE
            return Outcome.NOT_ONLINE
        case Denied():
            return _denied(db, organisation, asking, answer, now)
        case Confirmed():
            return _confirmed(db, organisation, asking, answer, now)


def deliver(database: Database, registry: OrganisationRegistry, message: Leased) -> Refreshed:
    """Worker topic `organisation.refresh`; raises TryAgain while there is no answer."""
    refreshed = refresh(database, registry, UUID(message.payload["organisation"]), clock.now())
    if refreshed.outcome is Outcome.UNANSWERED:
        raise TryAgain("no answer")
    return refreshed


def go_round(
    database: Database,
    registry: OrganisationRegistry,
    most: int,
    now: datetime,
    stopping: Callable[[], bool] = lambda: False,
) -> int:
    """
    Periodic: ask about those whose turn it is, at most so many; gives how many were asked about.

    A registry that gives no answer is asked about nothing more in this turn; those it keeps come again in
    minutes, so that they keep no others waiting.
    """
    with database.reading() as db:
        turn = freshness.whose_turn(db, now, most)
    silent: set[str] = set()
    asked = 0
    for organisation_id in turn:
        if stopping():
            break
        route = _route(database, organisation_id)
        if route in silent:
            _put_off(database, organisation_id, now)
            continue
        asked += 1
        if refresh(database, registry, organisation_id, now).outcome is Outcome.UNANSWERED:
            silent.add(route)
    return asked


def _asking(db: Session, organisation: Organisation) -> Asking:
    claim = Claim(organisation.credit_code, organisation.name)
    person_id = organisation.representative_id
    return Asking(question(claim, _on_file(db, organisation, person_id), MATTER), person_id)


def _on_file(db: Session, organisation: Organisation, person_id: UUID | None) -> Representative | None:
    """The representative by the very document that was confirmed; None where nothing can be compared."""
    if person_id is None:
        return None
    return candidates.by_document(db, person_id, _document(db, organisation))


def _document(db: Session, organisation: Organisation) -> UUID | None:
    mandate = succession.representative(db, organisation.id)
    evidence = db.get(OrganisationEvidence, mandate.evidence_id) if mandate and mandate.evidence_id else None
    return evidence.document_id if evidence else None


def _confirmed(
    db: Session, organisation: Organisation, asking: Asking, answer: Confirmed, now: datetime
) -> Outcome:
    followed = lifecycle.follow(db, organisation, answer, now)
    standing.apply(db, organisation, followed, now)
    left = (
        answer.representative is RepresentativeMatch.MISMATCH
        and organisation.standing != Standing.CLOSED
        and _leaves(db, organisation, asking, MISMATCH, answer.request_id, now)
    )
    if answer.state is RegisteredState.UNKNOWN:
        reviews.doubt(db, organisation, now)
        return Outcome.DOUBTED
    changed = followed.changed or followed.term_over or followed.before is not followed.after or left
    return Outcome.CHANGED if changed else Outcome.UNCHANGED


def _denied(
    db: Session, organisation: Organisation, asking: Asking, answer: Denied, now: datetime
) -> Outcome:
    """
    Another name than the one that was confirmed: whoever represents it confirms it anew, by its new name.

    That the registry does not have it is no reason to stop anybody.
    """
    if organisation.checked_at is not None and answer.at < organisation.checked_at:
        return Outcome.UNCHANGED
    organisation.checked_at, organisation.check_after = answer.at, answer.at + lifecycle.FRESH
    if answer.reason is DenialReason.NOT_FOUND:
        reviews.doubt(db, organisation, now)
        return Outcome.DOUBTED
    if asking.claim.name != organisation.name:
        return Outcome.UNCHANGED
    left = _leaves(db, organisation, asking, OTHER_NAME, answer.request_id, now)
    return Outcome.CHANGED if left else Outcome.UNCHANGED


def _leaves(
    db: Session, organisation: Organisation, asking: Asking, reason: str, request_id: str, now: datetime
) -> bool:
    """Whoever was asked about represents it no longer, if they still did."""
    person_id = organisation.representative_id
    if person_id is None or person_id != asking.representative_id:
        return False
    succession.leave(db, organisation, now, reason=reason, request_id=request_id)
    return True


def _route(database: Database, organisation_id: UUID) -> str:
    with database.reading() as db:
        code = db.get_one(Organisation, organisation_id).credit_code
    registration = REGISTRATIONS.get((code[0], code[1]))
    return registration.route if registration else ""


def _put_off(database: Database, organisation_id: UUID, now: datetime) -> None:
    with database.writing() as db:
        states.hold(db, organisation_id).check_after = now + freshness.SKIPPED
