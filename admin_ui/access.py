"""Who may open which page: roles give permissions, `needs` asks for one, and a subtree bounds what is seen.

Every page demands two factors and a proof that is not too old; `fresh` pages one of the last minutes. A form
counts only with the token of its own address and session. The address that takes a form also shows it, since
whoever must prove themselves first comes back to it.
"""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from functools import wraps
from typing import Any, cast
from urllib.parse import urlencode
from uuid import UUID

from flask import Flask, Request, abort, redirect, request
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, UserMixin, current_user
from werkzeug.wrappers import Response

from admin_ui import administrators
from admin_ui.administrators import Held
from admin_ui.events import AccessRefused
from admin_ui.models import Role
from admin_ui.subtree import Top, covers
from idp.audit import scope, trail
from idp.persons import staff
from idp.persons.models import Realm
from idp.services import current
from idp.sessions import lifecycle
from idp.web import csrf
from idp.web.request_scope import now, signed_in

HOME = "/admin"
READS = frozenset({"GET", "HEAD", "OPTIONS"})
View = Callable[..., ResponseReturnValue]
_NEEDS = "yitong_needs"


class Permission(StrEnum):
    """What a page can ask for."""

    ENTER = "enter"
    ADMINISTER = "administer"
    READ_TRAIL = "read_trail"
    FIND_PERSONS = "find_persons"
    READ_ORGANISATIONS = "read_organisations"
    """Organisations, their mandates, and what operators do about them."""
    OPEN_CASES = "open_cases"
    """Bring a paper in: the first pair of eyes."""
    DECIDE_CASES = "decide_cases"
    """Read the paper and decide: the second."""
    SERVE_AT_COUNTER = "serve_at_counter"
    READ_UPSTREAMS = "read_upstreams"
    """Which upstreams there are and what is believed of them; nobody's data."""
    READ_IMPORTS = "read_imports"
    """How far moving in has come; nobody's data."""
    TAKE_ROWS = "take_rows"
    """Take home rows of older systems, with names and numbers, for who brought them."""


PERMISSIONS: Mapping[Role, frozenset[Permission]] = {
    Role.SYSTEM: frozenset({Permission.ENTER, Permission.READ_UPSTREAMS, Permission.READ_IMPORTS}),
    Role.SECURITY: frozenset({Permission.ENTER, Permission.ADMINISTER}),
    Role.AUDIT: frozenset(
        {
            Permission.ENTER,
            Permission.READ_TRAIL,
            Permission.READ_ORGANISATIONS,
            Permission.READ_UPSTREAMS,
            Permission.READ_IMPORTS,
        }
    ),
    Role.OPERATOR: frozenset(
        {
            Permission.ENTER,
            Permission.FIND_PERSONS,
            Permission.READ_ORGANISATIONS,
            Permission.OPEN_CASES,
            Permission.DECIDE_CASES,
            Permission.SERVE_AT_COUNTER,
            Permission.READ_UPSTREAMS,
            Permission.READ_IMPORTS,
            Permission.TAKE_ROWS,
        }
    ),
    Role.REVIEWER: frozenset(
        {
            Permission.ENTER,
            Permission.FIND_PERSONS,
            Permission.READ_ORGANISATIONS,
            Permission.DECIDE_CASES,
            Permission.READ_UPSTREAMS,
            Permission.READ_IMPORTS,
        }
    ),
}
"""What each role opens; a page is open to whoever holds one that has its permission."""


@dataclass(frozen=True)
class Me(UserMixin):  # type: ignore[misc]  # flask-login has no types
    """The administrator of this request, or a civil servant who is none."""

    person_id: UUID
    session_id: UUID
    login: str
    name: str = field(repr=False)
    aal: int
    proven_at: datetime
    held: tuple[Held, ...]

    def get_id(self) -> str:
        """Asked by flask-login alone."""
        return self.session_id.hex

    @property
    def actor(self) -> str:
        """Who acts, as the trail keeps it."""
        return administrators.actor_of(self.person_id)

    def may(self, permission: Permission) -> bool:
        """Whether one of their roles has this permission."""
        return bool(self.tops(permission))

    def tops(self, permission: Permission) -> tuple[Top, ...]:
        """The paths of the subtrees for which they have it; None among them is the whole instance."""
        return tuple(one.top for one in self.held if permission in PERMISSIONS[one.role])

    def sees(self, permission: Permission, path: Top) -> bool:
        """Whether they have it for a department, by path; None is the whole instance."""
        return any(covers(top, path) for top in self.tops(permission))


