"""Telling somebody that they are invited: a message to the phone, a notice if its holder is who is meant."""

from uuid import UUID

from sqlalchemy.orm import Session

from idp.mandates import telling
from idp.mandates.granting import Somebody
from idp.mandates.models import Mandate
from idp.notices.telling import keep, tell_phone
from idp.organisations.models import Organisation
from idp.persons import lookup, names
from idp.services import current
from idp.web.request_scope import now

INVITED = "mandate.invited"
DAY = 86_400.0
MOST_MESSAGES = 5
"""A day to one phone: nobody is pestered by way of invitations."""
MOST_SENT = 1000
"""A day from one organisation."""


def to_invitee(db: Session, invitee: Somebody | Organisation, mandate: Mandate, language: str) -> None:
    """Tell the phone, and the inbox of whoever has proven it under that name; or who speaks for a company."""
    if isinstance(invitee, Organisation):
        telling.agents(db, [mandate], "mandate.organisation_invited", now())
        return
    theirs = lookup.by_phone(db, current().vault, invitee.phone)
    if _may_send(mandate.organisation_id, invitee.phone):
        tell_phone(db, invitee.phone, INVITED, theirs.locale if theirs else language)
    if theirs is not None and names.same(theirs.name or "", invitee.name):
        keep(db, theirs.id, INVITED, now())


def _may_send(organisation_id: UUID, phone: str) -> bool:
    state, blind = current().state, current().vault.digest(lookup.PHONE, phone).hex()
    sent = state.count(f"invitations-of:{organisation_id.hex}", DAY)
    return state.count(f"invitations:{blind}", DAY) <= MOST_MESSAGES and sent <= MOST_SENT
