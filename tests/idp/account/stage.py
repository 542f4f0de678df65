"""The composed pages with the real simulator beside them, and a browser that fills forms."""

import itertools
import json
import re
import urllib.request
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from html import escape, unescape
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update
from werkzeug.test import TestResponse

import wsgi
from connectors.simulator.app import create_app as create_simulator
from connectors.simulator.credentials import organisation_services, registry_values, sms_values
from connectors.simulator.personas import Persona
from connectors.simulator.population import Population, populate
from idp import clock
from idp.account import pages, work
from idp.account.desk import create_desk
from idp.audit import scope
from idp.evidence import levels
from idp.outbox import worker
from idp.outbox.models import Message
from idp.persons import lookup
from idp.persons.identifiers import DocumentType
from idp.persons.models import Person
from idp.services import Services
from idp.settings import Settings
from idp.settings_tables import Exchange
from idp.simulator.server import Background
from tests import instances

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

POPULATION: Population = populate(crowd=20)
PASSWORD = "three quiet herons"
TOKEN = re.compile(r'name="csrf_token" value="([^"]*)"')


@dataclass
class Stage:
    """A provider in this process and the world around it."""

    app: Flask
    services: Services
    world: str
    numbers: Iterator[int] = field(default_factory=itertools.count)

    def browser(self, source: str = "192.0.2.1") -> "Browser":
        """A new browser at this address."""
        return Browser(self, self.app.test_client(), source)

    def order(self, fault: str, match: str = "", times: int = 1) -> None:
        """Let the world misbehave."""
        self.post("/control", {"fault": fault, "match": match, "times": times})

    def calls(self) -> int:
        """How often the registry was asked so far."""
        total = self.get("/control/calls")["by_sid"]
        return sum(sum(counts.values()) for sid, counts in total.items() if sid.endswith("2109"))

    def messages(self, phone: str) -> list[dict[str, str]]:
        """What a phone got, newest first."""
        found: list[dict[str, str]] = self.get(f"/sms/inbox?phone={quote(phone)}")
        return found

    def spare_phone(self) -> str:
        """A phone that no other test uses."""
        return f"+8619911{next(self.numbers):06d}"

    def work(self) -> None:
        """What the worker does until nothing is due."""
        while worker.work(self.services.database, work.topics(self.services)):
            pass

    def pass_pauses(self) -> None:
        """Let messages that wait for another attempt be due now."""
        with self.services.database.writing() as db:
            db.execute(update(Message).where(Message.settled_at.is_(None)).values(due_at=clock.now()))

    def person(self, login: str) -> Person | None:
        """The person behind a login; their sealed texts stay sealed."""
        with self.services.database.reading() as db:
            found = lookup.by_login(db, self.services.vault, login, clock.now())
            if found is not None:
                db.refresh(found)
                db.expunge(found)
            return found

    def level(self, login: str) -> int:
        """The identity level of the person behind a login."""
        found = self.person(login)
        assert found is not None
        with self.services.database.reading() as db:
            return levels.identity_level(db, found.id, clock.now())

    def get(self, path: str) -> Any:
        with urllib.request.urlopen(self.world + path, timeout=60) as answer:
            return json.load(answer)

    def post(self, path: str, posted: object) -> None:
        call = urllib.request.Request(self.world + path, json.dumps(posted).encode())
        urllib.request.urlopen(call, timeout=60).close()


