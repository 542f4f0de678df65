"""The edge: what no request may do, and what every answer carries."""

import io
import json
from collections.abc import Iterable
from contextlib import nullcontext
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from werkzeug.test import Client as Http
from werkzeug.test import EnvironBuilder, TestResponse

from connectors.simulator import authority as authorities
from idp.audit import scope
from idp.settings_tables import Certificates
from idp.storage.database import DatabaseUnavailable
from idp.web import assets
from idp.web.bodies import LARGEST
from idp.web.edge import Application, create_edge, gate_of

ISSUER = "https://id.example.gov.cn"
PROXY = "10.0.0.7"
BROWSER = "203.0.113.9"


class Inside:
    """An application that says what it was given."""

    def __init__(self) -> None:
        self.observed: list[tuple[str, str]] = []

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if environ["PATH_INFO"] == "/crash":
            raise RuntimeError("a defect")
        if environ["PATH_INFO"] == "/away":
            raise DatabaseUnavailable("connection refused")
        asking = scope.current()
        seen = {
            "source": environ.get("REMOTE_ADDR"),
            "scheme": environ.get("wsgi.url_scheme"),
            "certificate": environ.get("HTTP_CLIENTCERT"),
            "request_id": asking.request_id,
            "asking_from": asking.source,
            "body": len(environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))),
        }
        start_response("200 OK", [("Content-Type", "application/json")])
        return [json.dumps(seen).encode()]

    def observe(self, path: str, status: str, _seconds: float) -> None:
        self.observed.append((path, status))


@pytest.fixture
def inside() -> Inside:
    return Inside()


@pytest.fixture
def http(inside: Inside) -> Http:
    """A browser in front of the edge of an https issuer behind a proxy."""
    return Http(edge(inside), use_cookies=False)


def edge(inside: Inside, issuer: str = ISSUER) -> Application:
    return create_edge(inside, gate_of(issuer, [ip_network("10.0.0.0/8")]), healthy, inside.observe)


