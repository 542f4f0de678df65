"""Reads metadata field by field and keeps every fault, so that a registrar sees all of them at once."""

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from joserfc.jwk import Key

from idp.clients import redirects
from idp.crypto import jose

MOST_KEYS = 10
LONGEST_TEXT = 500
SCOPE = re.compile(r"[!#-\[\]-~]+")  # RFC 6749 §3.3

KNOWN = frozenset(
    "protocol saml "
    "client_name client_name#en client_uri contacts application_type token_endpoint_auth_method "
    "jwks redirect_uris post_logout_redirect_uris grant_types response_types response_modes scope claims "
    "minimum_acr default_acr_values default_max_age access_token_format id_token_signed_response_alg "
    "backchannel_logout_uri backchannel_logout_session_required realms sector purpose purpose#en "
    "optional_scope minimum_reason minimum_reason#en resources serves require_pkce software_id "
    "software_version window_device capacities authorization_details_types matters events_uri "
    "events_requested services single_logout proxy_callbacks proxied_by protects paths".split()
)


class MetadataFault(Exception):
    """Metadata that cannot be registered; `faults` names each field and what it must be."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults = faults


class Fields:
    """One metadata document being read; a wrong value counts as absent and leaves a fault."""

    def __init__(self, details: Mapping[str, Any]) -> None:
        self._details = details
        self.faults = [f"{name}: unknown field" for name in sorted(set(details) - KNOWN)]

    def finish(self) -> None:
        """Raise what was found."""
        if self.faults:
            raise MetadataFault(self.faults)

    def text(self, name: str, default: str | None = None) -> str:
        """A short text; without a default it must be there."""
        value = self._details.get(name, default)
        if value is None:
            self.faults.append(f"{name}: missing")
        elif not isinstance(value, str) or len(value) > LONGEST_TEXT or not value.isprintable():
            self.faults.append(f"{name}: must be a text of at most {LONGEST_TEXT} printable characters")
        elif value or default is not None:
            return value
        else:
            self.faults.append(f"{name}: must not be empty")
        return default or ""

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of texts."""
        value = self._details.get(name, [])
        if isinstance(value, list) and all(isinstance(item, str) and item for item in value):
            return tuple(value)
        self.faults.append(f"{name}: must be a list of texts")
        return ()

    def objects(self, name: str) -> Sequence[Mapping[str, Any]]:
        """A list of JSON objects."""
        value = self._details.get(name, [])
        if isinstance(value, list) and all(isinstance(item, dict) for item in value):
            return value
        self.faults.append(f"{name}: must be a list of objects")
        return ()

    def choice(self, name: str, allowed: Collection[str], default: str) -> str:
        """One of a few words."""
        value = self._details.get(name, default)
        if isinstance(value, str) and value in allowed:
            return value
        self.faults.append(f"{name}: must be one of {', '.join(allowed)}")
        return default

    def choices(self, name: str, allowed: Collection[str], default: Collection[str]) -> frozenset[str]:
        """Several of a few words."""
        if name not in self._details:
            return frozenset(default)
        values = self.texts(name)
        if values and set(values) <= set(allowed):
            return frozenset(values)
        self.faults.append(f"{name}: must list some of {', '.join(allowed)}")
        return frozenset(default)

    def scopes(self, name: str) -> frozenset[str]:
        """Words separated by spaces (RFC 6749 §3.3)."""
        words = self.text(name, "").split()
        if not all(SCOPE.fullmatch(word) for word in words):
            self.faults.append(f"{name}: has characters a scope must not have")
        return frozenset(words)

    def number(self, name: str) -> int | None:
        """A whole number of seconds, or nothing."""
        value = self._details.get(name)
        if value is None or (isinstance(value, int) and not isinstance(value, bool) and value >= 0):
            return value
        self.faults.append(f"{name}: must be a whole number of seconds")
        return None

    def flag(self, name: str, default: bool = False) -> bool:
        """Yes or no."""
        value = self._details.get(name, default)
        if not isinstance(value, bool):
            self.faults.append(f"{name}: must be true or false")
        return value is True

    def uri(self, name: str) -> str | None:
        """One https address, or nothing."""
        value = self._details.get(name)
        if value is None:
            return None
        return next(iter(self._sound([value if isinstance(value, str) else ""], name, native=False)), None)

    def uris(self, name: str, native: bool) -> tuple[str, ...]:
        """Addresses a browser may be sent to."""
        return self._sound(self.texts(name), name, native)

    def keys(self, name: str) -> tuple[Key, ...]:
        """A JWK set of public keys (RFC 7517 §5); there is no fetching of `jwks_uri`."""
        value = self._details.get(name)
        if value is None:
            return ()
        jwks = value.get("keys") if isinstance(value, dict) else None
        if not isinstance(jwks, list) or not 0 < len(jwks) <= MOST_KEYS:
            self.faults.append(f"{name}: must be a JWK set of 1 to {MOST_KEYS} keys")
            return ()
        return tuple(key for index, jwk in enumerate(jwks) if (key := self._key(jwk, f"{name}[{index}]")))

    def _key(self, jwk: Any, place: str) -> Key | None:
        try:
            return jose.public_key(jwk if isinstance(jwk, dict) else {})
        except ValueError as fault:
            self.faults.append(f"{place}: {fault}")
            return None

    def _sound(self, uris: Collection[Any], name: str, native: bool) -> tuple[str, ...]:
        wrong = {uri: fault for uri in uris if (fault := redirects.fault(uri, native))}
        self.faults += [f"{name}: {uri!r:.80} {fault}" for uri, fault in wrong.items()]
        return tuple(uri for uri in uris if uri not in wrong)
