"""What a SAML system registers, under `saml` in its metadata; the names are those of SAML metadata.

A system is found by its entity id. Its client id is derived from that, so that no second index is needed and
no two clients can claim one entity.
"""

from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from idp.clients import redirects

BINDINGS = ("redirect", "post", "soap")
NAME_IDS = ("persistent", "transient")
KNOWN = frozenset(
    "entity_id assertion_consumer_services single_logout_services certificates encryption_certificates "
    "requests_signed assertions_encrypted name_id_format idp_initiated".split()
)
LONGEST_ENTITY = 1024
MOST = 20
LEAST_RSA_BITS = 2048


@dataclass(frozen=True)
class Consumer:
    """Where answers are posted (SAML Metadata §2.4.4, AssertionConsumerService)."""

    location: str
    index: int


@dataclass(frozen=True)
class LogoutService:
    """Where a system hears that somebody signs out (SAML Metadata §2.4.2)."""

    binding: str
    location: str
    response_location: str


@dataclass(frozen=True)
class SamlSystem:
    """A system that speaks SAML, as it was registered."""

    entity_id: str
    consumers: tuple[Consumer, ...]
    """The first is the default one."""
    logouts: tuple[LogoutService, ...]
    certificates: tuple[x509.Certificate, ...] = field(repr=False)
    """Of the keys it signs with."""
    encryption: tuple[x509.Certificate, ...] = field(repr=False)
    """Of the keys that assertions are encrypted for; the first is used."""
    requests_signed: bool
    assertions_encrypted: bool
    name_id_format: str
    idp_initiated: bool
    """Whether people may come from a link here, without a request of the system's."""

    def consumer(self, location: str | None, index: int | None) -> Consumer | None:
        """The one that a request names, by the exact address or its index; the default for neither."""
        if location is not None:
            return next((one for one in self.consumers if one.location == location), None)
        if index is not None:
            return next((one for one in self.consumers if one.index == index), None)
        return self.consumers[0]

    def logout(self, *bindings: str) -> LogoutService | None:
        """The first service over one of these bindings."""
        return next((one for one in self.logouts if one.binding in bindings), None)


def client_id_of(entity_id: str) -> str:
    """The client id of a SAML entity."""
    return f"saml-{sha256(entity_id.encode()).hexdigest()[:24]}"


def parse(section: Any, faults: list[str]) -> SamlSystem | None:
    """Check the section and freeze it; what is wrong is added to `faults`."""
    if not isinstance(section, dict):
        faults.append("saml: must be an object")
        return None
    read = _Section(section, faults)
    faults += [f"saml.{name}: unknown field" for name in sorted(set(section) - KNOWN)]
    system = SamlSystem(
        entity_id=read.entity(),
        consumers=read.consumers(),
        logouts=read.logouts(),
        certificates=read.certificates("certificates"),
        encryption=read.certificates("encryption_certificates"),
        requests_signed=read.flag("requests_signed", False),
        assertions_encrypted=read.flag("assertions_encrypted", False),
        name_id_format=read.word("name_id_format", NAME_IDS),
        idp_initiated=read.flag("idp_initiated", True),
    )
    faults += _contradictions(system)
    return system


