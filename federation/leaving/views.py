"""Out of an upstream with the person who signs out here, and out of here with who signs out there."""

from functools import partial
from urllib.parse import urlencode
from uuid import UUID

from flask import Blueprint, abort, redirect, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from federation import linking
from federation.desk import Federation, Left
from federation.events import UpstreamRefused
from federation.leaving.stays import Stay
from federation.views import desk
from idp.audit import trail
from idp.crypto.handles import new_handle, same
from idp.interaction.upstream import ConfirmsEnd, Ended, NotLeft, TellsOfEnd
from idp.services import current
from idp.sessions import lifecycle
from idp.sessions.logout import Answer
from idp.sessions.models import SignInSession
from idp.sign_in import arrivals, upstreams
from idp.web import signed_out, zones
from idp.web.farewells import Stop
from idp.web.request_scope import now, source

bp = Blueprint("federation_leaving", __name__, url_prefix="/federation/<name>")
SECONDS = 300
ANSWERS = {
    None: Answer.QUEUED,
    NotLeft.ENDED: Answer.ANSWERED,
    NotLeft.UNREACHED: Answer.WAITING,
    NotLeft.NO_SERVICE: Answer.NO_SERVICE,
}


class Upstreams:
    """The upstream that a session rests on, as the page after signing out knows it (`farewells.Guide`)."""

    def stops(self, session_id: UUID) -> list[Stop]:
        """That one, if there is one."""
        federation = arrivals.federation()
        stay = federation.stays.find(session_id) if federation else None
        if federation is None or stay is None or stay.upstream not in federation.upstreams:
            return []
        title, noted = upstreams.title(federation, stay.upstream), federation.stays.noted(session_id)
        by_browser = not federation.ends_by_call(stay.upstream) and noted in (None, NotLeft.UNREACHED)
        answer = Answer.AWAY if by_browser and noted is NotLeft.UNREACHED else ANSWERS[noted]
        send = partial(_send, federation, stay, session_id)
        return [Stop(f"upstream:{stay.upstream}", title, answer, send, by_browser)]


def _send(federation: Federation, stay: Stay, session_id: UUID) -> Response | None:
    """
    To its own sign-out, with a cookie by which this browser comes back for this session.

    Not where nobody answers now: the browser would wait there, and the page that says so is here.
    """
    if not federation.doorsteps[stay.upstream].answers():
        federation.stays.note(session_id, NotLeft.UNREACHED)
        return None
    state = new_handle() if federation.leaves_with_state(stay.upstream) else ""
    back = federation.left_at(stay.upstream, zones.base()) + (
        f"?{urlencode({'state': state})}" if state else ""
    )
    found = federation.upstreams[stay.upstream].leave(stay.kept, back)
    if isinstance(found, NotLeft):
        federation.stays.note(session_id, found)
        return None
    handle = federation.left.add(Left(stay.upstream, session_id, found, state))
    response = redirect(found, 303)
    cookie = current().cookies.keep_upstream(stay.upstream, handle, SECONDS)
    response.headers.add("Set-Cookie", cookie)
    return response


@bp.get("/left")
def left(name: str) -> ResponseReturnValue:
    """Back from the upstream's sign-out: on to whoever is next.

    Only what was sent along with this browser confirms anything, once: a link to this address, whoever wrote
    it, says nothing and spends nothing.
    """
    federation = desk()
    handle = current().cookies.upstream(request.environ, name)
    gone = federation.left.find(handle)
    said_so = gone is not None and gone.upstream == name and _confirms(federation, gone)
    if said_so and (spent := federation.left.take(handle)) is not None:
        federation.stays.note(spent.session_id, NotLeft.ENDED)
    return redirect(signed_out.NEXT, 303)


def _confirms(federation: Federation, gone: Left) -> bool:
    """Whether coming back says that it is done; some upstreams say it in so many words, or say no."""
    upstream: object = federation.upstreams.get(gone.upstream)
    if isinstance(upstream, ConfirmsEnd):
        return upstream.confirms(request.query_string.decode("utf-8", "replace"), gone.address)
    brought = request.args.getlist("state")
    return bool(gone.state) and len(brought) == 1 and same(brought[0], gone.state)


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
