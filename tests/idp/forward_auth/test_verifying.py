"""What a proxy is told of each request: who it is, sign in first, or no."""

import json

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from idp import clock
from idp.clients import onboarding
from tests.idp.forward_auth.world import SITE, ForwardWorld, Surfer
from tests.idp.oauth.world import Registered, SignedIn, claims_of, header_of


def test_a_visitor_is_told_of(forward: ForwardWorld, archive: Registered, citizen: SignedIn) -> None:
    """200 with a signed header for this client, and plain ones beside it."""
    surfer = Surfer(forward, citizen)
    surfer.enter()
    told = surfer.ask("/any?x=1")
    claims = claims_of(told.headers["X-Yitong-Identity"])

    assert 200 == told.status_code
    assert (archive.id, forward.world.oauth.issuer) == (claims["aud"], claims["iss"])
    assert claims["sub"] == told.headers["X-Yitong-Subject"]
    assert "%E7%8E%8B%E5%B0%8F%E6%98%8E" == told.headers["X-Yitong-Name"]
    assert "ial3.aal1" == told.headers["X-Yitong-Acr"]


def test_the_header_is_signed_by_a_published_key(
    forward: ForwardWorld, archive: Registered, citizen: SignedIn
) -> None:
    """ES256, a minute, and a type that no other token of ours has (RFC 8725 §3.11)."""
    surfer = Surfer(forward, citizen)
    surfer.enter()
    token = surfer.ask().headers["X-Yitong-Identity"]
    keys = KeySet.import_key_set(json.loads(forward.world.oauth.keyring.jwks_document()))
    said = jwt.decode(token, keys, algorithms=["ES256"]).claims

    assert 60 == said["exp"] - said["iat"]
    assert "yitong-identity+jwt" == header_of(token)["typ"]


def test_what_was_not_approved_is_not_told(forward: ForwardWorld) -> None:
    """A name is a scope like everywhere."""
    site = forward.site("https://quiet.example.gov.cn", scope="openid")
    surfer = Surfer(forward, forward.citizen(site), "https://quiet.example.gov.cn")
    surfer.enter()

    assert "X-Yitong-Name" not in surfer.ask().headers


def test_a_stranger_signs_in_first(forward: ForwardWorld, archive: Registered) -> None:
    """nginx gets a 401 and the address to send people to; Traefik passes a redirect on."""
    nginx, traefik = Surfer(forward), Surfer(forward, traefik=True)

    assert 401 == nginx.ask().status_code
    found = traefik.ask()
    assert (302, found.headers["X-Yitong-Start"]) == (found.status_code, found.headers["Location"])


@pytest.mark.parametrize("headers", [{"X-Forwarded-Method": "POST"}, {"Sec-Fetch-Mode": "cors"}])
def test_what_cannot_follow_gets_no_redirect(
    forward: ForwardWorld, archive: Registered, headers: dict[str, str]
) -> None:
    """A script or a posted form would end up at our page unseen."""
    assert 401 == Surfer(forward, traefik=True).ask(**headers).status_code


@pytest.mark.parametrize(
    "origin", ["https://archive.example.gov.cn.evil.cn", "http://archive.example.gov.cn", "https://x@a"]
)
def test_a_site_that_is_nobodys_is_closed(forward: ForwardWorld, archive: Registered, origin: str) -> None:
    """Scheme, host and port are exact."""
    assert 403 == Surfer(forward, origin=origin).ask().status_code


def test_a_cookie_is_for_one_host(forward: ForwardWorld, archive: Registered, citizen: SignedIn) -> None:
    """One site's handle is nothing at another, even of the same client."""
    other = "https://reading.example.gov.cn"
    with forward.world.oauth.database.writing() as db:
        details = {**archive.client.raw, "protects": [SITE, other]}
        onboarding.change(db, archive.id, details, clock.now())
    surfer = Surfer(forward, citizen)
    surfer.enter()
    thief = Surfer(forward, origin=other, cookies=surfer.cookies)

    assert 200 == surfer.ask().status_code
    assert 401 == thief.ask().status_code


def test_an_end_is_felt_within_five_seconds(
    forward: ForwardWorld, archive: Registered, citizen: SignedIn
) -> None:
    """Answers are given again for three seconds and no longer (security.md T8)."""
    surfer = Surfer(forward, citizen)
    surfer.enter()
    surfer.ask()
    forward.world.end_session(citizen)
    forward.seconds = 3.1

    assert 401 == surfer.ask().status_code


def test_the_frozen_are_refused(forward: ForwardWorld, archive: Registered, citizen: SignedIn) -> None:
    """And sent to a sign-in they cannot finish."""
    surfer = Surfer(forward, citizen)
    surfer.enter()
    forward.world.set_status(citizen.person_id, "frozen")
    forward.seconds = 3.1

    assert 401 == surfer.ask().status_code


def test_a_suspended_client_is_closed(forward: ForwardWorld, archive: Registered, citizen: SignedIn) -> None:
    """Whatever its visitors hold."""
    surfer = Surfer(forward, citizen)
    surfer.enter()
    with forward.world.oauth.database.writing() as db:
        onboarding.suspend(db, archive.id, clock.now())

    assert 403 == surfer.ask().status_code


PATHS = [{"path": "/sealed", "acr": "ial3.aal2"}]


@pytest.fixture
def strict(forward: ForwardWorld) -> Registered:
    """A site where one path asks for two factors."""
    return forward.site("https://strict.example.gov.cn", paths=PATHS)


def test_a_path_asks_for_more(forward: ForwardWorld, strict: Registered) -> None:
    """Beside it one factor is enough; below it the way in leads to the second."""
    surfer = Surfer(forward, forward.citizen(strict), "https://strict.example.gov.cn")
    surfer.enter("/open")

    assert 200 == surfer.ask("/open").status_code
    assert 401 == surfer.ask("/sealed/files").status_code
    assert surfer.start(surfer.ask("/sealed/files")).headers["Location"].startswith("/interaction/")


@pytest.mark.parametrize("path", ["/s%65aled", "/sealed/", "/sealed?x", "/sealed/%61"])
def test_a_path_is_the_same_however_it_is_written(
    forward: ForwardWorld, strict: Registered, path: str
) -> None:
    """Decoded once, as servers read it."""
    surfer = Surfer(forward, forward.citizen(strict), "https://strict.example.gov.cn")
    surfer.enter("/open")

    assert 401 == surfer.ask(path).status_code


@pytest.mark.parametrize(
    "path",
    [
        "/open/../sealed",
        "/open/%2e%2e/sealed",
        "//sealed",
        "/open/..;/sealed",
        "/%2573ealed",
        "/a%5c..%5csealed",
    ],
)
def test_a_path_nobody_can_tell_is_closed(forward: ForwardWorld, strict: Registered, path: str) -> None:
    """Two servers may read it differently, and one of them guards."""
    surfer = Surfer(forward, forward.citizen(strict), "https://strict.example.gov.cn")
    surfer.enter("/open")

    assert 403 == surfer.ask(path).status_code


def test_traefik_is_not_told_by_the_browser(forward: ForwardWorld, strict: Registered) -> None:
    """It passes on an X-Original-URL that anybody invents; only its own headers count there."""
    origin = "https://strict.example.gov.cn"
    surfer = Surfer(forward, forward.citizen(strict), origin, traefik=True)
    surfer.enter("/open")

    assert 302 == surfer.ask("/sealed", **{"X-Original-URL": f"{origin}/open"}).status_code