def install(app: Flask) -> None:
    """Give the console its LoginManager over our own sessions of the staff realm."""
    # A remember cookie would be read under this name; nobody can send one that has it.
    app.config["REMEMBER_COOKIE_NAME"] = secrets.token_hex()
    manager = LoginManager()
    manager.session_protection = None
    manager.request_loader(_load)
    manager.init_app(app, add_context_processor=False)
    app.jinja_env.globals.update(form_token=form_token)


def needs(permission: Permission, *, fresh: bool = False) -> Callable[[View], View]:
    """
    Open a page to whoever has a permission, and to nobody else; `fresh`: who has just proven themselves.

    What a page then looks up must be asked for with `Me.sees`: outside the subtree nothing exists (404).
    """

    def guard(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> ResponseReturnValue:
            if not current_user.is_authenticated:
                return _to_sign_in()
            me, settings = who(), current().settings
            if me.aal < staff.LEAST_AAL or _older(me, settings.admin_proof_age):
                return _to_sign_in(again="2")
            with scope.within(replace(scope.current(), actor=me.actor)):
                if not me.may(permission):
                    _refuse(me)
                if fresh and _older(me, settings.admin_fresh_age):
                    return _to_sign_in(again="2")
                if request.method not in READS and not _token_fits(me):
                    abort(400)
                return view(*args, **kwargs)

        setattr(guarded, _NEEDS, permission)
        return guarded

    return guard


def permission_of(view: Callable[..., Any]) -> Permission | None:
    """What a view asks for; None for one that asks for nothing, and must not be."""
    return cast(Permission | None, getattr(view, _NEEDS, None))


def insist(app: Flask) -> None:
    """Refuse to start with a page that anybody could open."""
    for endpoint, view in app.view_functions.items():
        if permission_of(view) is None:
            raise LookupError(f"{endpoint} asks for no permission: put @needs above it")


def who() -> Me:
    """The administrator of this request; only behind `needs`."""
    return cast(Me, current_user._get_current_object())


def form_token(path: str) -> str:
    """The token of the form that is posted to this address, in this session."""
    return csrf.form_token(current().csrf_key, who().session_id.hex, f"console.{path}")


def _token_fits(me: Me) -> bool:
    posted = request.form.get("csrf_token")
    return csrf.token_matches(posted, current().csrf_key, me.session_id.hex, f"console.{request.path}")


def _older(me: Me, seconds: int) -> bool:
    return now() - me.proven_at > timedelta(seconds=seconds)


def _refuse(me: Me) -> None:
    page = str(request.url_rule) if request.url_rule else ""
    with current().database.writing() as db:
        trail.record(db, AccessRefused(person_id=me.person_id, session_id=me.session_id, page=page))
    abort(403)


def _to_sign_in(**more: str) -> Response:
    """Back to this very address afterwards; what was typed into a form is typed again."""
    place = request.full_path.rstrip("?") if request.method == "GET" else request.path
    return redirect("/staff/sign-in?" + urlencode({"next": place, **more}), 303)


def _load(_request: Request) -> Me | None:
    with current().database.reading() as db:
        found = signed_in(db, Realm.STAFF)
        if found is None:
            return None
        session, person = found
        known = staff.of(db, person.id)
        me = Me(
            person_id=person.id,
            session_id=session.id,
            login=known.login if known else "",
            name=person.name or "",
            aal=session.aal,
            proven_at=session.authenticated_at,
            held=administrators.held(db, person.id),
        )
        seen_of_late = now() - session.last_seen_at <= lifecycle.SEEN_EVERY
    if not seen_of_late:
        with current().database.writing() as db:
            lifecycle.touch(db, me.session_id, now())
    return me
