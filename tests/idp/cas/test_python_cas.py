"""python-cas, the library most Python systems have: every version it speaks, over HTTP."""

from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from cas import CASClient

from idp import clock
from idp.cas.logout import request
from tests.idp.oauth.world import Registered
from tests.served import Served, serving

SERVICE = "http://127.0.0.1:8399/office?tab=1"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A provider on the loopback."""
    with serving(tmp_path_factory.mktemp("home")) as served:
        yield served


@pytest.fixture(scope="module")
def office(served: Served) -> Registered:
    """A department's CAS system."""
    return served.register(protocol="cas", services=[{"prefix": "http://127.0.0.1:8399/office"}])


def client(served: Served, version: object) -> CASClient:
    return CASClient(version=version, server_url=f"{served.url}/cas/", service_url=SERVICE)


def ticket(served: Served, office: Registered, peer: CASClient) -> str:
    """A ticket as the browser brings it, by the address the library sends people to."""
    browser, _ = served.browser(office)
    answer = browser.get(peer.get_login_url(), allow_redirects=False, timeout=60)
    parts = urlsplit(answer.headers["Location"])
    found = parse_qs(parts.query)
    return (found.get("ticket") or found["SAMLart"])[0]


@pytest.mark.parametrize("version", [1, 2, 3, "CAS_2_SAML_1_0"])
def test_every_version_tells_who_came(served: Served, office: Registered, version: object) -> None:
    """The same subject by each; with attributes where the version has them."""
    peer = client(served, version)
    user, attributes, _ = peer.verify_ticket(ticket(served, office, peer))

    assert served.world.authorizations()[-1].sub == user
    if version in (3, "CAS_2_SAML_1_0"):
        assert ("王小明", "ial3.aal1") == (attributes["name"], attributes["acr"])


@pytest.mark.parametrize("version", [1, 2, 3, "CAS_2_SAML_1_0"])
def test_no_version_takes_a_ticket_twice(served: Served, office: Registered, version: object) -> None:
    """The library says nobody, and nothing breaks."""
    peer = client(served, version)
    once = ticket(served, office, peer)
    peer.verify_ticket(once)

    assert peer.verify_ticket(once)[0] is None


def test_a_logout_request_is_understood(served: Served, office: Registered) -> None:
    """The library finds the ticket in what the worker sends."""
    found = client(served, 3).get_saml_slos(request("ST-abc", clock.now()))

    assert ["ST-abc"] == [one.text for one in found]
