"""Scope → claims: the one place that decides what a client is told about a person.

Nothing is told because it was asked for: only what the scopes of the token, which registration and consent
have bounded, give away.
"""

from collections.abc import Callable, Collection
from datetime import UTC
from typing import Any

from idp.assurance import Level
from idp.clients.scopes import IDENTITY_DOCUMENT
from idp.keys.vault import Vault
from idp.oauth.liveness import Evidence, Known, Post

CITIZEN = "citizen"
GENDERS = {"M": "male", "F": "female"}
"""Sex as documents have it → OIDC Core §5.1; what is unknown or not stated is left out."""

TRUST_FRAMEWORK = "cn_gov_identity"
"""Our name for what `verified_claims` rest on: evidence checked with the registries of the state."""

REGISTRY_LEVEL = 3
"""From this identity level on an authority has confirmed the claims; below, nothing counts as verified."""

Claims = dict[str, Any]


def of_person(vault: Vault, known: Known, scopes: Collection[str]) -> Claims:
    """Everything the scopes give away, with the verified part repeated under `verified_claims`."""
    claims: Claims = {}
    for scope, read in READERS.items():
        if scope in scopes:
            claims.update(read(vault, known))
    claims = {name: value for name, value in claims.items() if value is not None}
    verified = {name: claims[name] for name in VERIFIABLE if name in claims}
    if verified and known.evidence and known.evidence.level >= REGISTRY_LEVEL:
        claims["verified_claims"] = {"verification": verification(known.evidence), "claims": verified}
    return claims


def verification(evidence: Evidence) -> Claims:
    """Who confirmed the person and when (OpenID Identity Assurance §5.4)."""
    at = evidence.at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    check = {"check_method": evidence.method, "organization": evidence.authority, "time": at}
    record = {"type": "population_registry", "source": {"name": evidence.authority}}
    return {
        "trust_framework": TRUST_FRAMEWORK,
        "assurance_level": f"ial{evidence.level}",
        "time": at,
        "evidence": [{"type": "electronic_record", "check_details": [check], "record": record}],
    }


def of_levels(reached: Level) -> Claims:
    """The two axes, together and one by one."""
    return {"acr": reached.acr, "ial": reached.ial, "aal": reached.aal}


def of_realm(realm: str) -> Claims:
    """Said of civil servants alone: as a citizen the same human being is another subject."""
    return {} if realm == CITIZEN else {"realm": realm}


def of_post(post: Post | None) -> Claims:
    """Where a civil servant works; what the directory leaves open is left out."""
    if post is None:
        return {}
    said = {"unit": post.unit, "department": post.department, "post": post.post, "window": post.window}
    return {name: value for name, value in said.items() if value}


def _profile(vault: Vault, known: Known) -> Claims:
    changed = max(known.created_at, known.evidence.at) if known.evidence else known.created_at
    return {
        "name": _opened(vault, known, "name", known.name),
        "gender": GENDERS.get(known.sex or ""),
        "birthdate": _opened(vault, known, "birth_date", known.birth_date),
        "updated_at": int(changed.timestamp()),
    }


def _phone(vault: Vault, known: Known) -> Claims:
    """A phone is only ever kept after a code sent to it came back."""
    phone = _opened(vault, known, "phone", known.phone)
    return {"phone_number": phone, "phone_number_verified": True} if phone else {}


def _address(vault: Vault, known: Known) -> Claims:
    address = _opened(vault, known, "address", known.address)
    return {"address": {"formatted": address, "country": "CN"}} if address else {}


def _document(vault: Vault, known: Known) -> Claims:
    document = known.document
    if document is None:
        return {}
    number = vault.open(document.number, "documents", "number", document.id).decode()
    return {"id_type": document.kind, "id_number": number}


def _opened(vault: Vault, known: Known, column: str, sealed: bytes | None) -> str | None:
    return None if sealed is None else vault.open(sealed, "persons", column, known.person_id).decode()


READERS: dict[str, Callable[[Vault, Known], Claims]] = {
    "profile": _profile,
    "phone": _phone,
    "address": _address,
    IDENTITY_DOCUMENT: _document,
}

VERIFIABLE = ("name", "gender", "birthdate", "id_type", "id_number")
"""What a registry confirms together; phones and addresses are the person's own word."""
