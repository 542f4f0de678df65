"""What an OpenID provider publishes: its endpoints (Discovery 1.0 §4) and its keys, fetched now and then."""

import json
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from joserfc.jwk import Key

from federation.line import Fault, Line, NoAnswer
from idp.calling.wire import Answer, Deadline
from idp.crypto import jose
from idp.settings_upstreams import UpstreamTable
from idp.zones import LOOPBACK

FRESH = timedelta(minutes=10)
"""For how long what was fetched is not fetched again."""
AGAIN = timedelta(seconds=30)
"""How soon keys are fetched again for a token signed by an unknown one, or anybody could make us ask."""
MOST_KEYS = 20
DISCOVERY = "/.well-known/openid-configuration"


@dataclass(frozen=True)
class Published:
    """The endpoints of a provider."""

    authorization: str
    token: str
    jwks: str
    userinfo: str = ""
    end_session: str = ""
    names_itself: bool = False
    """Whether its answers carry `iss` (RFC 9207 §3)."""


@dataclass(frozen=True)
class KeySet:
    """A provider's public keys (`jose.KeySource`)."""

    keys: tuple[tuple[str | None, Key], ...]

    def verifying(self, kid: str | None, alg: str) -> Sequence[Key]:
        """Those of this name that can have made such a signature."""
        return [key for name, key in self.keys if kid in (None, name) and jose.suits(key, alg)]


class OpenIdProvider:
    """The published side of one provider; what is fresh is kept, and what is kept outlives an outage."""

    def __init__(self, table: UpstreamTable, line: Line) -> None:
        self._table = table
        self._line = line
        self._lock = threading.Lock()
        self._published: Published | None = _from_settings(table)
        self._is_given = self._published is not None
        self._published_at: datetime | None = None
        self._keys = KeySet(())
        self._keys_at: datetime | None = None

    @property
    def page(self) -> str:
        """Where a browser arrives, as far as that is known by now; asks nobody."""
        with self._lock:
            known = self._published
        return self._table.endpoints.get("authorization", "") or (known.authorization if known else "")

    def published(self, deadline: Deadline, now: datetime) -> Published:
        """Its endpoints; raises NoAnswer where they cannot be had and never were."""
        with self._lock:
            known, at = self._published, self._published_at
        if known is not None and (self._is_given or (at is not None and now - at < FRESH)):
            return known
        try:
            found = self._discovered(deadline)
        except NoAnswer:
            if known is None:
                raise
            return known
        with self._lock:
            self._published, self._published_at = found, now
        return found

    def keys(self, token: str, deadline: Deadline, now: datetime) -> KeySet:
        """Its keys, fetched anew where none of them is named by this token; raises NoAnswer."""
        with self._lock:
            known, at = self._keys, self._keys_at
        if at is None or now - at >= FRESH:
            return self._fetched(deadline, now)
        if not any(name == _named(token) for name, _ in known.keys) and now - at >= AGAIN:
            return self._fetched(deadline, now)
        return known

    def _fetched(self, deadline: Deadline, now: datetime) -> KeySet:
        said = as_json(self._line.get(self.published(deadline, now).jwks, deadline))
        listed = said.get("keys") if said else None
        if not isinstance(listed, list):
            raise NoAnswer(Fault.NONSENSE)
        found = KeySet(tuple(_usable(listed[:MOST_KEYS])))
        with self._lock:
            self._keys, self._keys_at = found, now
        return found

    def _discovered(self, deadline: Deadline) -> Published:
        said = as_json(self._line.get(self._table.issuer.rstrip("/") + DISCOVERY, deadline))
        if said is None or said.get("issuer") != self._table.issuer:  # Discovery 1.0 §4.3
            raise NoAnswer(Fault.NONSENSE)
        endpoints = {name: said.get(f"{name}_endpoint") for name in ("authorization", "token", "userinfo")}
        endpoints |= {"jwks": said.get("jwks_uri"), "end_session": said.get("end_session_endpoint")}
        given = {name: url for name, url in endpoints.items() if isinstance(url, str) and url}
        if not {"authorization", "token", "jwks"} <= set(given) or not all(map(_is_safe, given.values())):
            raise NoAnswer(Fault.NONSENSE)
        names_itself = said.get("authorization_response_iss_parameter_supported") is True
        return Published(**{**given, **self._table.endpoints}, names_itself=names_itself)


def as_json(answer: Answer, *, any_status: bool = False) -> dict[str, Any] | None:
    """The JSON object of an answer; None for anything else."""
    if answer.status != 200 and not any_status:
        return None
    try:
        said = json.loads(answer.body)
    except (ValueError, RecursionError):
        return None
    return said if isinstance(said, dict) else None


def _from_settings(table: UpstreamTable) -> Published | None:
    given = table.endpoints
    if not {"authorization", "token", "jwks"} <= set(given):
        return None
    return Published(**given, names_itself=False)


def _usable(listed: Sequence[object]) -> Sequence[tuple[str | None, Key]]:
    """The keys of a set that can verify signatures; the others are somebody else's business."""
    found: list[tuple[str | None, Key]] = []
    for jwk in listed:
        if not isinstance(jwk, dict):
            continue
        try:
            kid = jwk.get("kid")
            found.append((kid if isinstance(kid, str) else None, jose.public_key(jwk)))
        except ValueError:
            continue
    return found


def _named(token: str) -> str | None:
    try:
        return jose.named_key(token)
    except jose.Refused:
        return None


def _is_safe(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)
