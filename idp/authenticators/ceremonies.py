"""The two ceremonies of WebAuthn Level 3, as we hold them: making a key for us, and signing with it.

The only module that knows the library. What it hands out goes to the browser as JSON; what it accepts was
made for a challenge of ours, in the browser that was shown it, at our origin, by a device that verified its
person. Attestation is not asked for.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import webauthn
from webauthn.helpers import (
    base64url_to_bytes,
    bytes_to_base64url,
    options_to_json_dict,
    parse_authentication_credential_json,
    parse_client_data_json,
    parse_registration_credential_json,
)
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticationCredential,
    AuthenticatorSelectionCriteria,
    CredentialDeviceType,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from idp import clock
from idp.keys.vault import Vault
from idp.storage.state import Collection, StateStore

LIFETIME = 1800.0
"""Seconds a challenge can be answered: as long as people leave a sign-in page open."""
TIMEOUT_MS = 300_000
LONGEST = 16_384
"""Characters of an answer; real ones have one or two thousand."""
VERIFIED_USER = UserVerificationRequirement.REQUIRED
BROKEN = (WebAuthnException, ValueError, KeyError, TypeError, IndexError, RecursionError)
"""What parsing a stranger's bytes may end in."""


class Fault(StrEnum):
    """Why an answer is not accepted; the pages have words for each."""

    WRONG = "passkey_wrong"
    STALE = "form_stale"


@dataclass(frozen=True)
class Challenge:
    """Something to be signed once, by the browser it was shown in; its handle is the challenge itself."""

    bound_to: str
    at: datetime


@dataclass(frozen=True)
class RelyingParty:
    """For whom passkeys are made and asked: this issuer's host and origin, whatever a request says."""

    id: str
    origin: str
    name: str
    challenges: Collection[Challenge] = field(repr=False)


@dataclass(frozen=True)
class New:
    """A passkey that a person's device has just made; what is binary is base64url."""

    id: str
    public_key: str
    count: int
    synced: bool
    """Whether the device may copy it to others of its person (the backup eligibility flag, §6.1)."""
    backed_up: bool = False
    aaguid: str = ""
    transports: tuple[str, ...] = ()


@dataclass(frozen=True)
class Answer:
    """A signature as it came in, not yet verified: by which passkey, for which challenge."""

    id: str
    challenge: str
    user: bytes
    signed: AuthenticationCredential = field(repr=False)


@dataclass(frozen=True)
class Signed:
    """What a verified signature says of its passkey."""

    count: int
    synced: bool
    backed_up: bool


def relying_parties(
    bases: Iterable[str], name: str, state: StateStore, vault: Vault
) -> Mapping[str, RelyingParty]:
    """For whom passkeys are made at each of these origins; those of a bare address are left out."""
    found = {base: relying_party(base, name, state, vault) for base in bases}
    return {base: party for base, party in found.items() if party is not None}


def relying_party(issuer: str, name: str, state: StateStore, vault: Vault) -> RelyingParty | None:
    """The relying party of an origin of ours; None where its host is a bare address: browsers make none."""
    host = urlsplit(issuer).hostname or ""
    try:
        ip_address(host)
    except ValueError:
        challenges = Collection(state, Challenge, "passkey", LIFETIME, vault.sealer("passkey"))
        return RelyingParty(host, issuer, name, challenges)
    return None


def question(party: RelyingParty, bound_to: str, own: Sequence[str] = ()) -> dict[str, Any]:
    """What the browser hands to `navigator.credentials.get`; `own` ids only once it is known who is asked.

    Without, any passkey made for us will do, and nothing tells whether anybody has one.
    """
    return options_to_json_dict(
        webauthn.generate_authentication_options(
            rp_id=party.id,
            challenge=_challenge(party, bound_to),
            timeout=TIMEOUT_MS,
            allow_credentials=_described(own),
            user_verification=VERIFIED_USER,
        )
    )


