"""The collaborators of every OAuth endpoint, chosen once in `wsgi.py`."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property

from idp.clients.directory import Clients
from idp.clients.proven import Proven
from idp.interaction.arrival import Door
from idp.interaction.facts import IDLE
from idp.interaction.record import Facts, Interaction
from idp.keys.keyring import Keyring
from idp.keys.vault import Vault
from idp.matters.catalogue import Catalogue
from idp.oauth.counters import Counters
from idp.oauth.events import TokenEvent
from idp.oauth.reads import Read
from idp.oauth.records import AuthorizationCode
from idp.oauth.subjects import OrganisationSubjects
from idp.oauth.verified import Verified
from idp.storage.database import Database
from idp.storage.prepared import Prepared
from idp.storage.state import Collection, StateStore
from idp.zones import Zone, Zones


@dataclass(frozen=True)
class Lifetimes:
    """How long what we give out is good for."""

    access: timedelta = timedelta(seconds=300)
    acting: timedelta = timedelta(seconds=60)
    """Access tokens under a mandate, so that portals that verify them alone hear of its end in time."""
    id_token: timedelta = timedelta(seconds=300)
    refresh: timedelta = timedelta(days=30)
    """A refresh family, however often it is used; without `offline_access` it ends with the session."""
    grace: timedelta = timedelta(seconds=10)
    """How long the predecessor of a refresh token is answered with its successor again."""
    jwks: timedelta = timedelta(seconds=300)
    """How long others may keep our keys."""


@dataclass(frozen=True)
class OAuth:
    """What the endpoints work with."""

    issuer: str
    database: Database
    prepared: Prepared
    state: StateStore
    vault: Vault
    keyring: Keyring
    clients: Clients
    matters: Catalogue
    interactions: Collection[Interaction]
    codes: Collection[AuthorizationCode]
    record: Callable[[TokenEvent], None]
    """Takes routine token events to the audit spool; must be cheap and never fail."""
    read: Read
    """Told that an application read a person's data, for the person to see."""
    seen: Callable[[Facts], None]
    """Told that a session was used without a page, so that it does not idle out."""
    count: Callable[[str, str], None] = field(default_factory=Counters)
    verified: Verified = field(default_factory=Verified)
    proven: Proven = field(default_factory=Proven)
    lifetimes: Lifetimes = field(default_factory=Lifetimes)
    cert_key: Callable[[str, str], str] | None = None
    """The national hash of name and number (`idp.persons.cert_keys`); None where nobody gave us that."""
    idle: timedelta = IDLE
    """How long an unused session lives."""
    others: tuple[Zone, ...] = ()
    """The network zones besides the issuer's own."""

    @cached_property
    def door(self) -> Door:
        """How a request looks at the browser it came from."""
        return Door(self.database, self.prepared, self.matters, self.idle, self.seen)

    @cached_property
    def organisations(self) -> OrganisationSubjects:
        """By what subjects sectors know organisations."""
        return OrganisationSubjects(self.prepared)

    @property
    def endpoints(self) -> str:
        """The URL all endpoint paths are appended to in the issuer's own network zone."""
        return self.issuer

    @cached_property
    def zones(self) -> Zones:
        """Where endpoints are reached, by the host somebody came by."""
        return Zones(self.issuer, self.others)

    @cached_property
    def audiences(self) -> tuple[str, ...]:
        """What a client assertion may be made for: the issuer, or where it is sent (RFC 7523 §3)."""
        return (self.issuer, *(f"{base}/oauth/token" for base in self.zones.bases))
