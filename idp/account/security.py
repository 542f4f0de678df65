"""Where the person is signed in, and ending it; since when the password is in use."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from flask import Blueprint, redirect, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.account import own
from idp.authenticators import password
from idp.authenticators.models import Credential
from idp.services import current
from idp.sessions import lifecycle
from idp.sessions.models import Participant, SignInSession
from idp.web.request_scope import now
from idp.web.signed_in import login_required, who

bp = Blueprint("security", __name__, url_prefix="/account/security")
JUST_NOW = timedelta(minutes=5)


@dataclass(frozen=True)
class SessionShown:
    """A browser one is signed in with."""

    id: UUID
    device: str
    started_at: datetime
    last_seen_at: datetime
    current: bool
    services: list[str]


@bp.get("")
@login_required  # type: ignore[untyped-decorator]  # flask-login has no types
def security() -> ResponseReturnValue:
    """List the sessions."""
    user = who()
    with current().database.reading() as db:
        sessions = [_shown(db, session) for session in lifecycle.live(db, user.person_id, now())]
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
        password_changed_at=changed_at,
        changed="changed" in request.args and changed_at is not None and now() - changed_at < JUST_NOW,
        csrf_token=own.token("security"),
        action="/account/security",
    )


@bp.post("")
@login_required  # type: ignore[untyped-decorator]  # flask-login has no types
def end() -> ResponseReturnValue:
    """End one session of the person, or all but this one; their portals are told."""
    if own.token_fits("security"):
        user, wanted = who(), request.form.get("end", "")
        with current().database.writing() as db:
            if wanted == "others":
                lifecycle.end_all(db, user.person_id, "ended_elsewhere", now(), but=user.session_id)
            else:
                chosen = [s for s in lifecycle.live(db, user.person_id, now()) if str(s.id) == wanted]
                lifecycle.end(db, chosen, "ended_elsewhere", now())
    return redirect("/account/security", 303)


def _shown(db: Session, session: SignInSession) -> SessionShown:
    clients = db.scalars(select(Participant.client_id).where(Participant.session_id == session.id)).all()
    return SessionShown(
        id=session.id,
        device=session.device,
        started_at=session.started_at,
        last_seen_at=session.last_seen_at,
        current=session.id == who().session_id,
        services=[name for name in map(own.service_name, clients) if name],
    )
