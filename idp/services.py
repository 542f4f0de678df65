"""The collaborators of a request, chosen once in `wsgi.py`; `current()` gives them to views.

Rules never see this: a view takes what a rule needs out of it and passes that on.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import Any, Protocol, cast

from flask import current_app

from idp.authenticators.throttle import Limits
from idp.clients.directory import Clients
from idp.interaction.record import Facts, Interaction
from idp.keys.custody import Custody
from idp.keys.keyring import Keyring
from idp.keys.vault import Vault
from idp.notices.sms import SmsGateway
from idp.persons.registry import PersonRegistry
from idp.settings import Settings
from idp.storage.database import Database
from idp.storage.prepared import Prepared
from idp.storage.state import Collection, StateStore
from idp.web.session_cookie import Cookies
from idp.zones import Zone, Zones


@dataclass(frozen=True)
class Goto:
    """An answer to a browser: go there."""

    url: str


@dataclass(frozen=True)
class PostTo:
    """An answer to a browser: post these fields there (OAuth form_post, SAML POST)."""

    action: str
    fields: Mapping[str, str]


class RelyingProtocol(Protocol):
    """What the interaction asks of the protocol that began it."""

    def finish(self, interaction: Interaction, facts: Facts) -> Goto | PostTo:
        """Answer the application: its demand is met."""
        ...

    def decline(self, interaction: Interaction, reason: str) -> Goto | PostTo:
        """
        Answer the application that the person said no (`access_denied`), has not reached the level
        (`unmet_level`), or has shown one way alone (`no_second_way`).
        """
        ...

    def restart(self, interaction: Interaction) -> str:
        """Where the same request begins again after its interaction expired or was used."""
        ...


@dataclass(frozen=True)
class Services:
    """Everything a request may use."""

    settings: Settings
    custody: Custody
    database: Database
    prepared: Prepared
    state: StateStore
    vault: Vault
    keyring: Keyring
    clients: Clients
    cookies: Cookies
    interactions: Collection[Interaction]
    registry: PersonRegistry
    sms: SmsGateway
    limits: Limits
    protocols: Mapping[str, RelyingProtocol]
    extras: Mapping[str, Any]

    @cached_property
    def zones(self) -> Zones:
        """The networks in which this provider is reached."""
        named = self.settings.zones.items()
        others = (Zone(name, zone.base, frozenset(zone.hosts)) for name, zone in named)
        return Zones(self.settings.issuer, tuple(others))

    @property
    def idle(self) -> timedelta:
        """How long an unused session lives."""
        return timedelta(seconds=self.settings.session_idle)

    @property
    def csrf_key(self) -> bytes:
        """The key of form tokens."""
        return self.vault.service_key("csrf")


def current() -> Services:
    """The services of the application that answers this request."""
    return cast(Services, current_app.extensions["yitong"])
