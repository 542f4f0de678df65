"""Nobody is sent to a place that was not registered: by no error, sign-out, `next` or Host header."""

from urllib.parse import urlencode

import pytest

from tests.attacks.whole import Visitor, Whole
from tests.idp.oauth.world import CALLBACK, ISSUER, Registered

FOREIGN = (
    "http://127.0.0.1:8399@evil.example/callback",
    "http://127.0.0.1:8399\\@evil.example/callback",
    "http://127.0.0.1:8399.evil.example/callback",
    "http://127.0.0.1.:8399/callback",
    "http://127.0.0.1:8399/CALLBACK",
    "HTTP://127.0.0.1:8399/callback",
    "http://127.0.0.1:8399/callback/",
    "http://127.0.0.1:8399/x/../callback",
    "http://127.0.0.1:8399/%63allback",
    "http://127.0.0.1:8399//callback",
    "http://127.0.0.1:8399/callback#",
    "http://127.0.0.1:8399/callback?x=1",
    " http://127.0.0.1:8399/callback",
    "http://127.0.0.1:8399/callback\r\nX: y",
    "http://localhost:8399/callback",
    "http://2130706433:8399/callback",
    "http://[::1]:8399/callback",
    "http://127.0.0.1:08399/callback",
    "//evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "https://evil.example/",
)
NATIVE = (
    "http://127.0.0.1:1@evil.example/callback",
    "http://a:b@127.0.0.1:1/callback",
    "http://127.0.0.1:99999/callback",
    "http://127.0.0.1:0/callback",
    "http://127.0.0.1:+1/callback",
    "http://127.0.0.1:１/callback",
    "http://127.0.0.1:1_0/callback",
    "http://127.0.0.1:80:80/callback",
    "http://127.0.0.1:1\\.evil.example/callback",
    "http://localhost:1/callback",
    "http://[::1]:1/callback",
    "https://127.0.0.1:1/callback",
    "http://127.0.0.1:1/callback?a",
    "http://127.0.0.1:1/callback#f",
    "http://127.0.0.1:1/other",
)


@pytest.mark.parametrize("uri", FOREIGN)
@pytest.mark.parametrize("more", [{}, {"prompt": "none login"}, {"response_mode": "form_post"}])
def test_nothing_is_redirected_before_the_address_matched(
    whole: Whole, portal: Registered, visitor: Visitor, uri: str, more: dict[str, str]
) -> None:
    """An error neither: the person sees a page that leads nowhere (RFC 9700 §4.11, OIDC Core §3.1.2.6)."""
    visitor.ask("GET", whole.request(portal, redirect_uri=uri, **more))

    assert (400, "") == (visitor.status, visitor.location)


@pytest.mark.parametrize("uri", NATIVE)
def test_a_native_client_moves_its_port_and_nothing_else(whole: Whole, visitor: Visitor, uri: str) -> None:
    """RFC 8252 §7.3 frees the port of a loopback number, no more."""
    native = whole.public_client(application_type="native")
    visitor.ask("GET", whole.request(native, redirect_uri=uri, prompt="none"))

    assert (400, "") == (visitor.status, visitor.location)


@pytest.mark.parametrize("extra", ["redirect_uri=https://evil.example/", "client_id=somebody-else"])
@pytest.mark.parametrize("first", [True, False])
def test_a_parameter_sent_twice_names_nobody(
    whole: Whole, portal: Registered, visitor: Visitor, extra: str, first: bool
) -> None:
    """Neither the first nor the last is believed (CVE-2026-9689)."""
    path, query = whole.request(portal).split("?")
    visitor.ask("GET", f"{path}?" + (f"{extra}&{query}" if first else f"{query}&{extra}"))

    assert (400, "") == (visitor.status, visitor.location)


@pytest.mark.parametrize(
    "wanted",
    ["//evil.example", "/\\evil.example", "https://evil.example", "/\t/evil.example", "\\\\evil", "evil", ""],
)
def test_next_stays_on_this_site(whole: Whole, visitor: Visitor, wanted: str) -> None:
    """Whatever `next` says, signing in ends here (domain: goto redirects)."""
    login = f"next-{abs(hash(wanted)) % 10**9}"
    whole.resident(login)
    visitor.go("/sign-in?" + urlencode({"next": wanted})).fill(login=login, password="three quiet herons")

    assert (200, "/account") == (visitor.status, visitor.path)


@pytest.mark.parametrize(
    "uri", ["https://evil.example/", "http://127.0.0.1:8399@evil.example/", "//evil.example", CALLBACK]
)
def test_sign_out_returns_to_registered_places_only(whole: Whole, visitor: Visitor, uri: str) -> None:
    """Without a client, or to a place it did not register, it leads nowhere (RP-Initiated Logout §3)."""
    portal = whole.client(post_logout_redirect_uris=["http://127.0.0.1:8399/signed-out"])
    for client_id in (portal.id, ""):
        visitor.ask(
            "GET", "/oauth/logout", query_string={"client_id": client_id, "post_logout_redirect_uri": uri}
        )

        assert (400, "") == (visitor.status, visitor.location)


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1:8000.evil.example", "127.0.0.1", ""])
@pytest.mark.parametrize("path", ["/", "/account", "/sign-in", "//evil.example/x"])
def test_no_link_is_made_from_a_host_header(visitor: Visitor, host: str, path: str) -> None:
    """Another name leads to our own (CVE-2025-64101)."""
    visitor.ask("GET", path, environ_overrides={"HTTP_HOST": host, "REMOTE_ADDR": "192.0.2.1"})

    assert visitor.location.startswith(f"{ISSUER}/")
    assert "evil.example" not in visitor.location.removeprefix(ISSUER).partition("//evil.example")[0]


def test_forwarded_names_are_not_looked_at(visitor: Visitor) -> None:
    """X-Forwarded-Host is nobody's business here."""
    visitor.ask(
        "GET", "/account", headers={"X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example"}
    )

    assert "/sign-in?next=%2Faccount" == visitor.location


@pytest.mark.parametrize(
    "state", ['"><script>alert(1)</script>', "a\r\nSet-Cookie: x=1", "' onload=alert(1)"]
)
def test_what_a_form_posts_on_is_escaped(
    whole: Whole, portal: Registered, visitor: Visitor, state: str
) -> None:
    """`form_post` writes the client's own words into a page of ours (CVE-2023-6134)."""
    visitor.ask("GET", whole.request(portal, response_mode="form_post", prompt="none", state=state))

    assert 200 == visitor.status
    assert "<script>alert" not in visitor.text
    assert "' onload" not in visitor.text
    assert "script-src 'self'" in visitor.page.headers["Content-Security-Policy"]
