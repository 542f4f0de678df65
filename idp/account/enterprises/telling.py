"""Who is told what happens to a mandate: those it names and those who gave it; no message names anybody."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.mandates.granting import Somebody
from idp.mandates.models import Mandate, Role, State
from idp.notices.telling import keep, tell, tell_phone
from idp.organisations.models import Organisation
from idp.persons import lookup, names
from idp.services import current
from idp.web.request_scope import now

INVITED = "mandate.invited"
DAY = 86_400.0
MOST_MESSAGES = 5
"""A day to one phone: nobody is pestered by way of invitations."""


def offered(db: Session, invitee: Somebody | Organisation, mandate: Mandate, language: str) -> None:
    """Tell the phone, and the inbox of whoever has proven it under that name; or who speaks for a company."""
    if isinstance(invitee, Organisation):
        for person_id in speakers(db, invitee.id):
            tell(db, person_id, "mandate.organisation_invited", now())
        return
    theirs = lookup.by_phone(db, current().vault, invitee.phone)
    if _may_send(invitee.phone):
        tell_phone(db, invitee.phone, INVITED, theirs.locale if theirs else language)
    if theirs is not None and names.same(theirs.name or "", invitee.name):
        keep(db, theirs.id, INVITED, now())


def answered(db: Session, mandate: Mandate, topic: str) -> None:
    """Tell who granted it that it was accepted or declined."""
    if mandate.granted_by is not None:
        keep(db, mandate.granted_by, topic, now())


def ended(db: Session, mandates: Iterable[Mandate], by: UUID, at: datetime) -> None:
    """Tell everybody whose mandate has just ended, but not who ended it."""
    for person_id in _named(db, mandates) - {by}:
        tell(db, person_id, "mandate.ended", at)


def narrowed(db: Session, mandates: Iterable[Mandate], by: UUID, at: datetime) -> None:
    """Tell everybody whose mandate allows less than before."""
    for person_id in _named(db, mandates) - {by}:
        keep(db, person_id, "mandate.narrowed", at)


def speakers(db: Session, organisation_id: UUID) -> list[UUID]:
    """Its representative and administrators."""
    query = select(Mandate.agent_person_id).where(
        Mandate.organisation_id == organisation_id,
        Mandate.state == State.ACTIVE,
        Mandate.role.in_([Role.REPRESENTATIVE, Role.ADMINISTRATOR]),
    )
    return [person_id for person_id in db.scalars(query) if person_id is not None]


def _may_send(phone: str) -> bool:
    blind = current().vault.digest(lookup.PHONE, phone).hex()
    return current().state.count(f"invitations:{blind}", DAY) <= MOST_MESSAGES


def _named(db: Session, mandates: Iterable[Mandate]) -> set[UUID]:
    found: set[UUID] = set()
    for one in mandates:
        if one.agent_person_id is not None:
            found.add(one.agent_person_id)
        elif one.agent_organisation_id is not None:
            found.update(speakers(db, one.agent_organisation_id))
    return found
