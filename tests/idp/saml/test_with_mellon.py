"""mod_auth_mellon under a real Apache: a department's old system, entered and left as its people do."""

import http.client
import os
import shutil
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Thread

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from werkzeug.serving import WSGIRequestHandler, make_server

import wsgi
from idp import clock
from idp.authenticators import password
from idp.clients import onboarding
from idp.crypto import passwords
from idp.outbox import worker
from idp.saml import registration
from idp.services import Services
from idp.sessions import lifecycle, logout
from idp.sessions.logout import Answer
from idp.sessions.models import SignInSession
from idp.settings import Settings
from tests import instances
from tests.agent import Agent, Page, browsing
from tests.idp.oauth.world import Registered, World
from tests.idp.saml.hall import Hall
from tests.idp.saml.party import System, party
from tests.servers import free_port

PASSWORD = "three quiet herons"
MODULES = "/usr/lib/apache2/modules"
CONFIGURATION = """
ServerRoot "{folder}"
{user}
LoadModule mpm_event_module {modules}/mod_mpm_event.so
LoadModule authn_core_module {modules}/mod_authn_core.so
LoadModule authz_core_module {modules}/mod_authz_core.so
LoadModule authz_user_module {modules}/mod_authz_user.so
LoadModule headers_module {modules}/mod_headers.so
LoadModule auth_mellon_module {modules}/mod_auth_mellon.so
Listen 127.0.0.1:{port}
ServerName http://127.0.0.1:{port}
UseCanonicalName On
PidFile {folder}/pid
ErrorLog {folder}/error.log
DocumentRoot {folder}/pages
MellonLockFile {folder}/lock
<Location />
  MellonEnable info
  MellonEndpointPath /mellon
  MellonSPentityId {url}/mellon/metadata
  MellonSPPrivateKeyFile {folder}/key.pem
  MellonSPCertFile {folder}/cert.pem
  MellonIdPMetadataFile {folder}/idp.xml
  MellonSignatureMethod rsa-sha256
  MellonSecureCookie Off
</Location>
<Location /secret>
  AuthType Mellon
  MellonEnable auth
  Require valid-user
  Header set X-Name "%{{MELLON_name}}e"
  Header set X-Level "%{{MELLON_acr}}e"
  Header set X-Subject "%{{MELLON_NAME_ID}}e"
</Location>
"""


LEADS_ON = "1; url=/signed-out/next"


class Quiet(WSGIRequestHandler):
    """Says nothing of its requests."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Nothing."""


@dataclass(frozen=True)
class Street:
    """A provider and an Apache, each on a port of its own."""

    world: World
    services: Services
    registered: Registered
    issuer: str
    apache: str

    def enter(self, agent: Agent) -> Page:
        """From the system's protected page through the one sign-in back to it."""
        page = agent.open(f"{self.apache}/secret/index.html")
        page = agent.send(page, "sign-in", login="herons", password=PASSWORD)
        if page.has("consent"):
            page = agent.send(page, "consent", press="decision=accept")
        return agent.send(page, form_to(page, self.apache))

    def leave(self, agent: Agent) -> Page:
        """Enter, and sign out at the provider."""
        self.enter(agent)
        return agent.send(agent.open(f"{self.issuer}/sign-out"), "sign-out", press="decision=leave")

    def sessions(self) -> list[SignInSession]:
        with self.services.database.reading() as db:
            return db.query(SignInSession).order_by(SignInSession.started_at).all()

    def work(self) -> None:
        """What the worker does."""
        while worker.work(self.services.database, wsgi.topics(self.services)):
            pass


def form_to(page: Page, origin: str) -> str:
    """The form that carries an answer there."""
    (found,) = [name for name, form in page.forms.items() if str(form.get("action")).startswith(origin)]
    return found


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Street]:
    """Both configure themselves by the other's metadata, and somebody has a password."""
    home = tmp_path_factory.mktemp("home")
    issuer, apache = (f"http://127.0.0.1:{free_port()}" for _ in range(2))
    settings = Settings.model_validate({"home": home, "issuer": issuer, "allow_private_callbacks": True})
    instances.settle(settings)
    services = wsgi.compose(settings)
    world = World(services.extras["oauth"])
    with serving(wsgi.create_app(settings), issuer), serving_apache(apache, issuer):
        section = registration.section(fetched(f"{apache}/mellon/metadata"))
        registered = Hall(world, services).register(System(apache), section, scope="profile")
        person_id = world.person(login_name="herons")
        with services.database.writing() as db:
            password.set_hash(db, person_id, passwords.hash_password(PASSWORD), "registration", clock.now())
        yield Street(world, services, registered, issuer, apache)
    services.prepared.close()
    services.state.close()
    services.database.dispose()