@dataclass
class Browser:
    """Fills forms: it posts what a page's form holds, and remembers the last page."""

    stage: Stage
    client: FlaskClient
    source: str
    page: TestResponse | None = None

    @property
    def text(self) -> str:
        assert self.page is not None
        return self.page.get_data(as_text=True)

    @property
    def path(self) -> str:
        """Where it is, without the handle of the interaction it is in."""
        return re.sub(r"^/interaction/[\w-]{43}", "", self.address)

    @property
    def address(self) -> str:
        """Where it is, in full."""
        assert self.page is not None
        return self.page.request.path

    @property
    def status(self) -> int:
        assert self.page is not None
        return self.page.status_code

    def twin(self) -> "Browser":
        """Another window of the same browser, at the same page."""
        other = self.stage.browser(self.source)
        for cookie in (self.client._cookies or {}).values():
            other.client.set_cookie(cookie.key, cookie.value, path=cookie.path, domain=cookie.domain)
        return other.get(self.address)

    def get(self, path: str) -> "Browser":
        self.page = self.client.get(path, follow_redirects=True, environ_overrides=self._from)
        return self

    def fill(self, action: str = "", /, **values: str | list[str]) -> "Browser":
        """Post the form of this page with these values; the page's own address unless told otherwise."""
        action = action or self._action()
        forms = [form for form in self.text.split("<form")[1:] if f'action="{escape(action)}"' in form]
        token = TOKEN.search(forms[0]) if forms else None
        return self.post(action, {"csrf_token": unescape(token.group(1)) if token else "", **values})

    def post(self, path: str, posted: Mapping[str, str | list[str]]) -> "Browser":
        self.page = self.client.post(
            path, data=dict(posted), follow_redirects=True, environ_overrides=self._from
        )
        return self

    def prove_phone(self, phone: str) -> "Browser":
        """Ask for a code at the phone page and type it."""
        self.fill(phone=phone)
        return self.fill(code=self.stage.messages(phone)[0]["code"])

    def register(self, persona: Persona, password: str = PASSWORD, **changes: str) -> "Browser":
        """The whole wizard, as far as it goes."""
        self.get("/register").prove_phone(changes.pop("phone", persona.phone))
        self.fill(**identity(persona, **changes))
        if self.path == "/register/verifying":
            self.get("/register/password").fill(password=password)
        return self

    def sign_in(self, login: str, password: str = PASSWORD) -> "Browser":
        return self.get("/sign-in").fill(login=login, password=password)

    @property
    def _from(self) -> dict[str, str]:
        return {"REMOTE_ADDR": self.source}

    def _action(self) -> str:
        found = re.findall(r'<form[^>]* action="([^"]*)"', self.text)
        own = [unescape(action) for action in found if not action.endswith("/sign-out")]
        return (own or ["/sign-out"])[0] or self.address


def identity(persona: Persona, **changes: str) -> dict[str, str]:
    """The fields of the identity step."""
    return {
        "kind": persona.kind,
        "name": persona.name,
        "number": persona.number,
        "agreement": "yes",
        "sensitive": "yes",
        **changes,
    }


def newcomer(index: int = 1) -> Persona:
    """Somebody who may still register."""
    return POPULATION.persona(f"unregistered-{index:02d}")


def passer_by(index: int = 1) -> Persona:
    """Somebody of whom the registry has no phone on file, as of most people: any phone will do."""
    known = {persona.number for persona in POPULATION.personas}
    number, resident = [one for one in POPULATION.residents.items() if one[0] not in known][index]
    return Persona(
        key=f"passer-by-{index}",
        case="",
        name=resident.name,
        kind=DocumentType.RESIDENT_ID,
        number=number,
        phone=f"+8619912{index:06d}",
    )


@contextmanager
def staged(home: Path, **settings: Any) -> Iterator[Stage]:
    """A provider on SQLite with simulated registry and SMS gateway."""
    with Background(create_simulator(POPULATION)) as world:
        chosen = Settings(home=home, sandbox=True, **{**_world(world.url), **settings})
        instances.settle(chosen)
        services = wsgi.compose(chosen)
        desk = create_desk(chosen, services.state, services.vault, services.sms)
        services = replace(services, extras={**services.extras, "desk": desk})
        app = wsgi.create_pages(services, services.extras["oauth"])
        app.wsgi_app = _with_scope(app.wsgi_app)  # type: ignore[method-assign, assignment]  # Flask's own idiom
        if "register" not in app.blueprints:
            pages.install(app)
        yield Stage(app, services, world.url)
        services.prepared.close()
        services.state.close()
        services.database.dispose()


def _with_scope(inner: "WSGIApplication") -> "WSGIApplication":
    """What the edge tells the trail of a request."""

    def application(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        with scope.within(scope.Scope("request-under-test", environ.get("REMOTE_ADDR", ""))):
            return inner(environ, start_response)

    return application


def _world(url: str) -> dict[str, Any]:
    platform: Any = registry_values(url)
    sms = sms_values(url)
    names = ("rid", "app_key", "prefix", "ministry", "province_system", "unit", "user", "password")
    exchange = Exchange(
        url=url,
        identity_check=platform["sids"]["identity_check"],
        operator=platform["operators"]["self-service"],
        real_person=platform["sids"]["real_person"],
        real_person_pages=f"{url}/likeness/",
        **{name: platform[name] for name in names},
    )
    return {
        "registry": "public_security",
        "organisation_registry": "exchange",
        "organisation_services": organisation_services(),
        "exchange": exchange,
        "likeness": "real_person",
        "sms_gateway": "inbox",
        "sms_url": sms["url"],
        "sms_key": sms["key"],
        "limit_source_per_minute": 100_000,
        "limit_source_codes_per_hour": 100_000,
        "limit_source_wrong_codes_per_day": 100_000,
    }
