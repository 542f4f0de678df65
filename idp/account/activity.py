"""What happened with the person's account: their part of the audit trail, page by page."""

from dataclasses import dataclass
from datetime import datetime
from ipaddress import IPv4Address, ip_address
from uuid import UUID

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from idp.account import own
from idp.audit.models import AuditEvent
from idp.services import current
from idp.sessions.models import SignInSession
from idp.web.request_scope import now
from idp.web.signed_in import login_required, who

bp = Blueprint("activity", __name__, url_prefix="/account/activity")
SHOWN = 50


@dataclass(frozen=True)
class EventShown:
    """One event in the person's words."""

    topic: str
    at: datetime
    service: str | None
    device: str | None
    source: str | None


@bp.get("")
@login_required  # type: ignore[untyped-decorator]  # flask-login has no types
def activity() -> ResponseReturnValue:
    """The latest events, or those before one."""
    with current().database.reading() as db:
        rows = _page(db, request.args.get("before"))
        devices = _devices(db, rows[:SHOWN])
        events = [_shown(row, devices) for row in rows[:SHOWN]]
        older = f"/account/activity?before={rows[SHOWN - 1].id}" if len(rows) > SHOWN else None
    return own.show("account/activity.html", events=events, older_url=older, printed_at=now())


def _page(db: Session, before: str | None) -> list[AuditEvent]:
    """One row more than is shown, by time and id: no counting, no offset, however long the trail is."""
    mine = AuditEvent.person_id == who().person_id
    query = select(AuditEvent).where(mine)
    last = db.scalar(select(AuditEvent).where(mine, AuditEvent.id == _id(before))) if before else None
    if last is not None:
        earlier = and_(AuditEvent.at == last.at, AuditEvent.id < last.id)
        query = query.where(or_(AuditEvent.at < last.at, earlier))
    return list(db.scalars(query.order_by(AuditEvent.at.desc(), AuditEvent.id.desc()).limit(SHOWN + 1)))


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _devices(db: Session, rows: list[AuditEvent]) -> dict[UUID, str]:
    ids = {row.session_id for row in rows if row.session_id}
    query = select(SignInSession.id, SignInSession.device).where(SignInSession.id.in_(ids))
    return {row.id: row.device for row in db.execute(query)}


def _shown(row: AuditEvent, devices: dict[UUID, str]) -> EventShown:
    return EventShown(
        topic=row.topic,
        at=row.at,
        service=own.service_name(row.client_id),
        device=devices.get(row.session_id) if row.session_id else None,
        source=_masked(row.source),
    )


def _masked(source: str | None) -> str | None:
    """The network, not the machine: enough to recognise a place."""
    try:
        address = ip_address(source or "")
    except ValueError:
        return None
    if isinstance(address, IPv4Address):
        return ".".join(str(address).split(".")[:3]) + ".*"
    return ":".join(address.exploded.split(":")[:3]) + ":*"
