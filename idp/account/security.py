"""Where the person is signed in, what services may do while they are away, and ending either."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from flask import Blueprint, redirect, request
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from idp.account import ending, own
from idp.authenticators import password
from idp.authenticators.models import Credential
from idp.oauth.models import Authorization
from idp.persons.models import Person
from idp.services import current
from idp.sessions import lifecycle, logout
from idp.sessions.models import SignInSession
from idp.web.request_scope import now
from idp.web.signed_in import login_required, who

bp = Blueprint("security", __name__, url_prefix="/account/security")
PAGE = "/account/security"
JUST_NOW = timedelta(minutes=5)
REASON = "ended_elsewhere"


@dataclass(frozen=True)
class SessionShown:
    """A browser one is signed in with."""

    id: UUID
    device: str
    name: str
    started_at: datetime
    last_seen_at: datetime
    current: bool
    services: list[str]


@dataclass(frozen=True)
class AccessShown:
    """A service that may go on asking while the person is away."""

    client_id: str
    service: str
    since: datetime


@bp.get("")
@login_required  # type: ignore[untyped-decorator]  # flask-login has no types
def security() -> ResponseReturnValue:
    """List the sessions and what lasts beyond them."""
    user = who()
    with current().database.reading() as db:
        sessions = [_shown(db, session) for session in lifecycle.live(db, user.person_id, now())]
        access = _offline(db)
        held_until = own.held_until(db)
        has_phone = db.get_one(Person, user.person_id).phone_sealed is not None
        changed_at = db.scalar(
            select(Credential.changed_at).where(
                Credential.person_id == user.person_id,
                Credential.kind == password.KIND,
                Credential.ended_at.is_(None),
            )
        )
    return own.show(
        "account/security.html",
        sessions=sessions,
        held_until=held_until,
        access=access,
        password_changed_at=changed_at,
        has_phone=has_phone,
        changed="changed" in request.args and changed_at is not None and now() - changed_at < JUST_NOW,
        csrf_token=own.token("security"),
        action=PAGE,
    )


@bp.post("")
@login_required  # type: ignore[untyped-decorator]  # flask-login has no types
def end() -> ResponseReturnValue:
    """End one session of the person, all but this one, or what a service may do while they are away."""
    if not own.token_fits("security"):
        return redirect(PAGE, 303)
    user, wanted = who(), request.form.get("end", "")
    offline = request.form.get("offline") == "yes"
    with current().database.writing() as db:
        if "access" in request.form:
            ending.end_offline(db, user.person_id, request.form["access"], now())
            told = 0
        elif wanted == "others" and offline:
            told = ending.end_everything(db, user.person_id, REASON, now(), but=user.session_id)
        else:
            chosen = [one for one in lifecycle.live(db, user.person_id, now()) if _is_meant(one, wanted)]
            told = ending.end_sessions(db, chosen, REASON, now(), offline)
    return redirect(f"{PAGE}/ended" if told else PAGE, 303)


def _is_meant(session: SignInSession, wanted: str) -> bool:
    if wanted == "others":
        return session.id != who().session_id
    return str(session.id) == wanted


def _shown(db: Session, session: SignInSession) -> SessionShown:
    clients = logout.clients_of(db, session.id)
    return SessionShown(
        id=session.id,
        device=session.device,
        name=session.name,
        started_at=session.started_at,
        last_seen_at=session.last_seen_at,
        current=session.id == who().session_id,
        services=[name for name in map(own.service_name, clients) if name],
    )


def _offline(db: Session) -> list[AccessShown]:
    query = (
        select(Authorization.client_id, func.min(Authorization.created_at).label("since"))
        .where(
            Authorization.person_id == who().person_id,
            Authorization.offline,
            Authorization.ended_at.is_(None),
        )
        .group_by(Authorization.client_id)
        .order_by(func.min(Authorization.created_at).desc())
    )
    named = [(row.client_id, own.service_name(row.client_id), row.since) for row in db.execute(query)]
    return [AccessShown(client_id, name, since) for client_id, name, since in named if name]
