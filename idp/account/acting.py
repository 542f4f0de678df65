"""Let out whoever was let in under a mandate that no longer stands (worker topic `mandate.ended`).

Nothing asked of us accepts their tokens from the moment of the end on: every use reads the mandate's row.
This tells the portals, which may have been shown a token a minute ago, and closes what could be renewed.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from idp import clock
from idp.oauth import security_events
from idp.oauth.acting import of_organisation
from idp.oauth.models import Authorization, RefreshFamily
from idp.oauth.security_events import SecurityEvent
from idp.organisations.models import Organisation
from idp.outbox.worker import Leased
from idp.sessions import logout
from idp.storage.database import Database


def mandates_ended(database: Database, message: Leased) -> int:
    """Worker topic `mandate.ended`; gives how many portals will be told."""
    ids = [UUID(one) for one in message.payload["mandates"]]
    with database.writing() as db:
        return let_out(db, ids, message.payload["reason"], clock.now())


def organisation_changed(database: Database, message: Leased) -> int:
    """Worker topic `organisation.changed`; gives how many portals know it by a subject of theirs."""
    with database.writing() as db:
        organisation = db.get(Organisation, UUID(message.payload["organisation"]))
        if organisation is None:
            return 0
        said = of_organisation(organisation.credit_code, organisation.name, organisation.state)
        known = security_events.where_known(db, organisation.id)
        event = SecurityEvent.ORGANISATION_CHANGED
        return security_events.announce(db, event, known, said | {"standing": organisation.standing})


def let_out(db: Session, mandates: Sequence[UUID], reason: str, now: datetime) -> int:
    """
    End what was authorized under these mandates, and queue one notice to each portal and session.

    Portals that subscribed to events hear of the end of each mandate they have seen, signed in or not.
    """
    under = or_(Authorization.mandate_id.in_(mandates), Authorization.through_id.in_(mandates))
    _tell_subscribers(db, mandates, reason)
    rows = db.scalars(select(Authorization).where(under, Authorization.ended_at.is_(None))).all()
    ids = [row.id for row in rows]
    ended = {"ended_at": now, "ended_because": reason[:32]}
    db.execute(
        update(RefreshFamily)
        .where(RefreshFamily.authorization_id.in_(ids), RefreshFamily.ended_at.is_(None))
        .values(**ended)
    )
    db.execute(update(Authorization).where(Authorization.id.in_(ids)).values(**ended))
    places = {(row.session_id, row.client_id, row.sub) for row in rows if row.session_id is not None}
    return sum(logout.dismiss_subject(db, *place) for place in places if not _still_acts(db, place))


def _tell_subscribers(db: Session, mandates: Sequence[UUID], reason: str) -> None:
    for mandate_id in mandates:
        seen = or_(Authorization.mandate_id == mandate_id, Authorization.through_id == mandate_id)
        known = select(Authorization.client_id, Authorization.sub).where(
            seen, Authorization.derived_from.is_(None)
        )
        places = {(client_id, sub) for client_id, sub in db.execute(known.distinct())}
        said = {"mandate": str(mandate_id), "reason": reason[:32]}
        security_events.announce(db, SecurityEvent.MANDATE_ENDED, places, said)


def _still_acts(db: Session, place: tuple[UUID, str, str]) -> bool:
    """Whether the same person still acts for that organisation there, by another mandate."""
    session_id, client_id, sub = place
    living = select(Authorization.id).where(
        Authorization.session_id == session_id,
        Authorization.client_id == client_id,
        Authorization.sub == sub,
        Authorization.ended_at.is_(None),
    )
    return db.scalar(living.limit(1)) is not None
