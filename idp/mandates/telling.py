"""Telling the people of an organisation what happens to it and to their mandates: inbox and text message.

A notice names the organisation, whose name is public, by its id, and no person. Words are `notices.wording`
and the templates'.
"""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.mandates.models import Mandate, Role, State
from idp.notices.telling import tell
from idp.organisations.models import ApplicationStatus, Organisation, OrganisationApplication

LEADERS = [Role.REPRESENTATIVE, Role.ADMINISTRATOR]
WAITS = {
    ApplicationStatus.LEVEL_NEEDED: "organisation.level_needed",
    ApplicationStatus.WAITS: "organisation.waits",
}


def registered(db: Session, organisation: Organisation, person_id: UUID, now: datetime) -> None:
    """Somebody represents it from now on."""
    tell(db, person_id, "organisation.registered", now, _about(organisation))


def confirmed(db: Session, organisation: Organisation, person_id: UUID, now: datetime) -> None:
    """Somebody had registered it for its representative, who has come."""
    tell(db, person_id, "organisation.confirmed", now, _about(organisation))


def waits(
    db: Session, organisation: Organisation, application: OrganisationApplication, now: datetime
) -> None:
    """What they wait for."""
    topic = WAITS[ApplicationStatus(application.status)]
    tell(db, application.person_id, topic, now, _about(organisation))


def queued(db: Session, application: OrganisationApplication, now: datetime) -> None:
    """The registry is asked again."""
    tell(db, application.person_id, "organisation.queued", now, _of(application))


def refused(db: Session, application: OrganisationApplication, now: datetime) -> None:
    """What they waited for came to nothing."""
    tell(db, application.person_id, "organisation.refused", now, _of(application))


def proposed(db: Session, person_id: UUID, credit_code: str, now: datetime) -> None:
    """An operator registers an organisation for them on paper; a second one has not decided yet."""
    tell(db, person_id, "organisation.proposed", now, {"code": credit_code})


def representative_left(db: Session, organisation: Organisation, former: Mandate, now: datetime) -> None:
    """Their role is over."""
    if former.agent_person_id is not None:
        tell(db, former.agent_person_id, "representative.left", now, _about(organisation))


def everybody(db: Session, organisation: Organisation, topic: str, now: datetime) -> int:
    """Tell all who act for it by a mandate of their own; gives how many."""
    people = _people(db, organisation.id, list(Role))
    for person_id in people:
        tell(db, person_id, topic, now, _about(organisation))
    return len(people)


def leaders(db: Session, organisation: Organisation, topic: str, now: datetime) -> int:
    """Tell its representative and administrators; gives how many."""
    people = _people(db, organisation.id, LEADERS)
    for person_id in people:
        tell(db, person_id, topic, now, _about(organisation))
    return len(people)


def agents(
    db: Session, mandates: Iterable[Mandate], topic: str, now: datetime, but: UUID | None = None, **more: str
) -> None:
    """
    Tell whom these mandates name, each of each: the person, or who leads the organisation that is the agent.

    `but` did it and knows.
    """
    for mandate in mandates:
        details = {"organisation": str(mandate.organisation_id), "mandate": str(mandate.id), **more}
        people = [mandate.agent_person_id] if mandate.agent_person_id else []
        if mandate.agent_organisation_id is not None:
            people = _people(db, mandate.agent_organisation_id, LEADERS)
        for person_id in people:
            if person_id is not None and person_id != but:
                tell(db, person_id, topic, now, details)


def grantors(db: Session, mandates: Iterable[Mandate], topic: str, now: datetime) -> None:
    """Tell who granted these, each of each."""
    for mandate in mandates:
        if mandate.granted_by is not None and mandate.granted_by != mandate.agent_person_id:
            details = {"organisation": str(mandate.organisation_id), "mandate": str(mandate.id)}
            tell(db, mandate.granted_by, topic, now, details)


def _people(db: Session, organisation_id: UUID, roles: list[Role]) -> list[UUID]:
    query = select(Mandate.agent_person_id).where(
        Mandate.organisation_id == organisation_id,
        Mandate.role.in_(roles),
        Mandate.state.in_([State.ACTIVE, State.SUSPENDED]),
        Mandate.agent_person_id.is_not(None),
    )
    return [one for one in db.scalars(query.distinct()) if one is not None]


def _about(organisation: Organisation) -> dict[str, str]:
    return {"organisation": str(organisation.id)}


def _of(application: OrganisationApplication) -> dict[str, str]:
    return {"code": application.credit_code}
