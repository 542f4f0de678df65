"""What the tests of SAML need of the provider: systems registered, browsers asking, answers read."""

import itertools
from base64 import b64decode
from dataclasses import dataclass, field
from typing import Any

import lxml.html
from cryptography import x509
from werkzeug.test import TestResponse

from idp import clock
from idp.clients import onboarding
from idp.clients.models import ClientClass
from idp.saml import documents, signatures
from idp.saml.collaborators import Saml
from idp.saml.documents import SAML, Element
from idp.services import Services
from tests.idp.oauth.world import Registered, SignedIn, World
from tests.idp.saml.party import System

STATUS = "urn:oasis:names:tc:SAML:2.0:status:"
AC = "urn:oasis:names:tc:SAML:2.0:ac:classes:"
SCOPE = "openid profile phone address identity_document"
_HOSTS = itertools.count(1)


@dataclass(frozen=True)
class Told:
    """An answer on its way to a system, verified by our published certificates."""

    action: str
    relay_state: str | None
    text: str = field(repr=False)
    root: Element = field(repr=False)

    @property
    def statuses(self) -> list[str]:
        """Status codes, the outermost first, without their prefix."""
        return [one.get("Value").removeprefix(STATUS) for one in self.root.iter("{*}StatusCode")]

    def one(self, name: str) -> Element:
        """The only element of that name."""
        (found,) = self.root.iter(f"{{{SAML}}}{name}")
        return found

    @property
    def name_id(self) -> str:
        return str(self.one("NameID").text)

    @property
    def index(self) -> str:
        return str(self.one("AuthnStatement").get("SessionIndex"))

    @property
    def context(self) -> str:
        return str(self.one("AuthnContextClassRef").text)

    @property
    def attributes(self) -> dict[str, list[str]]:
        return {
            one.get("Name"): [value.text or "" for value in one]
            for one in self.root.iter(f"{{{SAML}}}Attribute")
        }


@dataclass
class Hall:
    """A provider and whoever comes."""

    world: World
    services: Services

    @property
    def saml(self) -> Saml:
        found = self.services.extras["saml"]
        assert isinstance(found, Saml)
        return found

    @property
    def certificates(self) -> list[x509.Certificate]:
        return [x509.load_der_x509_certificate(one) for one in self.world.oauth.keyring.certificates()]

    def system(self, changes: dict[str, Any] | None = None, **metadata: Any) -> tuple[System, Registered]:
        """A system nobody has seen before, registered."""
        made = System(host=f"https://s{next(_HOSTS)}.example.gov.cn")
        return made, self.register(made, changes, **metadata)

    def register(self, made: System, changes: dict[str, Any] | None = None, **metadata: Any) -> Registered:
        """Register a system."""
        section = made.registration(**(changes or {}))
        kind = metadata.pop("kind", ClientClass.GOVERNMENT)
        details = {"client_name": "住房公积金", "scope": SCOPE, "protocol": "saml", "saml": section}
        details |= metadata
        with self.world.oauth.database.writing() as db:
            row, secret = onboarding.create(db, details, kind, clock.now())
        found = self.world.oauth.clients.find(row.id)
        assert found is not None
        return Registered(found, secret)

    def get(self, path: str, signed_in: SignedIn | None = None) -> TestResponse:
        headers = {"Cookie": f"{self.world.cookie}={signed_in.handle}"} if signed_in else {}
        return self.world.http.get(path, headers=headers)

    def ask(self, query: str, signed_in: SignedIn | None = None) -> TestResponse:
        """A request by redirect."""
        return self.get(f"/saml/sso?{query}", signed_in)

    def told(self, response: TestResponse) -> Told:
        """The answer a page carries, its signature verified."""
        assert 200 == response.status_code, response.text
        (form,) = [one for one in lxml.html.fromstring(response.text).forms if "SAMLResponse" in one.fields]
        text = b64decode(form.fields["SAMLResponse"]).decode()
        root = signatures.verify(documents.parse(text.encode()), self.certificates)
        return Told(form.action, form.fields.get("RelayState"), text, root)
