"""TLS client certificates behind a real nginx: who may say that one was shown, and what browsers cannot."""

import http.client
import http.cookiejar
import os
import shutil
import ssl
import subprocess
import threading
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest
from werkzeug.serving import WSGIRequestHandler, make_server

import wsgi
from connectors.simulator import authority as authorities
from connectors.simulator.authority import Authority, Pair
from idp.cli.sandbox import cards, people
from tests.idp.sign_in.cards import HEADER, TOKEN, Town, built
from tests.servers import free_port

CONFIGURATION = """
{user}
daemon off;
pid {folder}/pid;
error_log {folder}/error.log;
events {{}}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{port} ssl;
    ssl_certificate {folder}/server.pem;
    ssl_certificate_key {folder}/server.pem;
    ssl_verify_client optional_no_ca;
    location / {{
      proxy_set_header {header} $ssl_client_escaped_cert;
      proxy_set_header X-Forwarded-For $remote_addr;
      proxy_set_header Host $http_host;
      proxy_pass http://127.0.0.1:{behind};
    }}
  }}
}}
"""


class Quiet(WSGIRequestHandler):
    """Says nothing of its requests."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Nothing."""


@dataclass(frozen=True)
class Front:
    """A provider behind nginx."""

    url: str
    behind: int
    authority: Authority
    folder: Path
    bearer: dict[str, str]

    def visitor(self, pair_pem: str = "", **headers: str) -> "Visitor":
        """A browser, perhaps with a certificate and with headers of its own."""
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        if pair_pem:
            path = self.folder / f"{abs(hash(pair_pem))}.pem"
            path.write_text(pair_pem)
            context.load_cert_chain(path)
        opener = urllib.request.build_opener(
            urllib.request.HTTPSHandler(context=context),
            urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()),
        )
        opener.addheaders = list(headers.items())
        return Visitor(self, opener)


@dataclass
class Visitor:
    """Follows links and posts forms."""

    front: Front
    opener: urllib.request.OpenerDirector
    address: str = ""
    text: str = field(default="", repr=False)

    def open(self, url: str, posted: dict[str, str] | None = None) -> "Visitor":
        data = urlencode(posted).encode() if posted is not None else None
        with self.opener.open(url, data, timeout=60) as answer:
            self.address, self.text = answer.url, answer.read().decode()
        return self

    def at_certificate(self) -> "Visitor":
        self.open(f"{self.front.url}/sign-in")
        return self.open(self.address.replace("/sign-in", "/certificate"))

    def press(self) -> "Visitor":
        found = TOKEN.search(self.text)
        assert found is not None
        return self.open(self.address, {"by": "tls", "csrf_token": found.group(1)})


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    """nginx, the provider behind it, and somebody whose certificate was added."""
    nginx = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    assert nginx is not None, "install nginx-light"
    folder, port = tmp_path_factory.mktemp("nginx"), free_port()
    url = f"https://127.0.0.1:{port}"
    settings = {"issuer": url, "trusted_proxies": ["127.0.0.1/32"]}
    with built(tmp_path_factory.mktemp("home"), provider=settings) as town:
        bearer = cards.settle(town.stage.services, people.settle(town.stage.services, {}), {})["renamed"]
        app = wsgi.create_app(town.stage.services.settings)
        server = make_server("0.0.0.0", 0, app, threaded=True, request_handler=Quiet)  # noqa: S104 - a test's
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        with served(nginx, folder, port, server.server_port, town):
            yield Front(url, server.server_port, town.authority, folder, bearer)
        server.shutdown()
        thread.join()


class served:  # noqa: N801 - reads as a function
    """nginx, as long as the block lasts."""

    def __init__(self, nginx: str, folder: Path, port: int, behind: int, town: Town) -> None:
        own = town.authority.issue("server", "server")
        (folder / "server.pem").write_text(own.certificate_pem + own.key_pem)
        user = "user root;" if os.geteuid() == 0 else ""
        text = CONFIGURATION.format(user=user, folder=folder, port=port, behind=behind, header=HEADER)
        (folder / "nginx.conf").write_text(text)
        self._command, self._port = [nginx, "-c", str(folder / "nginx.conf"), "-p", str(folder)], port

    def __enter__(self) -> None:
        self._process = subprocess.Popen(self._command, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 90
        while time.monotonic() < deadline:
            probe = http.client.HTTPConnection("127.0.0.1", self._port, timeout=1)
            try:
                return probe.connect()
            except OSError:
                assert self._process.poll() is None, "nginx ended"
            finally:
                probe.close()
        raise AssertionError("nginx does not listen")

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(90)


def bundle(pair: Pair) -> str:
    return pair.certificate_pem + pair.key_pem


def test_a_certificate_shown_in_tls_signs_in(front: Front) -> None:
    """nginx has seen the key being used; the person presses a button."""
    visitor = front.visitor(front.bearer["certificate_pem"] + front.bearer["private_key_pem"])
    visitor.at_certificate()
    offered = "示范省数字证书认证中心" in visitor.text

    assert (True, f"{front.url}/account") == (offered, visitor.press().address)


@pytest.mark.parametrize("name", ["ClientCert", "CLIENTCERT", "Client-Cert", "Client_Cert", "clientcert"])
def test_a_browser_cannot_say_it_itself(front: Front, name: str) -> None:
    """The proxy sets its own word, also when there is nothing to say."""
    certificate = quote(front.bearer["certificate_pem"])
    visitor = front.visitor(**{name: certificate}).at_certificate()

    assert "certificate-tls" not in visitor.text
    assert visitor.press().address.endswith("/certificate")


def test_nor_beside_a_certificate_of_ones_own(front: Front) -> None:
    """The certificate nginx saw wins over the one a header names."""
    mallory = front.authority.issue("马洛里", "nobody")
    claimed = quote(front.bearer["certificate_pem"])
    visitor = front.visitor(bundle(mallory), ClientCert=claimed).at_certificate()

    assert "还没有添加到账号" in visitor.press().text


def test_one_of_an_unknown_authority_gets_a_sentence(front: Front) -> None:
    """nginx lets it through unjudged; the path is judged here."""
    stranger = authorities.found().issue("王悦然", "210000199303300000")

    assert "不是本省认可" in front.visitor(bundle(stranger)).at_certificate().press().text


def test_who_comes_past_the_proxy_is_not_believed(front: Front) -> None:
    """The header counts from trusted addresses alone; the page is the same as without it."""
    line = http.client.HTTPConnection("127.0.0.1", front.behind, timeout=10, source_address=("127.0.0.2", 0))
    host = front.url.removeprefix("https://")
    jar: dict[str, str] = {}
    path, text = "/sign-in", ""
    for _ in range(4):
        cookies = "; ".join(f"{name}={value}" for name, value in jar.items())
        claimed = quote(front.bearer["certificate_pem"])
        line.request("GET", path, headers={"Host": host, "Cookie": cookies, HEADER: claimed})
        answer = line.getresponse()
        text = answer.read().decode()
        for cookie in answer.headers.get_all("Set-Cookie") or []:
            name, value = cookie.split(";")[0].split("=", 1)
            jar[name] = value
        path = answer.headers.get("Location", "").removeprefix(front.url) or path
        if path.endswith("/sign-in") and path != "/sign-in":
            path = path.replace("/sign-in", "/certificate")
    line.close()

    assert 'id="to-sign"' in text
    assert "certificate-tls" not in text
