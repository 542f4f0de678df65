"""`POST /api/v1/window/assertions`: a card reader's assertion, with its operator's witness or waiting for it.

Refusals are problem+json (RFC 9457); their `code` is the word of the rule that refused.
"""

from http import HTTPStatus
from typing import Any

import structlog
from flask import Blueprint, Response, json, request
from flask.typing import ResponseReturnValue

from idp.api.visiting import WAITING, visit, wait
from idp.audit import trail
from idp.authenticators import throttle
from idp.persons.enrolment import Taken
from idp.services import current
from idp.storage.database import DatabaseUnavailable
from idp.storage.state import StateUnavailable
from idp.web.request_scope import now, source
from idp.windows.assertions import NotBelieved
from idp.windows.cases import NotPossible
from idp.windows.events import WindowRefused
from idp.windows.proving import NotDone, NotProven

bp = Blueprint("api_window", __name__, url_prefix="/api/v1/window")
log = structlog.get_logger("api.window")


@bp.post("/assertions")
def assertion() -> ResponseReturnValue:
    """Believe it, or say why not."""
    try:
        return _answer()
    except NotBelieved as refusal:
        with current().database.writing() as db:
            trail.record(db, WindowRefused(reason=refusal.reason))
        return problem(HTTPStatus.FORBIDDEN, refusal.reason, refusal.detail)
    except NotProven as refusal:
        return problem(HTTPStatus.CONFLICT, refusal.reason)
    except NotPossible as refusal:
        return problem(HTTPStatus.CONFLICT, refusal.fault)
    except Taken:
        return problem(HTTPStatus.CONFLICT, NotDone.TAKEN)
    except (DatabaseUnavailable, StateUnavailable):
        return problem(HTTPStatus.SERVICE_UNAVAILABLE, "unavailable")


def _answer() -> Response:
    if throttle.pace(current().state, source(), "window", current().limits):
        return problem(HTTPStatus.TOO_MANY_REQUESTS, "throttled")
    try:
        posted = request.get_json(force=True, silent=True)
    except RecursionError:  # brackets in brackets, thousands deep
        posted = None
    given = posted if isinstance(posted, dict) else {}
    said, sworn = given.get("assertion"), given.get("witness")
    if not isinstance(said, str) or not isinstance(sworn, str | None):
        return problem(HTTPStatus.BAD_REQUEST, "malformed", "assertion and witness must be texts")
    visited = visit(current(), said, sworn, now()) if sworn is not None else wait(current(), said, now())
    log.info("window.visited", outcome=visited.outcome, request_id=visited.request_id)
    status = HTTPStatus.ACCEPTED if visited.outcome == WAITING else HTTPStatus.OK
    return Response(json.dumps(visited.told()), status, mimetype="application/json")


def problem(status: HTTPStatus, code: str, detail: str = "") -> Response:
    """A refusal for programs."""
    body: dict[str, Any] = {"type": "about:blank", "title": status.phrase, "status": status, "code": code}
    if detail:
        body["detail"] = detail
    return Response(json.dumps(body), status, mimetype="application/problem+json")
