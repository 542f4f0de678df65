"""Requests that two servers could read differently, or that no browser would send, at the real server."""

import os
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.idp.cli.conftest import Idp, wait_for
from tests.servers import free_port

FORM = "Content-Type: application/x-www-form-urlencoded\r\n"
CHUNKED = "Transfer-Encoding: chunked\r\n"
END = "0\r\n\r\n"
SMUGGLED = "GET /smuggled HTTP/1.1\r\nHost: {host}\r\n\r\n"


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """`idp serve` on a free port."""
    port, home = free_port(), tmp_path_factory.mktemp("wire") / "var"
    own = {name: value for name, value in os.environ.items() if not name.startswith("IDP_")}
    settings = {"IDP_HOME": str(home), "IDP_ISSUER": f"http://127.0.0.1:{port}", "IDP_LISTEN_PORT": str(port)}
    idp = Idp({**own, **settings, "IDP_WORKERS": "1"})
    assert 0 == idp("init").exit_code
    process = idp.process("serve")
    try:
        wait_for(f"http://127.0.0.1:{port}/healthz", process)
        yield port
    finally:
        process.terminate()
        try:
            process.communicate(timeout=60)
        except subprocess.TimeoutExpired:
            process.kill()


def said(port: int, request: str, patience: float = 60.0) -> bytes:
    """Everything the server answers on one connection until it closes it, or is quiet for three seconds."""
    with socket.create_connection(("127.0.0.1", port), timeout=patience) as connection:
        connection.sendall(request.format(host=f"127.0.0.1:{port}").encode("latin-1"))
        answer = b""
        try:
            while part := connection.recv(65536):
                answer += part
                connection.settimeout(3.0)
        except (TimeoutError, ConnectionResetError):
            pass
        return answer


def head(method: str, path: str, *lines: str) -> str:
    return f"{method} {path} HTTP/1.1\r\nHost: {{host}}\r\n{''.join(lines)}"


AMBIGUOUS = {
    "two lengths": head("POST", "/oauth/token", FORM, "Content-Length: 4\r\nContent-Length: 40\r\n\r\na=1&"),
    "a signed length": head("POST", "/oauth/token", FORM, "Content-Length: +4\r\n\r\na=1&"),
    "a length with digits of ours": head(
        "POST", "/oauth/token", FORM, "Content-Length: 1_0\r\n\r\na=1&a=1&a="
    ),
    "an unknown coding": head("POST", "/oauth/token", FORM, "Transfer-Encoding: xchunked\r\n\r\n", END),
    "a coding after chunked": head(
        "POST", "/oauth/token", FORM, "Transfer-Encoding: chunked, identity\r\n\r\n", END
    ),
    "a blank before the colon": head(
        "POST", "/oauth/token", FORM, "Transfer-Encoding : chunked\r\n\r\n", END
    ),
    "a chunk of no size": head("POST", "/oauth/token", FORM, CHUNKED, "\r\nzz\r\na=1&\r\n", END),
}


@pytest.mark.parametrize("request_", AMBIGUOUS.values(), ids=AMBIGUOUS.keys())
def test_what_can_be_read_in_two_ways_is_read_in_none(port: int, request_: str) -> None:
    """400, and the connection is over: what follows is no request (CVE-2024-1135, CVE-2024-6827)."""
    answer = said(port, request_ + SMUGGLED)

    assert answer.startswith(b"HTTP/1.1 400")
    assert 1 == answer.count(b"HTTP/1.1 ")


def test_length_beside_chunks_smuggles_nothing(port: int) -> None:
    """The chunks count, and nothing after them is believed on that connection (RFC 9112 §6.1)."""
    answer = said(
        port, head("POST", "/oauth/token", FORM, "Content-Length: 4\r\n", CHUNKED, "\r\n", END) + SMUGGLED
    )

    assert 1 == answer.count(b"HTTP/1.1 ")


@pytest.mark.parametrize("coding", ["Content-Length: 102400\r\n\r\n" + "a" * 102_400, None])
def test_no_body_is_larger_than_the_bound(port: int, coding: str | None) -> None:
    """Announced or in chunks."""
    chunks = "".join("1000\r\n" + "a" * 4096 + "\r\n" for _ in range(25))
    request = head("POST", "/oauth/token", FORM, coding or f"{CHUNKED}\r\n{chunks}{END}")

    assert said(port, request).startswith(b"HTTP/1.1 413")


def test_a_chunked_form_is_a_form(port: int) -> None:
    """Within the bound it is read like any other."""
    answer = said(
        port, head("POST", "/oauth/token", FORM, CHUNKED, "\r\n16\r\ngrant_type=refresh_tok\r\n", END)
    )

    assert answer.startswith(b"HTTP/1.1 400")
    assert b"unsupported_grant_type" in answer


@pytest.mark.parametrize("target", ["http://evil.example/sign-in", "//evil.example/", "@evil.example", "*"])
def test_no_target_leads_elsewhere(port: int, target: str) -> None:
    """Absolute, with an authority, without a slash: our own page, or none."""
    answer = said(port, head("GET", target, "Connection: close\r\n\r\n"))

    assert b"evil.example" not in answer.partition(b"\r\n\r\n")[0].lower().partition(b"location:")[2]
    assert b" 50" not in answer[:16]


@pytest.mark.parametrize(
    "lines", ["X: " + "a" * 300_000, "\r\n".join(f"X-{n}: a" for n in range(500))], ids=["long", "many"]
)
def test_headers_have_their_bounds(port: int, lines: str) -> None:
    """Larger ones are refused before anything reads them."""
    assert b" 431 " in said(port, head("GET", "/sign-in", f"{lines}\r\n\r\n"))[:20]


def test_headers_need_not_be_text(port: int) -> None:
    """Cookies, languages and agents of any bytes are nobody's and break nothing."""
    junk = "Cookie: yt-session=\xff\xfe; yt-lang=\x80\r\nUser-Agent: \xff\r\nAccept-Language: \xff;q=x\r\n"

    assert said(port, head("GET", "/account", junk, "Connection: close\r\n\r\n")).startswith(b"HTTP/1.1 303")


def test_there_is_no_second_protocol(port: int) -> None:
    """HTTP/2 without TLS has limits of its own that nobody set."""
    assert not said(port, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 1.0).startswith(b"\x00\x00")


def test_a_file_is_named_by_its_digest_or_not_found(port: int) -> None:
    """No path walks out of the folder of static files."""
    for path in ("../settings.toml", "%2e%2e/%2e%2e/etc/passwd", "/etc/passwd", "..%5c..%5cmaster.key"):
        answer = said(port, head("GET", f"/static/{path}", "Connection: close\r\n\r\n"))

        assert answer.startswith(b"HTTP/1.1 404")


def test_the_folder_of_the_server_is_closed(port: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    """The real server, too, makes its databases for its owner alone."""
    folders = Path(tmp_path_factory.getbasetemp()).glob("wire*/var/*.db*")

    assert {0o600} == {file.stat().st_mode & 0o777 for file in folders}
