"""Out of an upstream with the person who signs out here, and out of here with who signs out there."""

from uuid import UUID

from flask import Blueprint, abort, redirect, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from federation import linking
from federation.desk import Federation, Left
from federation.events import UpstreamRefused
from federation.views import desk
from idp.audit import trail
from idp.interaction.upstream import Ended, TellsOfEnd
from idp.services import current
from idp.sessions import lifecycle
from idp.sessions.models import SignInSession
from idp.sign_in import upstreams
from idp.web import signed_out
from idp.web.pages import render
from idp.web.request_scope import now, source

bp = Blueprint("federation_leaving", __name__, url_prefix="/federation/<name>")
SECONDS = 300


def way_out(session_id: UUID, onward: str = "") -> Response | None:
    """
    To the upstream's own sign-out, if the session rests on one there, and afterwards `onward` or to our page.

    `onward` has been judged by whoever asks; None where nothing is to be ended elsewhere. A page and no
    redirect, because browsers hold a form that was posted to where its redirects end (CSP form-action).
    """
    federation = upstreams.federation()
    stay = federation.stays.find(session_id) if federation else None
    if federation is None or stay is None or stay.upstream not in federation.upstreams:
        return None
    name = stay.upstream
    address = federation.upstreams[name].leave(stay.kept, federation.left_at(name))
    if address is None:
        return None
    handle = federation.left.add(Left(name, onward))
    title = upstreams.title(federation, name)
    page = render("federation/leaving.html", upstream=title, url=address)
    page.headers["Refresh"] = f"0; url={address}"
    page.headers.add("Set-Cookie", current().cookies.keep_upstream(name, handle, SECONDS))
    return page


@bp.get("/left")
def left(name: str) -> ResponseReturnValue:
    """Back from the upstream's sign-out: on to where the person wanted to go."""
    onward = desk().left.take(current().cookies.upstream(request.environ, name))
    if onward is not None and onward.upstream == name and onward.onward:
        return redirect(onward.onward, 303)
    return redirect(signed_out.PATH, 303)


@bp.post("/logout")
def told(name: str) -> ResponseReturnValue:
    """The upstream says that a session there is over (OpenID Connect Back-Channel Logout 1.0 §2.5–2.8)."""
    federation, services = desk(), current()
    upstream: object = federation.upstreams.get(name)
    if not isinstance(upstream, TellsOfEnd):
        abort(404)
    ended = upstream.ended(request.form.get("logout_token", ""), now())
    if ended is None or not services.state.once(f"upstream-logout:{name}:{ended.jti}", 900.0):
        _refused(name)
        return {"error": "invalid_request"}, 400
    with services.database.writing() as db:
        lifecycle.end(db, _meant(db, federation, name, ended), "signed_out_upstream", now())
    return "", 204


def _refused(name: str) -> None:
    """Note it, for a source that does not fill the trail with it: anybody can send nonsense."""
    services = current()
    if services.state.count(f"upstream-told:{source()}", 60.0) > services.settings.limit_source_per_minute:
        return
    with services.database.writing() as db:
        trail.record(db, UpstreamRefused(upstream=name, reason="unbelieved", code="logout_token"))


def _meant(db: Session, federation: Federation, name: str, ended: Ended) -> list[SignInSession]:
    """The session that rests on the one that ended; without its name, all that the person has from there."""
    if ended.sid:
        session_id = federation.stays.session_of(name, ended.sid)
        session = db.get(SignInSession, session_id) if session_id else None
        return [session] if session else []
    link = linking.find(db, current().vault, name, ended.subject)
    if link is None:
        return []
    rests = [(one, federation.stays.find(one.id)) for one in lifecycle.live(db, link.person_id, now())]
    return [one for one, stay in rests if stay is not None and stay.upstream == name]
