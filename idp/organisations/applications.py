"""What a person waits for who wants an organisation to be here: one open application for each code."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from idp.organisations.claim import Claim
from idp.organisations.models import ApplicationStatus, OrganisationApplication
from idp.outbox import queue

VERIFY = "organisation.verify"
"""Topic of `{application}`: the registry is to be asked again (`mandates.waiting`)."""
LAG = timedelta(days=7)
"""For how long a new organisation may be unknown to its registry, and an outage may last."""
MOST_OPEN = 20
"""Open applications of one person."""
SETTLED = frozenset({ApplicationStatus.CONFIRMED, ApplicationStatus.REFUSED, ApplicationStatus.WITHDRAWN})
LAPSING = frozenset({ApplicationStatus.LEVEL_NEEDED, ApplicationStatus.WAITS, ApplicationStatus.REVIEW})
MONTHS = timedelta(days=90)
"""For how long somebody else is waited for."""
ASKED_AGAIN = frozenset({ApplicationStatus.QUEUED, ApplicationStatus.LAGGING})


def note(
    db: Session,
    person_id: UUID,
    claim: Claim,
    status: ApplicationStatus,
    now: datetime,
    *,
    organisation_id: UUID | None = None,
    newly_registered: bool = False,
) -> OrganisationApplication:
    """Write down how far somebody has come with a code; a settled application is the end of it."""
    application = of_code(db, person_id, claim.credit_code) or _add(db, person_id, claim, status, now)
    application.name, application.status, application.changed_at = claim.name, status, now
    application.licence_number = claim.licence_number or application.licence_number
    application.newly_registered = application.newly_registered or newly_registered
    application.organisation_id = organisation_id or application.organisation_id
    application.settled_at = now if status in SETTLED else None
    db.flush()
    return application


def ask_again(db: Session, application: OrganisationApplication, due_at: datetime) -> None:
    """Leave it to the worker to ask the registry then."""
    payload = {"application": str(application.id)}
    queue.put(db, VERIFY, payload, subject=str(application.person_id), due_at=due_at)


def of_code(db: Session, person_id: UUID, credit_code: str) -> OrganisationApplication | None:
    """Somebody's open application for a code."""
    query = select(OrganisationApplication).where(
        OrganisationApplication.person_id == person_id,
        OrganisationApplication.credit_code == credit_code,
        OrganisationApplication.settled_at.is_(None),
    )
    return db.scalar(query)


def of_person(db: Session, person_id: UUID) -> Sequence[OrganisationApplication]:
    """What somebody waits for, the newest first."""
    query = select(OrganisationApplication).where(
        OrganisationApplication.person_id == person_id, OrganisationApplication.settled_at.is_(None)
    )
    return db.scalars(query.order_by(OrganisationApplication.created_at.desc())).all()


def of_others(db: Session, credit_code: str, but: UUID) -> Sequence[OrganisationApplication]:
    """Who else waits for a code."""
    query = select(OrganisationApplication).where(
        OrganisationApplication.credit_code == credit_code,
        OrganisationApplication.person_id != but,
        OrganisationApplication.settled_at.is_(None),
    )
    return db.scalars(query).all()


def too_many(db: Session, person_id: UUID, credit_code: str) -> bool:
    """Whether somebody waits for so much that nothing new is begun."""
    query = select(func.count()).where(
        OrganisationApplication.person_id == person_id,
        OrganisationApplication.settled_at.is_(None),
        OrganisationApplication.credit_code != credit_code,
    )
    return (db.scalar(query) or 0) >= MOST_OPEN


def withdraw(db: Session, application: OrganisationApplication, now: datetime) -> None:
    """The applicant does not want it any more."""
    if application.settled_at is None:
        application.status, application.settled_at = ApplicationStatus.WITHDRAWN, now
        application.changed_at = now


def lapse(db: Session, now: datetime) -> int:
    """Periodic: whoever has not come for months does not come any more; gives how many that were."""
    query = select(OrganisationApplication).where(
        OrganisationApplication.settled_at.is_(None),
        OrganisationApplication.status.in_(list(LAPSING)),
        OrganisationApplication.changed_at < now - MONTHS,
    )
    waiting = db.scalars(query.limit(200)).all()
    for application in waiting:
        withdraw(db, application, now)
    return len(waiting)


def claim_of(application: OrganisationApplication) -> Claim:
    """What is applied for."""
    return Claim(application.credit_code, application.name, application.licence_number)


def _add(
    db: Session, person_id: UUID, claim: Claim, status: ApplicationStatus, now: datetime
) -> OrganisationApplication:
    made = OrganisationApplication(
        person_id=person_id,
        credit_code=claim.credit_code,
        name=claim.name,
        status=status,
        created_at=now,
        changed_at=now,
    )
    try:
        with db.begin_nested():
            db.add(made)
    except IntegrityError:
        found = of_code(db, person_id, claim.credit_code)
        if found is None:
            raise
        return found
    return made
