"""The whole product at an address of its own, for peers that are programs: web servers and libraries."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from werkzeug.serving import WSGIRequestHandler, make_server

import wsgi
from connectors.callbacks import RegisteredCallbacks
from idp import clock
from idp.account import telling_clients
from idp.clients import onboarding
from idp.clients.models import ClientClass
from idp.outbox import worker
from tests.idp.account.stage import Stage, staged
from tests.idp.oauth.world import Registered, SignedIn, World
from tests.servers import free_port


class Quiet(WSGIRequestHandler):
    """Says nothing of its requests."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Nothing."""


@dataclass
class Served:
    """A provider that peers reach over HTTP, and the world inside it."""

    url: str
    stage: Stage
    world: World
    certificate: Path | None = None

    def register(self, **metadata: Any) -> Registered:
        """A department's client of any protocol."""
        details = {"client_name": "部门系统", "scope": "openid profile", **metadata}
        with self.world.oauth.database.writing() as db:
            row, secret = onboarding.create(db, details, ClientClass.GOVERNMENT, clock.now())
        services = self.stage.services
        found = services.clients.find(row.id)
        assert found is not None
        return Registered(found, secret)

    def browser(self, *entered: Registered) -> tuple[requests.Session, SignedIn]:
        """Somebody signed in, in a browser, who knows these systems already."""
        signed_in = self.world.sign_in()
        for one in entered:
            self.world.agree(signed_in, one, "openid profile")
        browser = self.stranger()
        browser.cookies.set(self.stage.services.cookies.session_name, signed_in.handle, domain="127.0.0.1")
        return browser, signed_in

    def stranger(self) -> requests.Session:
        """A browser that has never been here."""
        browser = requests.Session()
        browser.trust_env = False
        browser.verify = str(self.certificate) if self.certificate else True
        return browser

    def deliver(self) -> None:
        """What the worker does with messages that a session is over."""
        services = self.stage.services
        topics = telling_clients.topics(services, RegisteredCallbacks(private=True))
        while worker.work(services.database, topics):
            pass


@contextmanager
def serving(home: Path, certificate: Path | None = None, **settings: Any) -> Iterator[Served]:
    """A provider on a free port of the loopback; with a certificate, over TLS."""
    port = free_port()
    url = f"{'https' if certificate else 'http'}://127.0.0.1:{port}"
    with staged(home, issuer=url, **settings) as stage:
        app = wsgi.create_app(stage.services.settings)
        with listening(app, port, certificate):
            yield Served(url, stage, World(stage.services.extras["oauth"]), certificate)


def certificate(folder: Path) -> Path:
    """One for the loopback that vouches for itself, with its key, in a file."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "certificate.pem"
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(made.public_bytes(Encoding.PEM) + secret)
    return path


@contextmanager
def listening(app: Any, port: int = 0, certificate: Path | None = None) -> Iterator[str]:
    """Any WSGI application on the loopback; gives its address."""
    tls = (str(certificate), str(certificate)) if certificate else None
    server = make_server("127.0.0.1", port, app, threaded=True, request_handler=Quiet, ssl_context=tls)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()
