"""The console beside the public pages, in a small tree of departments, administrators who are signed in."""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from flask import Flask

import wsgi
from admin_ui import administrators
from admin_ui.app import create_console
from admin_ui.models import Administrator, Role
from idp import clock
from idp.authenticators import password
from idp.crypto import passwords
from idp.departments import tree
from idp.departments.models import Department
from idp.departments.tree import Unit
from idp.persons import local_staff
from idp.persons.models import Realm
from idp.services import Services
from idp.sessions import lifecycle
from idp.sessions.lifecycle import Achievement
from idp.web import csrf
from tests.idp.account.stage import Browser, Stage, staged

TREE = (
    Unit("210000", "示范省", "Model Province", "province", ""),
    Unit("210100", "示范市", "Model City", "city", "210000"),
    Unit("210102", "和平县", "Heping County", "county", "210100"),
    Unit("210103", "安宁县", "Anning County", "county", "210100"),
)
HERE, THERE = "210102", "210103"
TWO_FACTORS = frozenset({"pwd", "otp"})
PASSWORD = "three quiet herons"
HASHED = passwords.hash_password(PASSWORD)
NUMBERS = itertools.count(1)


@dataclass
class Console:
    """A provider whose console can be looked at."""

    stage: Stage
    app: Flask
    """The console alone, for its map of addresses."""

    @property
    def services(self) -> Services:
        return self.stage.services

    def department(self, code: str | None) -> Department | None:
        with self.services.database.reading() as db:
            return tree.find(db, code) if code else None

    def civil_servant(self, login: str = "", department: str | None = None) -> UUID:
        """Somebody with an account of our own, whose password is not due."""
        login = login or f"servant-{next(NUMBERS)}"
        top = self.department(department)
        with self.services.database.writing() as db:
            now = clock.now()
            account = local_staff.open_account(db, login, "王芳", top.id if top else None, now)
            password.set_hash(db, account.person_id, HASHED, "registration", now)
            return account.person_id

    def appointed(
        self, role: Role, department: str | None = None, person_id: UUID | None = None, by: UUID | None = None
    ) -> Administrator:
        """Somebody who has a role, or waits for it."""
        top, person_id = self.department(department), person_id or self.civil_servant(department=department)
        with self.services.database.writing() as db:
            return administrators.appoint(db, person_id, role, top, clock.now(), by)

    def signed_in(
        self,
        person_id: UUID,
        amr: frozenset[str] = TWO_FACTORS,
        at: datetime | None = None,
        realm: str = Realm.STAFF,
    ) -> "Visitor":
        """A browser in which this person has proven themselves."""
        achieved = Achievement(person_id, amr, at or clock.now())
        with self.services.database.writing() as db:
            session, handle = lifecycle.begin(db, achieved, absolute=timedelta(days=2))
            session.last_seen_at = clock.now()
            session_id = session.id
        browser = Visitor(self.stage, self.stage.app.test_client(), "192.0.2.1", session_id=session_id)
        cookies = self.services.cookies
        name = cookies.staff_name if realm == Realm.STAFF else cookies.session_name
        browser.client.set_cookie(name, handle, domain="localhost")
        return browser

    def as_role(self, role: Role, department: str | None = None) -> "Visitor":
        """A new administrator's browser."""
        return self.signed_in(self.appointed(role, department).person_id)


@dataclass
class Visitor(Browser):
    """A browser whose session is known, so that forms can be forged that no page has shown it."""

    session_id: UUID = field(kw_only=True)

    def token(self, path: str) -> str:
        """The token of the form at this address."""
        return csrf.form_token(self.stage.services.csrf_key, self.session_id.hex, f"console.{path}")


@contextmanager
def opened(home: Path, **settings: Any) -> Iterator[Console]:
    """The whole, on SQLite."""
    with staged(home, **settings) as stage:
        with stage.services.database.writing() as db:
            for unit in TREE:
                tree.add(db, unit, clock.now())
        console = create_console(stage.services)
        together = wsgi.by_path(stage.app.wsgi_app, console.wsgi_app)
        stage.app.wsgi_app = together  # type: ignore[method-assign, assignment]  # Flask's own idiom
        yield Console(stage, console)