def healthy(_environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    start_response("200 OK", [])
    return [b"healthy"]


def get(http: Http, path: str = "/", **given: Any) -> TestResponse:
    return http.get(path, base_url=given.pop("base_url", ISSUER), **given)


def seen(answer: TestResponse) -> dict[str, Any]:
    said: dict[str, Any] = json.loads(answer.data)
    return said


def test_another_name_of_this_machine_leads_to_the_issuer(http: Http) -> None:
    """Nothing is ever built from the Host header; GET finds its way, query and all."""
    answer = get(http, "/oauth/authorize?a=%E4%B8%80", base_url="http://192.0.2.1:8000")

    assert 307 == answer.status_code
    assert f"{ISSUER}/oauth/authorize?a=%E4%B8%80" == answer.headers["Location"]


def test_nothing_is_posted_to_another_name(http: Http) -> None:
    """A redirect would carry a password along."""
    assert 421 == http.post("/oauth/token", base_url="http://evil.example").status_code


def test_health_answers_under_any_name(http: Http) -> None:
    """Load balancers ask by address."""
    assert b"healthy" == get(http, "/healthz", base_url="http://10.1.2.3:8000").data


@pytest.mark.parametrize("length", ["-1", "many"])
def test_a_length_that_is_none_is_refused(http: Http, length: str) -> None:
    """400 or 413, and nobody inside sees it."""
    answer = http.post("/", base_url=ISSUER, environ_overrides={"CONTENT_LENGTH": length})

    assert answer.status_code in (400, 413)


def test_bodies_are_bounded(http: Http) -> None:
    """64 kB and not a byte more."""
    statuses = [
        http.post("/", base_url=ISSUER, data=b"x" * size).status_code for size in (LARGEST, LARGEST + 1)
    ]

    assert [200, 413] == statuses


def test_chunked_bodies_are_bounded_too(inside: Inside) -> None:
    """Without a length the edge reads as far as it allows, and no further."""
    statuses = [chunked(edge(inside), size) for size in (LARGEST, LARGEST + 1)]

    assert ["200", "413"] == statuses


def chunked(application: Application, size: int) -> str:
    environ = EnvironBuilder(method="POST", base_url=ISSUER).get_environ()
    environ |= {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input": io.BytesIO(b"x" * size)}
    environ.pop("CONTENT_LENGTH", None)
    said: list[str] = []
    list(application(environ, lambda status, _headers, _exc=None: said.append(status[:3])))
    return said[0]


def test_every_answer_carries_the_security_headers(http: Http) -> None:
    """Those that hold for every content; pages add their policy."""
    headers = get(http).headers

    assert "nosniff" == headers["X-Content-Type-Options"]
    assert "DENY" == headers["X-Frame-Options"]
    assert "no-referrer" == headers["Referrer-Policy"]
    assert "max-age=31536000; includeSubDomains" == headers["Strict-Transport-Security"]


def test_plain_http_on_loopback_promises_no_tls(inside: Inside) -> None:
    """HSTS would lock other services of the machine out."""
    answer = get(Http(edge(inside, "http://127.0.0.1:8000")), base_url="http://127.0.0.1:8000")

    assert "Strict-Transport-Security" not in answer.headers


def test_every_request_has_an_id_of_its_own(http: Http) -> None:
    """In the header, for the person; in the scope, for the trail."""
    first, second = get(http), get(http)

    assert first.headers["X-Request-Id"] == seen(first)["request_id"]
    assert first.headers["X-Request-Id"] != second.headers["X-Request-Id"]


@pytest.mark.parametrize(
    ("source", "given", "believed"),
    [
        (PROXY, "from-the-proxy-1", True),
        (BROWSER, "from-a-browser-1", False),
        (PROXY, "two words", False),
        (PROXY, "short", False),
    ],
)
def test_a_request_id_is_believed_from_proxies_only(
    http: Http, source: str, given: str, believed: bool
) -> None:
    """And only where it looks like one."""
    answer = get(http, headers={"X-Request-Id": given}, environ_overrides={"REMOTE_ADDR": source})

    assert believed == (given == answer.headers["X-Request-Id"])


@pytest.mark.parametrize(
    ("source", "forwarded", "expected"),
    [
        (BROWSER, None, BROWSER),
        (BROWSER, "198.51.100.1", BROWSER),
        (PROXY, BROWSER, BROWSER),
        (PROXY, f"198.51.100.1, {BROWSER}", BROWSER),
        (PROXY, f"{BROWSER}, 10.0.0.9", BROWSER),
        (PROXY, "<script>", PROXY),
        (PROXY, "10.0.0.8, 10.0.0.9", PROXY),
        (PROXY, "2001:db8::9", "2001:db8::9"),
    ],
)
def test_the_address_is_the_last_one_that_is_no_proxy_of_ours(
    http: Http, source: str, forwarded: str | None, expected: str
) -> None:
    """What the browser wrote itself, further left, is nobody's address."""
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    said = seen(get(http, headers=headers, environ_overrides={"REMOTE_ADDR": source}))

    assert [expected, expected] == [said["source"], said["asking_from"]]


def test_the_scheme_is_the_issuers(http: Http) -> None:
    """Whatever a header claims; cookies depend on it."""
    said = seen(get(http, base_url=ISSUER.replace("https", "http"), headers={"X-Forwarded-Proto": "ftp"}))

    assert "https" == said["scheme"]


def test_requests_are_observed_with_their_status(http: Http, inside: Inside) -> None:
    """What metrics are made of."""
    get(http, "/oauth/jwks")

    assert [("/oauth/jwks", "200")] == inside.observed


def test_a_defect_is_an_answer_and_not_a_dropped_connection(http: Http, inside: Inside) -> None:
    """Nothing of the defect is told; the id finds it in the log."""
    answer = get(http, "/crash")

    assert (500, b'{"error": "server_error"}') == (answer.status_code, answer.data)
    assert answer.headers["X-Request-Id"]
    assert [("/crash", "500")] == inside.observed


def test_an_outage_nobody_answered_for_is_one(http: Http) -> None:
    """503 and when to come again."""
    answer = get(http, "/away")

    assert (503, "5") == (answer.status_code, answer.headers["Retry-After"])
    assert b'{"error": "temporarily_unavailable"}' == answer.data


def test_static_files_are_served_compressed_and_for_ever(http: Http) -> None:
    """Their names hold a digest of their content."""
    answer = get(http, assets.address("yitong.css"), headers={"Accept-Encoding": "gzip"})

    assert 200 == answer.status_code
    assert "gzip" == answer.headers["Content-Encoding"]
    assert "immutable" in answer.headers["Cache-Control"]


def test_no_other_file_is_served(http: Http) -> None:
    """There is no folder to climb out of."""
    statuses = {get(http, f"{assets.PREFIX}{name}").status_code for name in ("../settings.py", "none.css")}

    assert {404} == statuses


def test_a_proxys_request_id_is_believed_whoever_it_speaks_for(http: Http) -> None:
    """The address is the browser's, the id the proxy's."""
    headers = {"X-Request-Id": "from-the-proxy-1", "X-Forwarded-For": BROWSER}
    answer = get(http, headers=headers, environ_overrides={"REMOTE_ADDR": PROXY})

    assert "from-the-proxy-1" == answer.headers["X-Request-Id"]
    assert BROWSER == seen(answer)["source"]


def test_a_refused_body_is_counted(http: Http, inside: Inside) -> None:
    """Whoever operates it sees that bodies are turned away."""
    http.post("/oauth/token", base_url=ISSUER, data=b"x" * (LARGEST + 1))

    assert [("/oauth/token", "413")] == inside.observed


def test_only_our_proxies_say_who_has_shown_a_certificate(inside: Inside) -> None:
    """Anybody can send a header; what is not a proxy's own word is gone before anybody looks."""
    gate = gate_of(ISSUER, [ip_network("10.0.0.0/8")], proxies_say=("ClientCert",))
    http = Http(create_edge(inside, gate, healthy, inside.observe), use_cookies=False)
    said = [
        seen(get(http, headers={"ClientCert": "MII"}, environ_overrides={"REMOTE_ADDR": address}))
        for address in (PROXY, BROWSER)
    ]

    assert ["MII", None] == [one["certificate"] for one in said]


@pytest.mark.parametrize("name", ["Client-Cert", "X_Client_Cert", "Client Cert", "", "C" * 41])
def test_the_header_of_a_certificate_has_no_second_spelling(name: str, tmp_path: Path) -> None:
    """WSGI folds dashes and underscores into one: a name with neither cannot be imitated behind a proxy."""
    authorities.found(tmp_path)
    with pytest.raises(ValidationError) if name else nullcontext():
        Certificates(trusted=tmp_path / "trusted.pem", ocsp_url="http://ca.example/ocsp", header=name)


@pytest.mark.parametrize("content", [None, b"", b"not a certificate", b"issuing"])
def test_an_authority_without_a_root_is_a_fault_of_the_settings(
    tmp_path: Path, content: bytes | None
) -> None:
    """Said when the settings are read, with all other faults."""
    authority, path = authorities.found(), tmp_path / "ca.pem"
    if content is not None:
        path.write_bytes(authority.issuing.certificate_pem.encode() if content == b"issuing" else content)
    with pytest.raises(ValidationError, match="root certificate|cannot be read"):
        Certificates(trusted=path, ocsp_url="http://ca.example/ocsp")


@pytest.mark.parametrize(
    ("issuer", "host", "expected"),
    [
        ("http://localhost:8000", "127.0.0.1:8000", True),
        ("http://127.0.0.1:8000", "localhost:8000", True),
        ("http://127.0.0.1:8000", "[::1]:8000", True),
        ("http://localhost:8000", "127.0.0.1:8001", False),
        ("http://localhost:8000", "localhost.evil.example:8000", False),
        ("https://id.example.gov.cn", "127.0.0.1", False),
    ],
)
def test_on_loopback_every_name_of_the_machine_is_meant(issuer: str, host: str, expected: bool) -> None:
    """Passkeys need localhost and tools ask 127.0.0.1; an instance with a name of its own has that one."""
    assert expected == (host in gate_of(issuer, []).hosts)
