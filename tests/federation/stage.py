"""A city and its province: the provider in this process, the simulated province beside it, one browser."""

import itertools
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urljoin, urlsplit

import requests
from sqlalchemy import select
from werkzeug.test import TestResponse

from connectors.simulator.personas import Persona
from federation.models import UpstreamCase, UpstreamLink
from federation.simulator.app import create_app
from federation.simulator.people import Citizen, People
from federation.simulator.province import COOKIE, SANDBOX, Province, Seat
from idp.audit.models import AuditEvent
from idp.crypto.jose import SigningKey
from idp.evidence.models import Evidence
from idp.persons.identifiers import DocumentType
from idp.persons.models import Person
from idp.persons.synthetic import resident_id
from idp.simulator.server import Background
from tests.idp.account.stage import POPULATION, Browser, Stage, newcomer, staged

ISSUER = "http://127.0.0.1:8000"
LEVELS = {"一级": 1, "二级": 2, "三级": 3, "四级": 4, "五级": 5}
SLOW = 30.0
"""Seconds: more than a busy machine takes for an answer."""


def resident(persona: Persona, key: str = "", **changes: Any) -> Citizen:
    """A persona of the city's registry with an account at the province."""
    given: dict[str, Any] = {"case": "", "level": 3, "name": persona.name, "phone": persona.phone, **changes}
    return Citizen(key or persona.key, kind=persona.kind, number=given.pop("number", persona.number), **given)


def table(issuer: str, **changes: Any) -> dict[str, Any]:
    """The settings of an upstream that is the simulated province."""
    trust = {"levels": LEVELS, **changes.pop("trust", {})}
    return {
        "title": "陕西政务服务网",
        "title_en": "Shaanxi Government Services",
        "issuer": issuer,
        "client_id": SANDBOX.id,
        "client_secret": SANDBOX.secret,
        "claims": {"level": "trust_level"},
        "trust": trust,
        "answers_within": SLOW,
        **changes,
    }


def people() -> People:
    """Everybody the tests play, each for one test alone."""
    many = (resident(newcomer(index)) for index in range(1, 60))
    stranger = resident(newcomer(60), "unknown-to-registry", name="无此人")
    nowhere = resident(newcomer(60), "nowhere", number=resident_id(date(1989, 4, 17), "M", "650000", 41))
    dead = resident(POPULATION.persona("deceased"))
    child = resident(POPULATION.persona("child"))
    nameless = Citizen("nameless", "", "吕晨", DocumentType.RESIDENT_ID, "", level=3)
    too = Citizen("nameless-too", "", "吕晨", DocumentType.RESIDENT_ID, "", level=3)
    paperless = Citizen(
        "paperless", "", POPULATION.persona("elder").name, DocumentType.RESIDENT_ID, "", level=3
    )
    unnamed = Citizen("unnamed", "", "", DocumentType.RESIDENT_ID, "", level=3)
    return People((*many, stranger, nowhere, dead, child, nameless, too, paperless, unnamed))


@dataclass
class City:
    """The city with its province."""

    stage: Stage
    province: Province
    url: str
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def newcomer(self) -> Persona:
        """Somebody with an account at the province whom no other test plays."""
        return newcomer(next(self.numbers))

    def traveller(self) -> "Traveller":
        """A new browser."""
        return Traveller(self, Walker(self.stage, self.stage.app.test_client(), "192.0.2.1"))

    def registered(self, persona: Persona) -> Browser:
        """Somebody who registered in the city, with password and phone; their browser."""
        return self.stage.browser().register(persona)

    def lies(self, fault: str, step: str = "", times: int = 1) -> None:
        """Let the province misbehave."""
        self.province.board.order(fault, step, times)

    def key(self) -> SigningKey:
        """The key the province signs with."""
        return self.province.keys.published

    def last_seat(self, visitor: "Traveller") -> Seat:
        """The session of that browser at the province."""
        found = self.province.seats.get(visitor.elsewhere.cookies[COOKIE] or "")
        assert found is not None
        return found

    def grows_old(self, *, hours: int) -> None:
        """Let sign-ins at the province from now on be that old already, whatever it is asked for."""
        self.province.age = timedelta(hours=hours)

    def citizen(self, persona: Persona) -> Citizen:
        found = self.province.people.find(persona.key)
        assert found is not None
        return found

    def rows(self, kind: type[Any], *where: Any) -> list[Any]:
        with self.stage.services.database.reading() as db:
            found = list(db.scalars(select(kind).where(*where)))
            for one in found:
                db.refresh(one)
            db.expunge_all()
            return found

    def links(self, person: Person | None) -> list[UpstreamLink]:
        assert person is not None
        return self.rows(UpstreamLink, UpstreamLink.person_id == person.id)

    def evidence(self, person: Person | None) -> list[Evidence]:
        assert person is not None
        return self.rows(Evidence, Evidence.person_id == person.id)

    def cases(self) -> list[UpstreamCase]:
        return self.rows(UpstreamCase)

    def events(self, topic: str) -> list[AuditEvent]:
        return self.rows(AuditEvent, AuditEvent.topic == topic)


