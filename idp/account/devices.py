"""Devices a person is signed in on: giving one a name, and which services know that a sign-in has ended."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from flask import Blueprint, abort, redirect, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from idp.account import own
from idp.services import current
from idp.sessions import lifecycle, logout
from idp.sessions.logout import Answer
from idp.sessions.models import SignInSession
from idp.web import forms
from idp.web.request_scope import now
from idp.web.signed_in import login_required, who

bp = Blueprint("devices", __name__, url_prefix="/account/security")
SHOWN_FOR = timedelta(days=3)
"""As long as a service that does not answer is told again."""


@dataclass(frozen=True)
class ServiceTold:
    """A service of an ended sign-in, and whether it knows."""

    name: str
    answer: Answer
    at: datetime | None


@dataclass(frozen=True)
class EndedShown:
    """A sign-in that was ended, and what the services it led to know of it."""

    device: str
    name: str
    ended_at: datetime | None
    services: list[ServiceTold]

    @property
    def listening(self) -> int:
        """How many services are told at all."""
        return sum(one.answer is not Answer.SILENT for one in self.services)

    @property
    def answered(self) -> int:
        """How many of them have answered."""
        return sum(one.answer is Answer.ANSWERED for one in self.services)


@bp.get("/ended")
@login_required  # type: ignore[untyped-decorator]  # flask-login has no types
def ended() -> ResponseReturnValue:
    """What was ended lately, service by service; looking again shows what has happened since."""
    with current().database.reading() as db:
        sessions = lifecycle.ended_since(db, who().person_id, now() - SHOWN_FOR)
        shown = [_ended(db, session) for session in sessions]
    return own.show("account/ended.html", ended=shown, looked_at=now())


@bp.get("/devices/<uuid:session_id>")
@login_required  # type: ignore[untyped-decorator]  # flask-login has no types
def ask_name(session_id: UUID) -> ResponseReturnValue:
    """Ask what the person calls a device of theirs."""
    return _page(_mine(session_id), forms.DeviceName(data={"name": _mine(session_id).name}), "")


@bp.post("/devices/<uuid:session_id>")
@login_required  # type: ignore[untyped-decorator]  # flask-login has no types
def give_name(session_id: UUID) -> ResponseReturnValue:
    """Keep the name; an empty one takes it away."""
    form = forms.DeviceName(request.form)
    if not own.token_fits("device"):
        return _page(_mine(session_id), form, "form_stale", 400)
    if not form.validate():
        return _page(_mine(session_id), form, "", 400)
    with current().database.writing() as db:
        if not lifecycle.rename(db, who().person_id, session_id, form.name.data):
            abort(404)
    return redirect("/account/security", 303)


def _mine(session_id: UUID) -> SignInSession:
    """A living session of this person; anybody else's does not exist."""
    with current().database.reading() as db:
        found = [one for one in lifecycle.live(db, who().person_id, now()) if one.id == session_id]
        db.expunge_all()
    return found[0] if found else abort(404)


def _ended(db: Session, session: SignInSession) -> EndedShown:
    told = logout.progress(db, session.id, _listens)
    named = [(own.service_name(one.client_id), one) for one in told]
    services = [ServiceTold(name, one.answer, one.at) for name, one in named if name]
    return EndedShown(session.device, session.name, session.ended_at, services)


def _listens(client_id: str) -> bool:
    client = own.service(client_id)
    return client is not None and client.hears_logout


def _page(session: SignInSession, form: forms.DeviceName, refusal: str, status: int = 200) -> Response:
    return own.show(
        "account/device.html",
        status=status,
        session=session,
        form=form,
        refusal=refusal,
        csrf_token=own.token("device"),
        action=f"/account/security/devices/{session.id}",
    )