@contextmanager
def serving(app: object, url: str) -> Iterator[None]:
    """The provider, as long as the block lasts."""
    port = int(url.rpartition(":")[2])
    server = make_server("127.0.0.1", port, app, threaded=True, request_handler=Quiet)  # type: ignore[arg-type]
    thread = Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield
    server.shutdown()
    thread.join()


@contextmanager
def serving_apache(url: str, issuer: str) -> Iterator[None]:
    """Apache, as long as the block lasts; as root it serves as somebody else, who must read its folder."""
    program = shutil.which("apache2", path=f"{os.environ['PATH']}:/usr/sbin")
    assert program is not None, "install apache2 and libapache2-mod-auth-mellon"
    folder = Path(tempfile.mkdtemp(prefix="yitong-apache-"))
    folder.chmod(0o755)
    (folder / "pages" / "secret").mkdir(parents=True)
    (folder / "pages" / "secret" / "index.html").write_text("inside")
    (folder / "key.pem").write_bytes(party("mellon").private_pem)
    (folder / "cert.pem").write_bytes(party("mellon").certificate.public_bytes(Encoding.PEM))
    (folder / "idp.xml").write_bytes(fetched(f"{issuer}/saml/metadata"))
    user = "User www-data\nGroup www-data" if os.geteuid() == 0 else ""
    port = int(url.rpartition(":")[2])
    text = CONFIGURATION.format(folder=folder, user=user, modules=MODULES, port=port, url=url)
    (folder / "apache.conf").write_text(text)
    command = [program, "-f", str(folder / "apache.conf"), "-D", "FOREGROUND"]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    listens(process, port)
    yield
    process.terminate()
    process.wait(90)
    shutil.rmtree(folder)


def listens(process: "subprocess.Popen[bytes]", port: int) -> None:
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        probe = http.client.HTTPConnection("127.0.0.1", port, timeout=1)
        try:
            return probe.connect()
        except OSError:
            assert process.poll() is None, "Apache ended"
        finally:
            probe.close()
    raise AssertionError("Apache does not listen")


def fetched(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=60) as answer:
        body: bytes = answer.read()
        return body


def test_somebody_enters_by_the_one_sign_in(street: Street) -> None:
    """Mellon verifies the answer by lasso and hands name, level and subject to the pages behind it."""
    with browsing(street.issuer, street.apache) as agent:
        page = street.enter(agent)

    assert ("inside", "王小明") == (page.text, page.headers["x-name"])
    assert "ial3.aal1" == page.headers["x-level"] and page.headers["x-subject"].startswith("_")


def test_the_system_signs_out_everywhere(street: Street) -> None:
    """Its own sign-out ends the session here, and it understands the answer."""
    with browsing(street.issuer, street.apache) as agent:
        street.enter(agent)

        page = agent.open(f"{street.apache}/mellon/logout?ReturnTo={street.apache}/out")

        assert f"{street.apache}/out" == page.url
        assert street.sessions()[-1].ended_at is not None
        assert agent.open(f"{street.apache}/secret/index.html").has("sign-in")


def test_the_system_hears_of_a_sign_out_elsewhere(street: Street) -> None:
    """By SOAP, with a signature that lasso accepts; the person is out there too, and who heard is known."""
    with browsing(street.issuer, street.apache) as agent:
        street.enter(agent)
        session = street.sessions()[-1]
        with street.services.database.writing() as db:
            lifecycle.end(db, [db.get_one(SignInSession, session.id)], "signed_out", clock.now())

        street.work()

        with street.services.database.reading() as db:
            (told,) = logout.progress(db, session.id, lambda client_id: True)
        assert (street.registered.id, Answer.ANSWERED) == (told.client_id, told.answer)
        assert agent.open(f"{street.apache}/secret/index.html").has("sign-in")


def test_a_system_without_soap_is_told_by_the_browser(street: Street) -> None:
    """It registered a redirect alone: the page after signing out leads there and back (§4.4.3.2)."""
    with street.services.database.writing() as db:
        row = onboarding.find(db, street.registered.id)
        section = dict(row.details["saml"])
        kept = [one for one in section["single_logout_services"] if one["binding"] != "soap"]
        changed = row.details | {"saml": section | {"single_logout_services": kept}}
        onboarding.change(db, row.id, changed, clock.now())
    for _ in range(30):  # a provider knows within a second what was registered
        with browsing(street.issuer, street.apache) as somebody:
            if street.leave(somebody).headers["refresh"] == LEADS_ON:
                break
    with browsing(street.issuer, street.apache) as agent:
        shown = street.leave(agent)
        there_and_back = agent.open(f"{street.issuer}/signed-out/next")

        assert shown.headers["refresh"] == LEADS_ON and "已退出 0/1" in shown.words
        assert f"{street.issuer}/signed-out" == there_and_back.url
        assert "1 个服务都已退出。" in there_and_back.words
        assert agent.open(f"{street.apache}/secret/index.html").has("sign-in")
