"""Which addresses tickets go to, and what is asked at which path of a protected site."""

from typing import Any

import pytest

from idp.clients import protected
from idp.clients.directory import Clients
from idp.clients.entrances import Entrances
from idp.clients.metadata import MetadataFault, parse
from idp.clients.models import ClientClass
from idp.clients.protected import Guarded
from idp.clients.services import Service, normalised
from idp.storage.database import Database
from tests.idp.clients.making import Register

PREFIX = Service("https://app.example/office", is_prefix=True)


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("https://APP.example:443/Office", "https://app.example/Office"),
        ("HTTPS://app.example", "https://app.example/"),
        ("https://app.example/office?ticket=ST-1&next=%2F", "https://app.example/office?next=%2F"),
        ("http://127.0.0.1:8305/mine", "http://127.0.0.1:8305/mine"),
    ],
)
def test_an_address_is_normalised_once(sent: str, kept: str) -> None:
    """The one form is compared, bound and redirected to; an old ticket does not come along."""
    assert kept == normalised(sent)
    assert kept == normalised(kept)


@pytest.mark.parametrize(
    "sent",
    [
        "https://app.example/office#there",
        "https://user@app.example/office",
        "https://app.example@evil.example/office",
        "https://app.example\\@evil.example/office",
        "https://app.example//office",
        "https://app.example/office/../admin",
        "https://app.example/office/%2e%2e/admin",
        "https://app.example/office%2F..%2Fadmin",
        "https://app.example/office;jsessionid=1",
        "https://app.example:0/office",
        "https://app.example:99999/office",
        "http://app.example/office",
        "javascript:alert(1)",
        "//app.example/office",
        "/office",
        "https://app.example/of fice",
        "https://app.example/\N{FULLWIDTH SOLIDUS}evil",
        "",
    ],
)
def test_what_others_may_read_differently_is_no_address(sent: str) -> None:
    """Refused before anything is compared."""
    assert normalised(sent) is None


@pytest.mark.parametrize("url", ["", "/", "/a/b", "?x=1"])
def test_a_beginning_covers_what_lies_below(url: str) -> None:
    """It ends where a path segment ends."""
    assert PREFIX.covers(PREFIX.url + url)


@pytest.mark.parametrize(
    "url",
    [
        "https://app.example/officers",
        "https://app.example/Office",
        "https://app.example.evil/office",
        "https://app.example:8443/office",
        "http://app.example/office",
    ],
)
def test_a_beginning_covers_nothing_else(url: str) -> None:
    """Scheme, host, port and case are exact."""
    assert not PREFIX.covers(url)


def test_the_most_exact_entry_decides(database: Database, directory: Clients, register: Register) -> None:
    """Of two clients at one host the longer beginning wins, and an exact address over both."""
    wide = _cas(register, {"prefix": "https://app.example/"})
    narrow = _cas(register, {"prefix": "https://app.example/office"})
    exact = _cas(register, {"exact": "https://app.example/office/door"})
    entrances = Entrances(database, directory)
    found = [entrances.of_service(f"https://app.example/{path}") for path in ("x", "office/x", "office/door")]

    assert [wide, narrow, exact] == [client.id if client else None for client in found]
    assert entrances.of_service("https://other.example/") is None


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"services": []}, "services"),
        ({"services": [{"prefix": "https://*.example/"}]}, "services[0]"),
        ({"services": [{"prefix": "https://app.example/", "exact": "https://app.example/"}]}, "services[0]"),
        ({"services": [{"prefix": "https://app.example/?a"}]}, "services[0]"),
        ({"services": "https://app.example/"}, "services"),
        ({"proxy_callbacks": ["http://app.example/"]}, "proxy_callbacks"),
        ({"protocol": "proxy"}, "protects"),
        ({"protocol": "proxy", "protects": ["https://app.example/path"]}, "protects[0]"),
        ({"protocol": "proxy", "paths": [{"path": "/a/../b", "acr": "ial3.aal1"}]}, "paths[0]"),
        ({"protocol": "proxy", "paths": [{"path": "/a"}]}, "paths[0]"),
        ({"protocol": "proxy", "paths": [{"path": "/a", "matter": "S-1"}]}, "paths[0]"),
    ],
)
def test_what_cannot_be_registered_is_named(wrong: dict[str, Any], field: str) -> None:
    """Every fault with its field, none guessed around."""
    details = {"client_name": "系统", "protocol": "cas", "services": [{"prefix": "https://app.example/"}]}
    details |= {"services": []} if wrong.get("protocol") == "proxy" else {}
    with pytest.raises(MetadataFault) as fault:
        parse({**details, **wrong}, "c", ClientClass.GOVERNMENT)

    assert any(one.startswith(f"{field}:") for one in fault.value.faults)


def test_the_longest_path_decides() -> None:
    """Beside what is listed nothing more is asked."""
    wide, narrow = Guarded("/a"), Guarded("/a/b")

    assert narrow is protected.at([wide, narrow], "/a/b/c")
    assert wide is protected.at([wide, narrow], "/a/bc")
    assert protected.ANYWHERE is protected.at([wide, narrow], "/other")


def _cas(register: Register, service: dict[str, str]) -> str:
    """The id of a new CAS client with this address."""
    made = register(protocol="cas", services=[service], redirect_uris=None)
    return made.id
