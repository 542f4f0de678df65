"""Who is signed in on a person's own pages: flask-login reads our session row at each request, nothing else.

Its own sessions, remember cookie and `login_user` stay unused: a session here can be ended at once.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast
from urllib.parse import urlencode
from uuid import UUID

from flask import Flask, Request, redirect, request
from flask_login import LoginManager, UserMixin, current_user, login_required
from werkzeug.wrappers import Response

from idp.persons.models import Person
from idp.services import current
from idp.sessions import lifecycle
from idp.sessions.lifecycle import idle_limit
from idp.sessions.models import SignInSession
from idp.web.request_scope import now, patient
from idp.web.request_scope import signed_in as read_session

__all__ = ["SignedIn", "install", "local_path", "login_required", "who"]

START = "/account"


@dataclass(frozen=True)
class SignedIn(UserMixin):  # type: ignore[misc]  # flask-login has no types
    """The person and session of this request."""

    person_id: UUID
    session_id: UUID
    status: str
    idle: timedelta
    """How long the session lasts without being used."""
    idle_ends_at: datetime
    """When it ends unless it is used before."""
    ends_at: datetime
    """When it ends in any case."""

    def get_id(self) -> str:
        """Asked by flask-login alone."""
        return self.session_id.hex


def install(app: Flask) -> None:
    """Give an application its LoginManager."""
    # A remember cookie would be read under this name; nobody can send one that has it.
    app.config["REMEMBER_COOKIE_NAME"] = secrets.token_hex()
    manager = LoginManager()
    manager.session_protection = None
    manager.request_loader(_load)
    manager.unauthorized_handler(_to_sign_in)
    # Its template variable would read the session for every page there is, error pages too.
    manager.init_app(app, add_context_processor=False)


def who() -> SignedIn:
    """Who is signed in; only behind `login_required`."""
    return cast(SignedIn, current_user._get_current_object())


def user_of(session: SignInSession, person: Person) -> SignedIn:
    """Who is signed in, and until when."""
    idle = idle_limit(current().idle, session.patient)
    return SignedIn(
        person.id, session.id, person.status, idle, session.last_seen_at + idle, session.expires_at
    )


def local_path(wanted: str | None) -> str:
    """A place on this site to go on to, or the start page; never another host (open redirect)."""
    if not wanted or not wanted.startswith("/") or wanted.startswith(("//", "/\\")):
        return START
    return wanted if wanted.isprintable() and "\\" not in wanted else START


def _load(_request: Request) -> SignedIn | None:
    with current().database.reading() as db:
        found = read_session(db)
        if found is None:
            return None
        session, person = found
        fresh = now() - session.last_seen_at <= lifecycle.SEEN_EVERY and session.patient is patient()
    if not fresh:
        with current().database.writing() as db:
            lifecycle.touch(db, session.id, now(), patient())
        session.last_seen_at, session.patient = now(), patient()
    return user_of(session, person)


def _to_sign_in() -> Response:
    place = request.full_path.rstrip("?") if request.method == "GET" else request.path
    return redirect("/sign-in?" + urlencode({"next": place}), 303)
