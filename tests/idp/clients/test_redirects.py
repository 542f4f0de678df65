"""Redirect URIs: what may be registered, and what matches."""

import pytest

from idp.clients import redirects

GOOD = "https://portal.example.gov.cn/callback"


@pytest.mark.parametrize(
    "uri",
    [
        GOOD,
        "https://portal.example.gov.cn:8443/a/b?client=x%20y",
        "https://portal.example.gov.cn",
        "https://[2001:db8::1]/callback",
        "http://127.0.0.1:8399/callback",
        "http://localhost/callback",
        "http://[::1]:5000/callback",
    ],
)
def test_https_and_loopback_may_be_registered(uri: str) -> None:
    """Codes travel encrypted, or never leave the machine (RFC 9700 §2.6)."""
    assert redirects.fault(uri) is None


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "/callback",
        "//portal.example.gov.cn/callback",
        "http://portal.example.gov.cn/callback",
        "http://127.0.0.1.example.com/callback",
        "http://127.1/callback",
        "https://*.example.gov.cn/callback",
        "https://portal.example.gov.cn/*",
        "https://portal.example.gov.cn/callback#fragment",
        "https://portal.example.gov.cn/callback#",
        "https://user@portal.example.gov.cn/",
        "http://localhost:80@evil.example/",
        "https://portal.example.gov.cn/a/../b",
        "https://portal.example.gov.cn\\@evil.example/",
        "https://portal.example.gov.cn/ callback",
        "https://portal.example.gov.cn/\r\nSet-Cookie: a=b",
        "https://portal.example.gov.cn/%zz",
        "https://portal.example.gov.cn:0/",
        "https://portal.example.gov.cn:port/",
        "https://[::1/",
        "https://政务.example/callback",
        "https:///callback",
        "javascript:alert(1)",
        "javascript://portal.example.gov.cn/%0aalert(1)",
        "data:text/html,x",
        "com.example.app:/callback",
        "https://" + "a" * 2000,
    ],
)
def test_everything_else_may_not(uri: str) -> None:
    """Nothing that two parsers could read differently, and nothing that runs."""
    assert redirects.fault(uri) is not None


def test_native_applications_may_own_a_scheme() -> None:
    """A reversed domain name is the application's own (RFC 8252 §7.1); short ones are anybody's."""
    assert redirects.fault("com.example.app:/callback", native=True) is None
    assert redirects.fault("javascript:alert(1)", native=True) is not None
    assert redirects.fault("app:/callback", native=True) is not None


@pytest.mark.parametrize(
    "uri",
    [
        GOOD + "/",
        GOOD + "?a=b",
        GOOD + "#x",
        GOOD.upper(),
        GOOD.replace("portal", "Portal"),
        GOOD.replace("https", "http"),
        GOOD.replace(".cn/", ".cn:443/"),
        GOOD.replace("callback", "%63allback"),
        GOOD.replace("callback", "x/../callback"),
        GOOD + "@evil.example",
        " " + GOOD,
        GOOD + "\n",
        "",
    ],
)
def test_matching_is_by_the_exact_string(uri: str) -> None:
    """No normalisation, no prefix, no lower-casing (RFC 9700 §4.1.3)."""
    assert not redirects.matches(uri, [GOOD], native=True)
    assert redirects.matches(GOOD, [GOOD])


def test_native_loopback_addresses_may_change_their_port() -> None:
    """The port is chosen when the application listens (RFC 8252 §7.3)."""
    registered = ["http://127.0.0.1/callback?a=b", "http://[::1]:4000/callback"]

    assert redirects.matches("http://127.0.0.1:51004/callback?a=b", registered, native=True)
    assert redirects.matches("http://[::1]:51004/callback", registered, native=True)


@pytest.mark.parametrize(
    "uri",
    [
        "http://127.0.0.1:51004/other",
        "http://127.0.0.1:51004/callback?a=c",
        "http://localhost:51004/callback?a=b",
        "https://127.0.0.1:51004/callback?a=b",
        "http://127.0.0.2:51004/callback?a=b",
        "http://127.0.0.1:51004@evil.example/callback?a=b",
        "http://127.0.0.1:0/callback?a=b",
        "http://127.0.0.1:99999/callback?a=b",
        "http://127.0.0.1:51004/callback?a=b#",
    ],
)
def test_nothing_but_the_port_may_change(uri: str) -> None:
    """Host, path and query stay exact."""
    assert not redirects.matches(uri, ["http://127.0.0.1/callback?a=b"], native=True)


def test_web_clients_have_no_exemption() -> None:
    """Another port on loopback is another application; names and https have none either."""
    assert not redirects.matches("http://127.0.0.1:2/callback", ["http://127.0.0.1:1/callback"])
    assert not redirects.matches("http://localhost:2/cb", ["http://localhost:1/cb"], native=True)
    assert not redirects.matches("https://a.example:2/cb", ["https://a.example:1/cb"], native=True)
