"""Who may see a civil servant's own pages and change something there, and what those pages share."""

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from flask import g, redirect, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from idp.persons import staff
from idp.persons.models import Realm
from idp.services import current
from idp.sessions import lifecycle
from idp.sessions.lifecycle import Achievement
from idp.sessions.models import SignInSession
from idp.web import csrf
from idp.web.pages import render
from idp.web.request_scope import now, signed_in

HOME = "/staff"
RECENT = timedelta(minutes=15)
"""How old the last proof may be where something is changed."""
View = Callable[..., ResponseReturnValue]


def for_staff(view: View) -> View:
    """Only for who is signed in as a civil servant; others do that first."""

    @wraps(view)
    def guarded(*args: object, **kwargs: object) -> ResponseReturnValue:
        with current().database.reading() as db:
            found = signed_in(db, Realm.STAFF)
            if found is None:
                return to_sign_in()
            g.staff_session, g.staff_person = found[0].id, found[1].id
            is_noted = now() - found[0].last_seen_at <= lifecycle.SEEN_EVERY
        if not is_noted:
            with current().database.writing() as db:
                lifecycle.touch(db, g.staff_session, now())
        return view(*args, **kwargs)

    return guarded


def freshly(view: View) -> View:
    """Only shortly after a proof with two factors."""

    @wraps(view)
    def guarded(*args: object, **kwargs: object) -> ResponseReturnValue:
        with current().database.reading() as db:
            session = db.get_one(SignInSession, g.staff_session)
            fresh = session.aal >= staff.LEAST_AAL and now() - session.authenticated_at <= RECENT
        return view(*args, **kwargs) if fresh else to_sign_in(again="2")

    return for_staff(guarded)


def to_sign_in(**more: str) -> Response:
    """Prove it, and come back to the page that was asked for; what was typed into a form is not carried."""
    place = request.full_path.rstrip("?") if request.method == "GET" else HOME
    return redirect(f"{HOME}/sign-in?" + urlencode({"next": place, **more}), 303)


def still(db: Session) -> bool:
    """Whether they are signed in here now that it is written; an operator may have ended everything."""
    return lifecycle.is_still(db, g.staff_person, g.staff_session)


def also_proven(db: Session, amr: frozenset[str]) -> str:
    """Adding a way showed that it works, so it counts as a proof; gives the session's new cookie."""
    session = db.get_one(SignInSession, g.staff_session)
    handle = lifecycle.strengthen(db, session, Achievement(g.staff_person, amr, now()))
    return current().cookies.keep_session(handle, Realm.STAFF)


def page(name: str, /, status: int = 200, **values: Any) -> Response:
    """One of these pages."""
    return render(f"staff/{name}.html", status=status, **values)


def token(step: str) -> str:
    """The token of a form, bound to the session."""
    return csrf.form_token(current().csrf_key, g.staff_session.hex, f"staff.{step}")


def token_fits(step: str) -> bool:
    """Whether the posted form was shown in this session."""
    posted = request.form.get("csrf_token")
    return csrf.token_matches(posted, current().csrf_key, g.staff_session.hex, f"staff.{step}")
