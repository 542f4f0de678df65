"""Two networks and one province: whoever goes there comes back to the host they left, and is signed in there.

On a real server under the names 127.0.0.1 (the issuer's) and localhost (the extranet's): cookies are of one.
"""

import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass

import lxml.html
import pytest
from werkzeug.serving import make_server

import wsgi
from federation.simulator.app import create_app
from idp.settings import Settings
from idp.simulator.server import Background
from tests import instances, servers
from tests.agent import Agent, Page, browsing
from tests.federation.docked import TABLES
from tests.federation.stage import people
from tests.federation.stage import table as province
from tests.idp.web.test_zones import Silent

PERSON = "unknown-to-registry"


@dataclass(frozen=True)
class Networks:
    """The provider in both, and its province."""

    internet: str
    extranet: str
    province: str

    def base(self, zone: str) -> str:
        return self.internet if zone == "internet" else self.extranet


@pytest.fixture(scope="module")
def networks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Networks]:
    """A provider with an extranet, docked at a province by OpenID Connect, CAS and SAML."""
    port = servers.free_port()
    internet, extranet = f"http://127.0.0.1:{port}", f"http://localhost:{port}"
    with Background(create_app(people())) as there:
        upstreams = {
            "province": province(there.url),
            **{name: TABLES[name](there.url) for name in ("cas", "saml", "zhejiang")},
        }
        settings = Settings(
            home=tmp_path_factory.mktemp("home"),
            issuer=internet,
            listen_port=port,
            zones={"extranet": {"base": extranet}},
            upstreams=upstreams,
        )
        instances.settle(settings)
        server = make_server("127.0.0.1", port, wsgi.create_app(settings), True, request_handler=Silent)
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield Networks(internet, extranet, there.url)
        server.shutdown()
        server.server_close()
        thread.join()


def goes_there(agent: Agent, networks: Networks, zone: str, name: str) -> Page:
    """From the sign-in page of a zone to the upstream's login, as somebody, and back."""
    page = agent.open(f"{networks.base(zone)}/sign-in")
    button = re.search(rf'href="([^"]*/upstream/{name})"', page.text)
    assert button, page.text
    page = agent.open(networks.base(zone) + button[1])
    assert page.url.startswith(f"{networks.province}/login")
    page = sends_key(agent, page)
    return posts_on(agent, page)


def sends_key(agent: Agent, page: Page) -> Page:
    """Be somebody at the province."""
    form = lxml.html.fromstring(page.text).forms[0]
    return agent.send(page, form.get("id"), press=f"key={PERSON}")


def posts_on(agent: Agent, page: Page) -> Page:
    """Post the form that carries a SAML answer; other answers have come by redirect."""
    if "SAMLResponse" not in page.text:
        return page
    (form,) = page.forms
    return agent.send(page, form)


@pytest.mark.parametrize("zone", ["internet", "extranet"])
@pytest.mark.parametrize("name", ["province", "cas", "saml", "zhejiang"])
def test_who_goes_there_comes_back_to_their_zone(networks: Networks, zone: str, name: str) -> None:
    """Where the cookie of the visit is: at the other host nobody would know this browser (410)."""
    with browsing(networks.internet, networks.extranet, networks.province) as agent:
        page = goes_there(agent, networks, zone, name)
        callbacks = [url for url in agent.visited if f"/federation/{name}/callback" in url]

    assert page.url.startswith(f"{networks.base(zone)}/interaction/")
    assert 410 != page.status
    assert callbacks and all(url.startswith(networks.base(zone)) for url in callbacks)


@pytest.mark.parametrize("zone", ["internet", "extranet"])
def test_metadata_names_the_callbacks_of_both(networks: Networks, zone: str) -> None:
    """One registration at a SAML province serves both networks."""
    with browsing(networks.internet, networks.extranet) as agent:
        said = agent.open(f"{networks.base(zone)}/federation/saml/metadata").text

    for base in (networks.internet, networks.extranet):
        assert f'Location="{base}/federation/saml/callback"' in said