class Walker(Browser):
    """A browser that comes to the one door more than once on its way, as real ones do."""

    def post(self, path: str, posted: Mapping[str, str | list[str]]) -> Browser:
        return self.follow(self.client.post(path, data=dict(posted)))

    def follow(self, page: TestResponse) -> Browser:
        while 300 <= page.status_code < 400 and page.headers["Location"].startswith("/"):
            page = self.client.get(page.headers["Location"])
        self.page = page
        return self


@dataclass
class Traveller:
    """A browser that goes to and fro: the city's pages in this process, the province's over the wire."""

    city: City
    browser: Walker
    elsewhere: requests.Session = field(default_factory=requests.Session)
    callback: str = ""
    """The last address at which the province sent the browser back."""

    @property
    def text(self) -> str:
        return self.browser.text

    @property
    def path(self) -> str:
        return self.browser.path

    @property
    def status(self) -> int:
        return self.browser.status

    def departs(self, name: str = "province") -> str:
        """From the sign-in page to the province's own page; gives its address."""
        if self.browser.page is None or not self.path.endswith("/sign-in"):
            self.browser.get("/sign-in")
        found = re.search(rf'href="([^"]*/upstream/{name})"', self.text)
        assert found, "no button for the province"
        return self.leaves(found.group(1))

    def comes_back(self, url: str, key: str) -> "Traveller":
        """Be somebody at the province, and be sent back; stops at the callback's address."""
        answer = self.elsewhere.get(url, allow_redirects=False, timeout=SLOW)
        while True:
            location = answer.headers.get("location", "")
            target = urljoin(answer.url, location)
            if not location or target.startswith(ISSUER):
                break
            if urlsplit(target).path == "/login":
                onward = dict(parse_qsl(urlsplit(target).query))["next"]
                answer = self.elsewhere.post(
                    f"{self.city.url}/login",
                    {"key": key, "next": onward},
                    allow_redirects=False,
                    timeout=SLOW,
                )
            else:
                answer = self.elsewhere.get(target, allow_redirects=False, timeout=SLOW)
        self.callback = target.removeprefix(ISSUER) if location else self._posts(answer.text)
        return self

    def _posts(self, page: str) -> str:
        """What the form of a page there posts to the city (SAML), which fetches it once more itself."""
        action = re.search(r'action="([^"]*)"', page)
        assert action, page
        values = dict(re.findall(r'name="(\w+)" value="([^"]*)"', page))
        taken = self.browser.client.post(action[1].removeprefix(ISSUER), data=values)
        return str(taken.headers["Location"])

    def arrives(self, callback: str = "") -> "Traveller":
        """At the callback and wherever that leads in the city; to the province again where asked to."""
        self.browser.follow(self.browser.client.get(callback or self.callback))
        return self

    def enters(self, key: str, name: str = "province") -> "Traveller":
        """All of it: sign in at the province as somebody, and arrive."""
        return self.comes_back(self.departs(name), key).arrives()

    def agrees(self) -> "Traveller":
        """The first time here: tick everything."""
        self.browser.fill(agreement="yes", sensitive="yes")
        return self

    def fill(self, action: str = "", /, **values: str | list[str]) -> "Traveller":
        self.browser.fill(action, **values)
        return self

    def get(self, path: str) -> "Traveller":
        self.browser.get(path)
        return self

    def elsewhere_again(self) -> str:
        """Where the last page leads, outside the city."""
        assert self.browser.page is not None
        return self.browser.page.headers["Location"]

    def leaves(self, path: str) -> str:
        """Press the button; gives the address elsewhere it leads to, empty where it leads nowhere else."""
        page = self.browser.client.get(path)
        while page.headers.get("Location", "").startswith("/"):
            page = self.browser.client.get(page.headers["Location"])
        self.browser.page = page
        return page.headers.get("Location", "")


@contextmanager
def city(home: Path, *, changes: Mapping[str, Any] | None = None, **settings: Any) -> Iterator[City]:
    """A city whose province is simulated."""
    app = create_app(people(), slow_seconds=SLOW, trickle_seconds=0.2)
    with Background(app) as server:
        upstreams = {"province": table(server.url, **(changes or {}))}
        with staged(home, issuer=ISSUER, upstreams=upstreams, **settings) as stage:
            yield City(stage, app.extensions["province"], server.url)