def invitation(
    party: RelyingParty, bound_to: str, person_id: UUID, login: str, own: Sequence[str]
) -> dict[str, Any]:
    """What the browser hands to `navigator.credentials.create`.

    Devices copy the login to their makers' servers, so nobody's real name is told to them. Naming the ids
    there are keeps a device from putting a second passkey in place of its first.
    """
    return options_to_json_dict(
        webauthn.generate_registration_options(
            rp_id=party.id,
            rp_name=party.name,
            user_id=person_id.bytes,
            user_name=login,
            challenge=_challenge(party, bound_to),
            timeout=TIMEOUT_MS,
            exclude_credentials=_described(own),
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED, user_verification=VERIFIED_USER
            ),
        )
    )


def made(party: RelyingParty, posted: str, bound_to: str) -> New | Fault:
    """What a device has made (§7.1); the challenge is spent."""
    try:
        answer = parse_registration_credential_json(posted[:LONGEST])
        challenge = _challenge_of(answer.response.client_data_json)
        if not is_open(party, challenge, bound_to):
            return Fault.STALE
        verified = webauthn.verify_registration_response(
            credential=answer,
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=party.id,
            expected_origin=party.origin,
            require_user_verification=True,
        )
    except BROKEN:
        return Fault.WRONG
    if not spend(party, challenge):
        return Fault.STALE
    return New(
        id=bytes_to_base64url(verified.credential_id),
        public_key=bytes_to_base64url(verified.credential_public_key),
        count=verified.sign_count,
        synced=verified.credential_device_type is CredentialDeviceType.MULTI_DEVICE,
        backed_up=verified.credential_backed_up,
        aaguid=verified.aaguid,
        transports=tuple(one.value for one in answer.response.transports or ()),
    )


def read(posted: str) -> Answer | None:
    """A signature, if it is one."""
    try:
        signed = parse_authentication_credential_json(posted[:LONGEST])
        challenge = _challenge_of(signed.response.client_data_json)
        user = signed.response.user_handle or b""
        return Answer(bytes_to_base64url(signed.raw_id), challenge, user, signed)
    except BROKEN:
        return None


def verified(party: RelyingParty, answer: Answer, public_key: str) -> Signed | None:
    """What the signature says, if it is this key's over this challenge (§7.2).

    The counter is compared where it is written, since two answers may come at once.
    """
    try:
        found = webauthn.verify_authentication_response(
            credential=answer.signed,
            expected_challenge=base64url_to_bytes(answer.challenge),
            expected_rp_id=party.id,
            expected_origin=party.origin,
            credential_public_key=base64url_to_bytes(public_key),
            credential_current_sign_count=0,
            require_user_verification=True,
        )
    except BROKEN:
        return None
    synced = found.credential_device_type is CredentialDeviceType.MULTI_DEVICE
    return Signed(found.new_sign_count, synced, found.credential_backed_up)


def is_open(party: RelyingParty, challenge: str, bound_to: str) -> bool:
    """Whether this challenge waits for an answer, and was shown here and nowhere else."""
    found = party.challenges.find(challenge)
    return found is not None and found.bound_to == bound_to


def spend(party: RelyingParty, challenge: str) -> Challenge | None:
    """What was asked, for the one who answers it first."""
    return party.challenges.take(challenge)


def _challenge(party: RelyingParty, bound_to: str) -> bytes:
    return base64url_to_bytes(party.challenges.add(Challenge(bound_to, clock.now())))


def _challenge_of(client_data: bytes) -> str:
    said = parse_client_data_json(client_data)
    if said.cross_origin:
        raise ValueError("asked for inside a page of another origin")
    return bytes_to_base64url(said.challenge)


def _described(own: Sequence[str]) -> list[PublicKeyCredentialDescriptor]:
    return [PublicKeyCredentialDescriptor(id=base64url_to_bytes(one)) for one in own]
