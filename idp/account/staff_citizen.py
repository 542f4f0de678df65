"""A civil servant says which citizen they are, at `/staff/citizen`: both accounts proven in one browser.

The citizen's own page is asked for a proof first and leads back here; what is confirmed is what was shown.
"""

from datetime import timedelta

from flask import Blueprint, g, redirect
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from idp.account import sign_in
from idp.account.staff_guard import HOME, freshly, page, token, token_fits
from idp.persons import oneself
from idp.persons.models import Person, Realm
from idp.persons.oneself import NotOneself
from idp.services import current
from idp.sessions.models import SignInSession
from idp.web.request_scope import now, signed_in
from idp.web.showing import masked_claims, masked_name

bp = Blueprint("staff_citizen", __name__, url_prefix=f"{HOME}/citizen")
PAGE = f"{HOME}/citizen"
RECENT = timedelta(minutes=15)


@bp.get("")
@freshly
def ask() -> ResponseReturnValue:
    """Say what it is for; once the citizen has been proven too, whom it would be."""
    return _page()


@bp.get("/prove")
@freshly
def prove() -> ResponseReturnValue:
    """To the citizen's sign-in, and back."""
    return sign_in.again(PAGE)


@bp.post("")
@freshly
def link() -> ResponseReturnValue:
    """Link the citizen who was shown."""
    with current().database.reading() as db:
        found = _citizen(db)
    if found is None or not token_fits(_step(found[0])):
        return redirect(PAGE, 303)
    try:
        with current().database.writing() as db:
            oneself.link(db, g.staff_person, found[1].id, now())
    except NotOneself as refused:
        return _page(refused.reason, 409)
    return redirect(HOME, 303)


def _citizen(db: Session) -> tuple[SignInSession, Person] | None:
    """Who has just been proven as a citizen in this browser."""
    found = signed_in(db, Realm.CITIZEN)
    return found if found and now() - found[0].authenticated_at <= RECENT else None


def _step(session: SignInSession) -> str:
    return f"citizen|{session.id.hex}"


def _page(refusal: str = "", status: int = 200) -> Response:
    with current().database.reading() as db:
        found = _citizen(db)
        shown = found and (masked_name(found[1].name), masked_claims(found[1])["phone_number"])
    return page(
        "citizen",
        status,
        refusal=refusal,
        citizen=shown,
        csrf_token=token(_step(found[0])) if found else "",
        action=PAGE,
        prove_url=f"{PAGE}/prove",
    )
