"""The page after signing out: it says honestly which services know by now, and looks again by itself.

The session it tells of is named by a sealed cookie of its own path: nothing stands in the address, nobody
else can look, and after ten minutes neither can whoever sits down next.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from flask import Blueprint, request
from werkzeug.wrappers import Response

from idp.crypto.envelope import CannotOpen
from idp.services import current
from idp.sessions import logout
from idp.sessions.logout import Answer, Told
from idp.sessions.models import SignInSession
from idp.web import languages, showing
from idp.web.pages import care_is_on, render
from idp.web.request_scope import now

bp = Blueprint("signed_out", __name__)
PATH = "/signed-out"
SHOWN_FOR = timedelta(minutes=10)
LOOKS_FOR = timedelta(minutes=2)
"""How long the page looks again by itself; afterwards there is a link."""
PAUSE, PATIENT_PAUSE = 3, 10
"""Seconds between two looks; who reads 关怀版 is not hurried."""
WORST_FIRST = (Answer.UNREACHABLE, Answer.WAITING, Answer.QUEUED, Answer.SILENT, Answer.ANSWERED)
CONTEXT = b"signed-out"
HOMES = ("/sign-in", "/account", "/staff", "/staff/sign-in")


@dataclass(frozen=True)
class Service:
    """A service of the session that has ended, and whether it knows."""

    name: str
    answer: Answer


def page(session_id: UUID | None, sign_in_url: str, service: str | None = None) -> Response:
    """Say that the session has ended, and who has been told so far."""
    response = _shown(session_id, sign_in_url, service, now())
    if session_id is not None:
        remember(response, session_id, sign_in_url)
    return response


def remember(response: Response, session_id: UUID, sign_in_url: str) -> None:
    """Let this browser look at the page of a session that has ended, whatever it is shown first."""
    response.headers.add("Set-Cookie", _keep(session_id, sign_in_url))


@bp.get(PATH)
def look_again() -> Response:
    """The same page a moment later."""
    session_id, sign_in_url = _kept(request.cookies.get(_cookie(), ""))
    return _shown(session_id, sign_in_url, None, now())


def _shown(session_id: UUID | None, sign_in_url: str, service: str | None, at: datetime) -> Response:
    ended_at, services = _told(session_id)
    if ended_at is None or at - ended_at > SHOWN_FOR:
        services = []
    told = [one for one in services if one.answer is not Answer.SILENT]
    done = [one for one in told if one.answer is Answer.ANSWERED]
    waiting = [one.name for one in told if one.answer in (Answer.WAITING, Answer.UNREACHABLE)]
    response = render(
        "signed_out.html",
        service=service,
        services=services,
        told=len(told),
        done=len(done),
        unanswered=waiting,
        again_url=PATH if len(done) < len(told) else None,
        back_url=None,
        sign_in_url=sign_in_url,
    )
    if len(done) < len(told) and ended_at is not None and at - ended_at < LOOKS_FOR:
        pause = PATIENT_PAUSE if care_is_on() else PAUSE
        response.headers["Refresh"] = f"{pause}; url={PATH}"
    return response


def _told(session_id: UUID | None) -> tuple[datetime | None, list[Service]]:
    if session_id is None:
        return None, []
    with current().database.reading() as db:
        session = db.get(SignInSession, session_id)
        if session is None or session.ended_at is None:
            return None, []
        found = logout.progress(db, session_id, _listens)
        ended_at = session.ended_at
    language, clients = languages.of_request(), current().clients
    known = [(clients.find(client_id), answer) for client_id, answer in _by_client(found).items()]
    return ended_at, [Service(showing.client_name(one, language), answer) for one, answer in known if one]


def _by_client(found: Iterable[Told]) -> Mapping[str, Answer]:
    """One answer each, the worst: a client may know the session by several subjects."""
    worst: dict[str, Answer] = {}
    for one in found:
        worst[one.client_id] = min(worst.get(one.client_id, one.answer), one.answer, key=WORST_FIRST.index)
    return worst


def _listens(client_id: str) -> bool:
    client = current().clients.find(client_id)
    return client is not None and client.hears_logout


def _keep(session_id: UUID, sign_in_url: str) -> str:
    text = json.dumps([session_id.hex, sign_in_url]).encode()
    sealed = urlsafe_b64encode(current().vault.sealer("signed-out").seal(text, CONTEXT)).decode()
    secure = "; Secure" if current().cookies.secure else ""
    seconds = int(SHOWN_FOR.total_seconds())
    return f"{_cookie()}={sealed}; Path={PATH}; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}"


def _kept(value: str) -> tuple[UUID | None, str]:
    try:
        opened = current().vault.sealer("signed-out").open(urlsafe_b64decode(value), CONTEXT)
        session_id, home = json.loads(opened)
        return UUID(session_id), home if home in HOMES else HOMES[0]
    except (CannotOpen, NotBase64, ValueError):
        return None, HOMES[0]


def _cookie() -> str:
    """Beside the session's own name, which carries the port where ports share cookies."""
    return current().cookies.interaction_prefix.rstrip("-") + "-out"
