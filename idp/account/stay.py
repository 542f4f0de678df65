"""How long a session lasts without being used, and one key to go on (WCAG 2.2.1).

A page says the minutes; with scripts it warns two minutes before the end. Asking what is left is no use.
"""

from dataclasses import dataclass, field

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from idp.services import current
from idp.sessions import lifecycle
from idp.web import csrf
from idp.web.request_scope import now, patient, signed_in
from idp.web.signed_in import SignedIn, user_of, who

bp = Blueprint("stay", __name__, url_prefix="/account/stay")
STEP = "stay"


@dataclass(frozen=True)
class Stay:
    """What a page knows of the end of its session, in seconds from now."""

    minutes: int
    """How long it lasts without being used."""
    left: int
    most: int
    """Until it ends however much it is used."""
    csrf_token: str = field(repr=False)


def stay() -> Stay:
    """For the page that is being shown."""
    user = who()
    left, most = _left(user)
    return Stay(int(user.idle.total_seconds() // 60), left, most, _token(user))


@bp.get("")
def ask() -> ResponseReturnValue:
    """What is left; asking prolongs nothing."""
    with current().database.reading() as db:
        found = signed_in(db)
    return _answer(user_of(*found)) if found else _gone()


@bp.post("")
def go_on() -> ResponseReturnValue:
    """The person is still here."""
    with current().database.reading() as db:
        found = signed_in(db)
    if found is None:
        return _gone()
    session, person = found
    token = request.form.get("csrf_token")
    if not csrf.token_matches(token, current().csrf_key, session.id.hex, f"account.{STEP}"):
        return jsonify(error="form_stale"), 400
    with current().database.writing() as db:
        if lifecycle.touch(db, session.id, now(), patient()):
            session.last_seen_at, session.patient = now(), patient()
    return _answer(user_of(session, person))


def _token(user: SignedIn) -> str:
    return csrf.form_token(current().csrf_key, user.session_id.hex, f"account.{STEP}")


def _left(user: SignedIn) -> tuple[int, int]:
    most = int((user.ends_at - now()).total_seconds())
    return min(most, int((user.idle_ends_at - now()).total_seconds())), most


def _answer(user: SignedIn) -> Response:
    left, most = _left(user)
    return jsonify(left=left, most=most)


def _gone() -> ResponseReturnValue:
    return jsonify(left=0, most=0), 401
