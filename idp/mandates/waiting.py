"""Registrations that wait: for a registry to answer or to know a new organisation, for a level to rise."""

from collections.abc import Collection
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import select

from idp import clock
from idp.evidence.models import Evidence
from idp.mandates import founding, telling
from idp.mandates.founding import MATTER, OFTEN, Asked, Founded, Outcome, Registrar
from idp.organisations import applications, candidates
from idp.organisations.applications import LAG
from idp.organisations.candidates import NEEDED
from idp.organisations.checking import question
from idp.organisations.models import ApplicationStatus, OrganisationApplication
from idp.organisations.registry import Denied
from idp.outbox.worker import Leased, TryAgain
from idp.persons.registry import Unavailable
from idp.storage.database import Database

LONG = timedelta(days=2)
"""After so long a message is replaced by a new one, for the outbox gives up what is older than three days."""
MOST = 100
"""Applications looked at in one turn."""


class Nothing(StrEnum):
    """Why there was nothing to do."""

    OBSOLETE = "obsolete"
    """Decided, withdrawn, or waiting for something else by now."""
    WAITS_ON = "waits_on"
    """Asked, and to be asked again."""
    GAVE_UP = "gave_up"
    """Asked for as long as that makes sense."""


def verify_queued(registrar: Registrar, message: Leased) -> Outcome | Nothing:
    """Worker topic `organisation.verify`: ask again; raises TryAgain while there is no answer."""
    application_id = UUID(message.payload["application"])
    asked = _asked(registrar.database, application_id, applications.ASKED_AGAIN, clock.now())
    if asked is None:
        return _again(registrar.database, application_id, clock.now())
    answer = registrar.registry.verify(question(asked.claim, asked.candidate.representative, MATTER))
    now = clock.now()
    unanswered = isinstance(answer, Unavailable)
    if unanswered and now - message.created_at < LONG:
        raise TryAgain(str(getattr(answer, "reason", "")))
    if unanswered or (isinstance(answer, Denied) and asked.newly_registered):
        return _again(registrar.database, application_id, now)
    with registrar.database.writing() as db:
        application = db.get_one(OrganisationApplication, application_id)
        if application.settled_at is not None:
            return Nothing.OBSOLETE
        outcome = founding.conclude(db, asked, answer, now).outcome
        if application.status == ApplicationStatus.REFUSED:
            telling.refused(db, application, now)
        return outcome


def resume(registrar: Registrar, person_id: UUID, now: datetime) -> list[Founded]:
    """Finish what waited for this person's level, if it has risen; pages call it, and the job below."""
    with registrar.database.reading() as db:
        waiting = [
            one.id
            for one in applications.of_person(db, person_id)
            if one.status == ApplicationStatus.LEVEL_NEEDED
        ]
    found = [_resumed(registrar, application_id, now) for application_id in waiting]
    return [one for one in found if one is not None]


def go_on(registrar: Registrar, now: datetime) -> int:
    """Periodic: finish what waited for a level that has risen; gives how many organisations that were."""
    query = (
        select(OrganisationApplication.id)
        .join(Evidence, Evidence.person_id == OrganisationApplication.person_id)
        .where(
            OrganisationApplication.status == ApplicationStatus.LEVEL_NEEDED,
            OrganisationApplication.settled_at.is_(None),
            Evidence.level >= NEEDED,
            Evidence.withdrawn_at.is_(None),
            Evidence.at >= OrganisationApplication.changed_at,
        )
    )
    with registrar.database.reading() as db:
        waiting = list(db.scalars(query.distinct().limit(MOST)))
    found = [_resumed(registrar, application_id, now) for application_id in waiting]
    return sum(one is not None and one.outcome is Outcome.REGISTERED for one in found)


def _resumed(registrar: Registrar, application_id: UUID, now: datetime) -> Founded | None:
    """Ask once more, for the answer of then may be old, and conclude."""
    asked = _asked(registrar.database, application_id, {ApplicationStatus.LEVEL_NEEDED}, now)
    if asked is None or not asked.candidate.may_represent:
        return None
    answer = registrar.registry.verify(question(asked.claim, asked.candidate.representative, MATTER))
    if isinstance(answer, Unavailable):
        return None
    with registrar.database.writing() as db:
        application = db.get_one(OrganisationApplication, application_id)
        if application.settled_at is not None:
            return None
        return founding.conclude(db, asked, answer, now)


def _again(database: Database, application_id: UUID, now: datetime) -> Nothing:
    """Put it off, or give up after a week and say so; also while its person may register nothing."""
    with database.writing() as db:
        application = db.get(OrganisationApplication, application_id)
        if application is None or application.status not in applications.ASKED_AGAIN:
            return Nothing.OBSOLETE
        if now - application.created_at < LAG:
            applications.ask_again(db, application, now + OFTEN)
            return Nothing.WAITS_ON
        application.status, application.settled_at = ApplicationStatus.REFUSED, now
        application.changed_at = now
        telling.refused(db, application, now)
        return Nothing.GAVE_UP


def _asked(
    database: Database, application_id: UUID, statuses: Collection[ApplicationStatus], now: datetime
) -> Asked | None:
    """What to ask, if the application still waits for this and its person may register anything."""
    with database.reading() as db:
        application = db.get(OrganisationApplication, application_id)
        if application is None or application.settled_at is not None or application.status not in statuses:
            return None
        candidate = candidates.candidate(db, application.person_id, now)
        if candidate is None:
            return None
        return Asked(applications.claim_of(application), candidate, application.newly_registered)