class _Section:
    def __init__(self, section: Mapping[str, Any], faults: list[str]) -> None:
        self._section, self._faults = section, faults

    def entity(self) -> str:
        """A URI, used as a name only (SAML Core §8.3.6)."""
        value = self._section.get("entity_id")
        if isinstance(value, str) and 0 < len(value) <= LONGEST_ENTITY and _is_plain(value):
            return value
        self._faults.append(f"saml.entity_id: must be a URI of at most {LONGEST_ENTITY} characters")
        return ""

    def consumers(self) -> tuple[Consumer, ...]:
        """Addresses over HTTP-POST, in the order given."""
        found: list[Consumer] = []
        for place, one in self._list("assertion_consumer_services"):
            index = one.get("index", len(found))
            if not isinstance(index, int) or isinstance(index, bool) or not 0 <= index < 65536:
                self._faults.append(f"{place}.index: must be a number from 0 to 65535")
            elif location := self._address(one.get("location"), f"{place}.location"):
                found.append(Consumer(location, index))
        return tuple(found)

    def logouts(self) -> tuple[LogoutService, ...]:
        """Addresses with their bindings."""
        found = []
        for place, one in self._list("single_logout_services"):
            if one.get("binding") not in BINDINGS:
                self._faults.append(f"{place}.binding: must be one of {', '.join(BINDINGS)}")
                continue
            location = self._address(one.get("location"), f"{place}.location")
            answers = one.get("response_location", one.get("location"))
            answered = self._address(answers, f"{place}.response_location")
            if location and answered:
                found.append(LogoutService(one["binding"], location, answered))
        return tuple(found)

    def certificates(self, name: str) -> tuple[x509.Certificate, ...]:
        """X.509 certificates, each the base64 of its DER as metadata has it."""
        values = self._section.get(name, [])
        if not isinstance(values, list) or len(values) > MOST:
            self._faults.append(f"saml.{name}: must be a list of at most {MOST}")
            return ()
        found = []
        for index, value in enumerate(values):
            try:
                found.append(certificate(value))
            except ValueError as fault:
                self._faults.append(f"saml.{name}[{index}]: {fault}")
        return tuple(found)

    def flag(self, name: str, default: bool) -> bool:
        value = self._section.get(name, default)
        if not isinstance(value, bool):
            self._faults.append(f"saml.{name}: must be true or false")
        return value is True

    def word(self, name: str, allowed: tuple[str, ...]) -> str:
        value = self._section.get(name, allowed[0])
        if value not in allowed:
            self._faults.append(f"saml.{name}: must be one of {', '.join(allowed)}")
            return allowed[0]
        return str(value)

    def _list(self, name: str) -> list[tuple[str, dict[str, Any]]]:
        values = self._section.get(name, [])
        if not isinstance(values, list) or len(values) > MOST or not all(isinstance(v, dict) for v in values):
            self._faults.append(f"saml.{name}: must be a list of at most {MOST} objects")
            return []
        return [(f"saml.{name}[{index}]", value) for index, value in enumerate(values)]

    def _address(self, value: Any, place: str) -> str | None:
        fault = redirects.fault(value) if isinstance(value, str) else "is missing"
        if fault is None:
            return str(value)
        self._faults.append(f"{place}: {fault}")
        return None


def certificate(value: object) -> x509.Certificate:
    """A certificate out of the base64 of its DER; raises ValueError for what is none or has a weak key."""
    try:
        found = x509.load_der_x509_certificate(b64decode("".join(str(value).split()), validate=True))
        key = found.public_key()
    except (ValueError, UnsupportedAlgorithm) as fault:
        raise ValueError("not a certificate") from fault
    if isinstance(key, RSAPublicKey):
        if key.key_size < LEAST_RSA_BITS:
            raise ValueError(f"RSA keys need {LEAST_RSA_BITS} bits")
    elif not isinstance(key, EllipticCurvePublicKey):
        raise ValueError("only RSA and EC keys are used")
    return found


def _is_plain(value: str) -> bool:
    return value.isascii() and value.isprintable() and " " not in value


def _contradictions(system: SamlSystem) -> list[str]:
    indexes = [one.index for one in system.consumers]
    can_encrypt = bool(system.encryption) and isinstance(system.encryption[0].public_key(), RSAPublicKey)
    wrong = {
        "saml.assertion_consumer_services: at least one is needed": not system.consumers,
        "saml.assertion_consumer_services: the same index twice": len(indexes) != len(set(indexes)),
        "saml.requests_signed: needs certificates": system.requests_signed and not system.certificates,
        "saml.single_logout_services: needs certificates, since requests to sign out are signed": bool(
            system.logouts
        )
        and not system.certificates,
        "saml.assertions_encrypted: needs an RSA certificate among encryption_certificates": (
            system.assertions_encrypted and not can_encrypt
        ),
    }
    return [fault for fault, holds in wrong.items() if holds]
