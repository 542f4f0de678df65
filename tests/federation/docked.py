"""The simulated province on a free port, a city docked at it in every dialect, and a browser between them."""

import json
import re
import tempfile
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cache, partial
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import parse_qsl, urlencode, urlsplit

from federation import cas, catalogue, dialect, profiles
from federation.catalogue import Means
from federation.line import Limits, Line
from federation.simulator import (
    cas_routes,
    guangdong_routes,
    liaoning_routes,
    national_routes,
    saml_routes,
    shaanxi_routes,
    zhejiang_routes,
)
from federation.simulator.app import create_app
from federation.simulator.people import Citizen, People, invented
from idp import clock
from idp.crypto import jose
from idp.interaction.upstream import AssertedIdentity, Begun, Refused, Upstream, Wanted
from idp.keys import self_signed
from idp.persons import synthetic
from idp.saml.signatures import Signer
from idp.settings_upstreams import UpstreamTable
from idp.simulator.server import Background

BACK = "http://127.0.0.1:1/federation/province/callback"


@cache
def _metadata_of(url: str) -> str:
    """The file that the province's operator handed over."""
    file = Path(tempfile.mkdtemp()) / "metadata.xml"
    file.write_text(saml_routes.metadata(url))
    return str(file)


_SIMULATED: dict[str, Callable[[str], dict[str, Any]]] = {
    "cas": cas_routes.table,
    "guangdong": guangdong_routes.table,
    "liaoning": liaoning_routes.table,
    "national": national_routes.table,
    "shaanxi": shaanxi_routes.table,
    "zhejiang": zhejiang_routes.table,
    "saml": lambda url: saml_routes.table(url, _metadata_of(url)),
}
TABLES: dict[str, Callable[[str], dict[str, Any]]] = {
    name: partial(lambda table, url: table(url) | {"answers_within": 30}, table)
    for name, table in _SIMULATED.items()
}
"""The settings of each upstream, with as much time as a busy machine takes."""
DIALECTS = profiles.known()
ASKED_BEHIND = [name for name in TABLES if name != "saml"]
"""Protocols in which we ask the upstream ourselves about who came back."""
SLOW = 30.0
"""Seconds a slow answer takes: whoever has none by then had no deadline, and has the answer."""
HURRIED = Limits(total=0.7, outages=50)


class _StaysHere(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


@dataclass
class Browser:
    """Follows redirects and forms as far as the callback; keeps every address it was sent to."""

    jar: CookieJar = field(default_factory=CookieJar)
    seen: list[str] = field(default_factory=list)

    posts: dict[str, str] = field(default_factory=dict)
    """What the last page with a form would post."""

    def open(self, url: str, form: Mapping[str, str] | None = None) -> tuple[int, str]:
        """The status, and where it leads: by a redirect, or by the form on the page."""
        opener = urllib.request.build_opener(_StaysHere, urllib.request.HTTPCookieProcessor(self.jar))
        sent = urlencode(form).encode() if form is not None else None
        self.seen.append(url)
        try:
            with opener.open(url, sent, timeout=60) as answer:
                page = answer.read().decode()
                self.posts = dict(re.findall(r'name="(\w+)" value="([^"]*)"', page))
                action = re.search(r'action="([^"]*)"', page)
                return answer.status, action[1] if action else ""
        except HTTPError as answer:
            return answer.code, answer.headers.get("Location", "")


@dataclass(frozen=True)
class Docked:
    """One upstream and its counterpart."""

    name: str
    url: str
    upstream: Upstream
    people: People
    browser: Browser = field(default_factory=Browser)

    def order(self, fault: str, step: str = "", times: int = 1) -> None:
        named = f"{self.name}.{step}" if step else ""
        call = urllib.request.Request(
            f"{self.url}/control", json.dumps({"fault": fault, "step": named, "times": times}).encode()
        )
        urllib.request.urlopen(call, timeout=60).close()

    def citizen(self, key: str) -> Citizen:
        found = self.people.find(key)
        assert found is not None
        return found

    def begun(self, **wanted: Any) -> Begun:
        begun = self.upstream.begin(Wanted(BACK, **wanted), clock.now())
        assert isinstance(begun, Begun), begun
        return begun

    def received(self, begun: Begun, key: str = "resident") -> dict[str, str]:
        """What the browser of that person brings to our callback."""
        status, _ = self.browser.open(f"{self.url}/login", {"key": key, "next": "/"})
        assert status == 303
        status, location = self.browser.open(begun.url)
        assert location.partition("?")[0] == BACK, (status, location)
        return dict(parse_qsl(urlsplit(location).query)) or self.browser.posts

    def visit(
        self, key: str = "resident", *, now: datetime | None = None, **wanted: Any
    ) -> AssertedIdentity | Refused:
        """A whole visit of that person."""
        begun = self.begun(**wanted)
        received = self.received(begun, key)
        return self.upstream.finish(begun.kept, received, now or clock.now())


@contextmanager
def province() -> Iterator[tuple[str, People]]:
    """The simulated province, with faults quick enough for tests."""
    people = _people()
    with Background(create_app(people, slow_seconds=SLOW, trickle_seconds=0.2)) as server:
        yield server.url, people


def _people() -> People:
    """The simulator's own, and a second agent of one of their firms, whose certificate has proven it."""
    known = invented()
    first = known.find("representative")
    assert first is not None and first.firm is not None
    other = synthetic.resident_id(date(1981, 3, 14), "F", "610000", 42)
    return People(
        [*known.all, replace(first, key="director", number=other, firm=replace(first.firm, level=5))]
    )


def docked(url: str, people: People, name: str, **changes: Any) -> Docked:
    """The upstream of this protocol as the settings would make it."""
    table = UpstreamTable.model_validate({**TABLES[name](url), **changes})
    return Docked(name, url, catalogue.upstreams({"province": table}, means())["province"], people)


def means() -> Means:
    """A memory and a key of this upstream's own."""
    spent: set[str] = set()

    def once(key: str, _: float) -> bool:
        first = key not in spent
        spent.add(key)
        return first

    return Means(once, signer)


@cache
def signer() -> Signer:
    key = jose.generate("RS256", "city-1")
    return Signer(key, self_signed.certificate(key, clock.now()))


def hurried(one: Docked) -> Docked:
    """The same upstream, which waits less."""
    table, line = UpstreamTable.model_validate(TABLES[one.name](one.url)), Line("province", limits=HURRIED)
    return Docked(one.name, one.url, _speaking(one.name, table, line), one.people)


def _speaking(name: str, table: UpstreamTable, line: Line) -> Upstream:
    if name == "cas":
        return cas.Cas("province", table, line)
    return dialect.Dialect("province", table, profiles.read(table.profile), line)
