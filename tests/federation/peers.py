"""Several real providers on loopback that sign in each other's people: a province between two cities."""

import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
from werkzeug.serving import WSGIRequestHandler, make_server

import wsgi
from connectors.simulator.app import create_app as create_exchange
from connectors.simulator.personas import Persona
from idp import clock
from idp.audit import scope
from idp.authenticators import password
from idp.clients import onboarding
from idp.clients.models import ClientClass
from idp.crypto import passwords
from idp.persons import claim, enrolment
from idp.persons.enrolment import Applicant
from idp.persons.registry import Verified
from idp.services import Services
from idp.settings import Settings
from idp.simulator.server import Background
from tests import instances, servers
from tests.idp.account.stage import PASSWORD, POPULATION, _world

LEVELS = {str(level): level for level in range(1, 6)}
SECRET = "a-secret-among-peers-of-some-length"
HREF = re.compile(r'href="([^"]+)"')
FIELD = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')
PATIENCE = 20.0


class _Quiet(WSGIRequestHandler):
    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""


@dataclass
class Peer:
    """One provider."""

    name: str
    url: str
    services: Services

    def enrols(self, persona: Persona) -> None:
        """Somebody registers here, with document, phone and password."""
        now = clock.now()
        said = claim.read(persona.kind, persona.number, persona.name, None, clock.day(now))
        answer = Verified("public_security", "request", now)
        applicant = Applicant(said, answer, persona.phone)
        with scope.within(scope.Scope("peers", "peers")), self.services.database.writing() as db:
            person = enrolment.enrol(db, self.services.vault, applicant, now, timedelta(days=1))
            password.set_hash(db, person.id, passwords.hash_password(PASSWORD), "registration", now)

    def admits(self, client_id: str, url: str, **details: Any) -> None:
        """Register an application, or another provider, as a client of this one."""
        given = {
            "client_name": client_id,
            "client_name#en": client_id,
            "purpose": "登录",
            "purpose#en": "To sign in",
            "client_uri": url,
            "scope": "openid profile identity_document",
            "token_endpoint_auth_method": "client_secret_basic",
            "grant_types": ["authorization_code"],
            **details,
        }
        with scope.within(scope.Scope("peers", "peers")), self.services.database.writing() as db:
            onboarding.create(
                db, given, ClientClass.GOVERNMENT, clock.now(), client_id=client_id, secret=SECRET
            )


@dataclass
class Walker:
    """A browser without scripts that goes wherever it is sent, and ticks what must be ticked."""

    session: requests.Session = field(default_factory=requests.Session)
    page: requests.Response = field(default_factory=requests.Response)
    seen: list[str] = field(default_factory=list)
    stops_at: str = ""

    def get(self, url: str) -> "Walker":
        self.page = self._arrive(self.session.get(url, allow_redirects=False, timeout=PATIENCE))
        return self

    def follow(self, ending: str) -> "Walker":
        """The link whose address ends so."""
        found = [unescape(one) for one in HREF.findall(self.page.text) if one.endswith(ending)]
        assert found, f"{self.page.url} has no link to {ending}"
        return self.get(urljoin(self.page.url, found[0]))

    def send(self, form: str, **values: str) -> "Walker":
        """Fill in the form with this id, or in which this is written."""
        found = [part.split("</form>")[0] for part in self.page.text.split("<form")[1:] if form in part]
        assert found, f"{self.page.url} has no form {form}"
        action = re.search(r'action="([^"]*)"', found[0])
        hidden = {name: unescape(value) for name, value in FIELD.findall(found[0])}
        url = urljoin(self.page.url, unescape(action.group(1)) if action else "")
        answer = self.session.post(url, {**hidden, **values}, allow_redirects=False, timeout=PATIENCE)
        self.page = self._arrive(answer)
        return self

    @property
    def path(self) -> str:
        return re.sub(r"^/interaction/[\w-]{43}", "", urlsplit(self.page.url).path)

    def _arrive(self, answer: requests.Response) -> requests.Response:
        while True:
            self.seen.append(answer.url)
            onward = answer.headers.get("location") or answer.headers.get("refresh", "").partition("url=")[2]
            if not onward:
                return answer
            target = urljoin(answer.url, onward)
            if self.stops_at and target.startswith(self.stops_at):
                answer.url = target
                return answer
            answer = self.session.get(target, allow_redirects=False, timeout=PATIENCE)


@contextmanager
def peers(home: Path, modes: Mapping[str, str], above: Mapping[str, list[str]]) -> Iterator[dict[str, Peer]]:
    """
    Providers by name and mode, each with the upstreams that `above` names, all behind one registry.

    An upstream knows a peer as the client of the peer's name.
    """
    urls = {name: f"http://127.0.0.1:{servers.free_port()}" for name in modes}
    with ExitStack() as stack:
        world = stack.enter_context(Background(create_exchange(POPULATION)))
        made = {}
        for name, mode in modes.items():
            upstreams = {other: _table(urls[other], name) for other in above.get(name, [])}
            settings = Settings(
                home=home / name,
                sandbox=True,
                issuer=urls[name],
                mode=mode,
                upstreams=upstreams,
                allow_private_callbacks=True,
                **_world(world.url),
            )
            instances.settle(settings)
            stack.enter_context(_served(wsgi.create_app(settings), urls[name]))
            services = wsgi.compose(settings)
            made[name] = Peer(name, urls[name], services)
        for name, named in above.items():
            for other in named:
                made[other].admits(
                    name,
                    urls[name],
                    redirect_uris=[f"{urls[name]}/federation/{other}/callback"],
                    post_logout_redirect_uris=[f"{urls[name]}/federation/{other}/left"],
                    backchannel_logout_uri=f"{urls[name]}/federation/{other}/logout",
                    backchannel_logout_session_required=True,
                )
        yield made
        for peer in made.values():
            peer.services.prepared.close()
            peer.services.state.close()
            peer.services.database.dispose()


def _table(issuer: str, as_whom: str) -> dict[str, Any]:
    return {
        "title": "对方平台",
        "title_en": "The other platform",
        "issuer": issuer,
        "answers_within": PATIENCE,
        "client_id": as_whom,
        "client_secret": SECRET,
        "trust": {"levels": LEVELS},
    }


@contextmanager
def _served(app: Any, url: str) -> Iterator[None]:
    server = make_server("127.0.0.1", urlsplit(url).port or 0, app, threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
