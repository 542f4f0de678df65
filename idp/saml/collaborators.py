"""What the SAML endpoints work with; the rules of who may be told what are those of OAuth."""

from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from urllib.parse import urlsplit
from uuid import UUID

from idp.oauth.collaborators import OAuth
from idp.saml.signatures import Signer
from idp.storage.state import Collection


@dataclass(frozen=True)
class Posted:
    """A message that came by POST from another site, kept until the browser asks by GET with its cookies."""

    message: str
    relay_state: str | None


@dataclass(frozen=True)
class Leaving:
    """A system that a browser was sent to, to say that somebody has signed out."""

    client_id: str
    session_id: UUID
    sub: str = field(repr=False)


@dataclass(frozen=True)
class Lifetimes:
    """How long what we give out is good for."""

    assertion: timedelta = timedelta(minutes=3)
    skew: timedelta = timedelta(seconds=60)
    """How far clocks may differ."""
    request: timedelta = timedelta(hours=1)
    """How old a request may be: people leave pages open."""
    logout: timedelta = timedelta(minutes=5)


@dataclass(frozen=True)
class Saml:
    """The collaborators of every SAML endpoint."""

    oauth: OAuth
    posted: Collection[Posted]
    leaving: Collection[Leaving]
    lifetimes: Lifetimes = field(default_factory=Lifetimes)
    _signers: dict[str, Signer] = field(default_factory=dict, repr=False)

    @cached_property
    def entity_id(self) -> str:
        """Our name, which is also where our metadata is."""
        return f"{self.oauth.issuer}/saml/metadata"

    @cached_property
    def sso(self) -> str:
        """Where requests are sent."""
        return f"{self.oauth.issuer}/saml/sso"

    @cached_property
    def slo(self) -> str:
        """Where requests to sign out are sent by a browser."""
        return f"{self.oauth.issuer}/saml/slo"

    @cached_property
    def soap(self) -> str:
        """The same without a browser."""
        return f"{self.oauth.issuer}/saml/soap"

    def is_here(self, destination: str, endpoint: str) -> bool:
        """Whether a message was meant for this endpoint, in whichever network zone."""
        path = urlsplit(endpoint).path
        return any(destination == f"{base}{path}" for base in self.oauth.zones.bases)

    @property
    def signer(self) -> Signer:
        """Our key that signs now, with what every signature carries prepared once."""
        key, certificate = self.oauth.keyring.certified()
        if key.kid not in self._signers:
            self._signers[key.kid] = Signer(key, certificate)
        return self._signers[key.kid]
