"""`POST /api/v1/window/assertions`: a card reader's assertion, with its operator's witness or waiting for it.

Refusals are problem+json (RFC 9457); their `code` is the word of the rule that refused.
"""

from http import HTTPStatus

import structlog
from flask import Blueprint, Response, json, request
from flask.typing import ResponseReturnValue

from idp.api import callers
from idp.api.callers import Refused
from idp.api.visiting import WAITING, visit, wait
from idp.audit import trail
from idp.persons.enrolment import Taken
from idp.services import current
from idp.web.request_scope import now
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
        raise Refused(HTTPStatus.FORBIDDEN, refusal.reason, refusal.detail) from refusal
    except NotProven as refusal:
        raise Refused(HTTPStatus.CONFLICT, refusal.reason) from refusal
    except NotPossible as refusal:
        raise Refused(HTTPStatus.CONFLICT, refusal.fault) from refusal
    except Taken as refusal:
        raise Refused(HTTPStatus.CONFLICT, NotDone.TAKEN) from refusal


def _answer() -> Response:
    callers.pace("window")
    try:
        posted = request.get_json(force=True, silent=True)
    except RecursionError:  # brackets in brackets, thousands deep
        posted = None
    given = posted if isinstance(posted, dict) else {}
    said, sworn = given.get("assertion"), given.get("witness")
    if not isinstance(said, str) or not isinstance(sworn, str | None):
        raise Refused(HTTPStatus.BAD_REQUEST, "malformed", "assertion and witness must be texts")
    visited = visit(current(), said, sworn, now()) if sworn is not None else wait(current(), said, now())
    log.info("window.visited", outcome=visited.outcome, request_id=visited.request_id)
    status = HTTPStatus.ACCEPTED if visited.outcome == WAITING else HTTPStatus.OK
    return Response(json.dumps(visited.told()), status, mimetype="application/json")
