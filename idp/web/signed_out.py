"""The page after signing out: it says honestly who knows by now, looks again, and leads to the rest.

Whoever hears of it by the browser alone is visited one after the other (SAML Profiles §4.4.3.2), a few by
itself. One that does not send the browser back holds nobody: the page is where the browser was before.

The session it tells of is named by a cookie of its own path: nothing stands in the address, nobody else can
look, and after ten minutes neither can whoever sits down next.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response

from idp.services import Goto, PostTo, current
from idp.sessions import logout
from idp.sessions.logout import Answer, Told
from idp.sessions.models import SignInSession
from idp.web import carrying, farewells, languages, showing
from idp.web.farewells import Farewell, Stop
from idp.web.pages import care_is_on, render
from idp.web.request_scope import now

bp = Blueprint("signed_out", __name__)
PATH = "/signed-out"
NEXT = f"{PATH}/next"
SHOWN_FOR = timedelta(minutes=10)
LOOKS_FOR = timedelta(minutes=2)
"""How long the page looks again by itself; afterwards there is a link."""
PAUSE, PATIENT_PAUSE = 3, 10
"""Seconds between two looks; who reads 关怀版 is not hurried."""
MOST = 5
"""Places that are visited one after the other without a press."""
MOMENT = 1
"""Seconds before the first: a page that was shown is one that a browser can come back to."""
WORST_FIRST = (
    Answer.UNREACHABLE,
    Answer.AWAY,
    Answer.WAITING,
    Answer.QUEUED,
    Answer.NO_SERVICE,
    Answer.SILENT,
    Answer.ANSWERED,
)
DEAF = (Answer.SILENT, Answer.NO_SERVICE)
HOME = "/sign-in"
"""Where one signs in again of whom nothing is known any more."""


@dataclass(frozen=True)
class Service:
    """Whoever was part of the session that has ended, and whether they know."""

    name: str
    answer: Answer
    retry_url: str = ""
    """Goes there once more."""


def page(
    session_id: UUID | None,
    sign_in_url: str,
    service: str | None = None,
    onward: Goto | PostTo | None = None,
    others: Sequence[UUID] = (),
    closes_at: datetime | None = None,
) -> Response:
    """
    Say that the session has ended, and who has been told so far; go on to `onward` when all have been.

    `others` are sessions of this browser that ended with it. `closes_at` is when the account will be closed,
    if that is what ended the session.

    At once where no browser has to tell anybody. Else by a page and no redirect, because browsers hold a form
    that was posted to where its redirects end (CSP form-action).
    """
    if session_id is None:
        return _shown(None, [], sign_in_url, service) if onward is None else _carried(onward)
    farewell = Farewell(session_id, sign_in_url, service, others=tuple(others), closes_at=closes_at)
    farewell = farewell.leading(onward)
    stops = farewells.stops(farewell)
    if onward is not None and not any(stop.is_open for stop in stops):
        return _carried(onward)
    response = _shown(farewell, stops, sign_in_url, service)
    handle, seconds = farewells.kept().add(farewell), int(SHOWN_FOR.total_seconds())
    response.headers.add("Set-Cookie", current().cookies.keep_farewell(handle, PATH, seconds))
    return response


@bp.get(PATH)
def look_again() -> Response:
    """The same page a moment later."""
    farewell = farewells.kept().find(current().cookies.farewell(request.environ))
    if farewell is None:
        return _shown(None, [], HOME, None)
    return _shown(farewell, farewells.stops(farewell), farewell.sign_in_url, farewell.service)


@bp.get(NEXT)
def go_on() -> Response:
    """To the next stop, or to the one that is asked for once more (`to`), or on when there is none."""
    handle = current().cookies.farewell(request.environ)
    farewell = farewells.kept().find(handle)
    if handle is None or farewell is None:
        return redirect(PATH, 303)
    if "to" not in request.args and "on" not in request.args and _is_enough(farewell):
        return redirect(PATH, 303)
    for stop in _meant(farewells.stops(farewell), farewell):
        farewell = replace(farewell, visited=(*farewell.visited, stop.name))
        farewells.kept().revise(handle, farewell)
        sent = stop.send()
        if sent is not None:
            return sent
    return _onward(farewell) or redirect(PATH, 303)


def _is_enough(farewell: Farewell) -> bool:
    """Whether a person should say that they go on."""
    return bool(farewell.visited) and len(farewell.visited) % MOST == 0


def _meant(found: Sequence[Stop], farewell: Farewell) -> list[Stop]:
    asked = request.args.get("to", "")
    if asked:
        return [stop for number, stop in enumerate(found) if stop.is_open and asked == str(number)]
    return [stop for stop in found if stop.is_open and stop.name not in farewell.visited]


def _onward(farewell: Farewell) -> Response | None:
    """On to where the person wanted to go, once everybody who was visited has answered, or at their press."""
    if farewell.answer is None:
        return None
    if "on" not in request.args and any(one.answer is Answer.AWAY for one in farewells.stops(farewell)):
        return None
    return _carried(farewell.answer)


def _carried(answer: Goto | PostTo) -> Response:
    if isinstance(answer, Goto):
        return redirect(answer.url, 303)
    return carrying.page(answer.action, answer.fields)


def _shown(
    farewell: Farewell | None,
    stops: Sequence[Stop],
    sign_in_url: str,
    service: str | None,
) -> Response:
    at = now()
    ended_at, services = _told(farewell, stops) if farewell else (None, [])
    if ended_at is None or at - ended_at > SHOWN_FOR:
        farewell, services, stops = None, [], []
    told = [one for one in services if one.answer not in DEAF]
    done = [one for one in told if one.answer is Answer.ANSWERED]
    ahead = any(one.by_browser and one.answer is Answer.QUEUED for one in stops)
    response = render(
        "signed_out.html",
        service=service,
        services=services,
        told=len(told),
        done=len(done),
        unanswered=_names(told, Answer.WAITING, Answer.UNREACHABLE),
        away=_names(told, Answer.AWAY),
        again_url=PATH if len(done) < len(told) else None,
        next_url=f"{NEXT}?on=1" if ahead else None,
        back_url=f"{NEXT}?on=1" if farewell and farewell.answer and not ahead else None,
        sign_in_url=sign_in_url,
        closes_at=farewell.closes_at if farewell else None,
    )
    pause = PATIENT_PAUSE if care_is_on() else PAUSE
    if farewell is not None and ahead and not _is_enough(farewell):
        response.headers["Refresh"] = f"{pause if care_is_on() else MOMENT}; url={NEXT}"
    elif len(done) < len(told) and ended_at is not None and at - ended_at < LOOKS_FOR:
        response.headers["Refresh"] = f"{pause}; url={PATH}"
    return response


def _names(told: Iterable[Service], *answers: Answer) -> list[str]:
    return [one.name for one in told if one.answer in answers]


def _told(farewell: Farewell, stops: Sequence[Stop]) -> tuple[datetime | None, list[Service]]:
    with current().database.reading() as db:
        found = [db.get(SignInSession, one) for one in farewell.session_ids]
        ended = {one.id: one.ended_at for one in found if one is not None and one.ended_at is not None}
        if not ended:
            return None, []
        told = _by_client(one for each in ended for one in logout.progress(db, each, _listens))
    visited = {one.client_id for one in stops if one.client_id}
    language, clients = languages.of_request(), current().clients
    known = [(clients.find(one), answer) for one, answer in told.items() if one not in visited]
    services = [Service(showing.client_name(one, language), answer) for one, answer in known if one]
    return max(ended.values()), services + _by_browser(stops)


def _by_browser(stops: Sequence[Stop]) -> list[Service]:
    """One line each, the worst: a system may have known both of two sessions."""
    worst: dict[str, Service] = {}
    for number, one in enumerate(stops):
        key, service = one.client_id or one.name, _as_service(number, one)
        worst[key] = min(worst.get(key, service), service, key=lambda each: WORST_FIRST.index(each.answer))
    return list(worst.values())


def _as_service(number: int, stop: Stop) -> Service:
    retry = f"{NEXT}?to={number}" if stop.answer is Answer.AWAY else ""
    return Service(stop.title, stop.answer, retry)


def _by_client(found: Iterable[Told]) -> Mapping[str, Answer]:
    """One answer each, the worst: a client may know the session by several subjects."""
    worst: dict[str, Answer] = {}
    for one in found:
        worst[one.client_id] = min(worst.get(one.client_id, one.answer), one.answer, key=WORST_FIRST.index)
    return worst


def _listens(client_id: str) -> bool:
    client = current().clients.find(client_id)
    return client is not None and client.hears_logout
