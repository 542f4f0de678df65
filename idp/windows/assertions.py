"""What a card reader saw, signed by the device, and that an operator stood by it.

Two parties answer for it: the device by its signature, good once, for two minutes, for this issuer; the
operator by another on the same terms, or at their page (`waiting`), by a factor given for that very reading.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from idp import clock
from idp.clients.directory import Clients
from idp.clients.metadata import Client
from idp.crypto import jose
from idp.persons import claim as claims
from idp.persons.claim import Claim
from idp.persons.identifiers import MalformedNumber
from idp.persons.names import MalformedName
from idp.storage.database import Refusal
from idp.storage.state import StateStore
from idp.windows import operators
from idp.windows.events import Vouched
from idp.windows.models import WindowOperator

ASSERTION, WITNESS = "window-assertion+jwt", "window-witness+jwt"
"""`typ` of both, so that neither passes for a client assertion nor for the other (RFC 8725 §3.11)."""
FRESH = 120
"""Seconds after which a reading is stale: the person stands before the window now."""
SKEW = 30
LONG_TERM = "long_term"
"""Instead of a date: documents of the old are valid for good 长期."""
LONGEST = 200


class Purpose(StrEnum):
    """What the person came for."""

    PROOF = "proof"
    """To be known at level 5."""
    SLIP = "slip"
    """To get back in."""
    CASE = "case"
    """To have back a document that somebody else has claimed."""


class Reason(StrEnum):
    """Why an assertion is not believed."""

    MALFORMED = "malformed"
    DEVICE = "unknown_device"
    SIGNATURE = "bad_signature"
    AUDIENCE = "wrong_audience"
    STALE = "stale"
    REPLAYED = "replayed"
    OPERATOR = "unknown_operator"
    WITNESS = "bad_witness"
    DOCUMENT = "malformed_document"
    EXPIRED = "expired_document"


class NotBelieved(Refusal):
    """The assertion is refused; `detail` names the part, never its value."""

    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else str(reason))
        self.reason, self.detail = reason, detail


@dataclass(frozen=True)
class Presented:
    """A document in its holder's hand, as device and operator both say."""

    claim: Claim
    purpose: Purpose
    device: str
    """The client id of the device."""
    reader: str
    """Serial number of the card reader."""
    operator_id: UUID
    operator: str
    """The operator's number."""
    request_id: str
    """Digest of the assertion: finds it again in the device's own log."""
    account: str = field(default="", repr=False)
    """The code that the person's own pages showed, if they have an account."""
    agreed: frozenset[str] = frozenset()
    """The texts the person signed on paper or pad."""
    reason: str = ""
    vouched: Vouched = Vouched()
    """By what the operator answers for it."""


def believe(
    db: Session,
    clients: Clients,
    state: StateStore,
    issuer: str,
    assertion: str,
    witness: str,
    now: datetime,
) -> Presented:
    """Check both signatures and everything they cover; raises NotBelieved. What is right is used up last."""
    said = _fresh(_by_the_device(clients, assertion), issuer, now)
    operator = _operator(db, said)
    sworn = _by_the_operator(operator, issuer, witness, digest_of(assertion), now)
    presented = _presented(said, operator, assertion, now)
    for kind, party, token in (("reading", said["iss"], said), ("witness", operator.number, sworn)):
        _use_up(state, f"{kind}|{party}", token, now)
    return presented


def hear(
    db: Session, clients: Clients, state: StateStore, issuer: str, assertion: str, now: datetime
) -> Presented:
    """The device's half alone, for an operator who will stand by it at their page; raises NotBelieved.

    It must stand at a window of theirs, so that nobody elsewhere fills their list. It is used up by this.
    """
    device = _device(clients, assertion)
    said = _fresh(_by_the_device(clients, assertion), issuer, now)
    operator = _operator(db, said)
    if operator.person_id is None or not operators.is_at(db, operator, device):
        raise NotBelieved(Reason.OPERATOR)
    presented = _presented(said, operator, assertion, now)
    _use_up(state, f"reading|{device.id}", said, now)
    return presented


def heard(
    clients: Clients, assertion: str, operator: WindowOperator, vouched: Vouched, now: datetime
) -> Presented:
    """What was heard before, now that its operator stands by it: its device must still be approved."""
    said = _by_the_device(clients, assertion)
    if _text(said, "operator") != operator.number:
        raise NotBelieved(Reason.OPERATOR)
    return replace(_presented(said, operator, assertion, now), vouched=vouched)


def digest_of(assertion: str) -> str:
    """What names an assertion: in the witness, in the trail, in the device's own log."""
    return sha256(assertion.encode("ascii", "replace")).hexdigest()


def _presented(said: Mapping[str, Any], operator: WindowOperator, assertion: str, now: datetime) -> Presented:
    return Presented(
        claim=_claim(said, now),
        purpose=_purpose(said),
        device=str(said["iss"]),
        reader=_text(said, "reader"),
        operator_id=operator.id,
        operator=operator.number,
        request_id=digest_of(assertion),
        account=_text(said, "account", optional=True),
        agreed=_texts(said, "agreed"),
        reason=_text(said, "reason", optional=True),
    )


def _device(clients: Clients, assertion: str) -> Client:
    """An approved device client, online."""
    try:
        client = clients.find(str(jose.unverified(assertion).get("iss", "")))
    except jose.Refused as refusal:
        raise NotBelieved(Reason.SIGNATURE, str(refusal)) from refusal
    if client is None or not client.is_online or not client.window_device:
        raise NotBelieved(Reason.DEVICE)
    return client


def _by_the_device(clients: Clients, assertion: str) -> dict[str, Any]:
    """Its own signature (RFC 7523 §3)."""
    device = _device(clients, assertion)
    try:
        return jose.verify(assertion, device.keys, jose.THEIRS, ASSERTION)
    except jose.Refused as refusal:
        raise NotBelieved(Reason.SIGNATURE, str(refusal)) from refusal


def _fresh(said: dict[str, Any], issuer: str, now: datetime) -> dict[str, Any]:
    try:
        _require_fresh(said, issuer, now)
    except jose.Refused as refusal:
        raise NotBelieved(Reason.SIGNATURE, str(refusal)) from refusal
    return said


def _operator(db: Session, said: Mapping[str, Any]) -> WindowOperator:
    try:
        return operators.find(db, _text(said, "operator"))
    except operators.OperatorFault as fault:
        raise NotBelieved(Reason.OPERATOR) from fault


def _by_the_operator(
    operator: WindowOperator, issuer: str, witness: str, seen: str, now: datetime
) -> dict[str, Any]:
    """The operator named by the device has signed for this very reading."""
    key = operators.key_of(operator)
    if key is None:
        raise NotBelieved(Reason.WITNESS, "this operator has no key and witnesses at their page")
    try:
        sworn = jose.verify(witness, key, jose.THEIRS, WITNESS)
        _require_fresh(sworn, issuer, now)
    except jose.Refused as refusal:
        raise NotBelieved(Reason.WITNESS, str(refusal)) from refusal
    if sworn.get("iss") != operator.number or sworn.get("sub") != seen:
        raise NotBelieved(Reason.WITNESS, "iss and sub must name the operator and this assertion")
    return sworn


def _require_fresh(said: Mapping[str, Any], issuer: str, now: datetime) -> None:
    if said.get("aud") != issuer:
        raise NotBelieved(Reason.AUDIENCE)
    issued = jose.seconds(said, "iat")
    if issued is None or not -SKEW <= now.timestamp() - issued <= FRESH:
        raise NotBelieved(Reason.STALE, "iat")


def _use_up(state: StateStore, party: str, said: Mapping[str, Any], now: datetime) -> None:
    """Once; and what was issued before the store began may have been used in what it forgot."""
    nonce = said.get("jti")
    if not isinstance(nonce, str) or not 8 <= len(nonce) <= LONGEST:
        raise NotBelieved(Reason.MALFORMED, "jti")
    key = sha256(f"{party}\x00{nonce}".encode("utf-8", "surrogatepass")).hexdigest()
    if not state.once(f"window:{key}", FRESH + 2 * SKEW):
        raise NotBelieved(Reason.REPLAYED, "jti")
    if (jose.seconds(said, "iat") or 0) < state.epoch().timestamp() - SKEW:
        raise NotBelieved(Reason.STALE, "iat")


def _claim(said: Mapping[str, Any], now: datetime) -> Claim:
    """The document, well formed and valid today."""
    shown = said.get("document")
    if not isinstance(shown, dict):
        raise NotBelieved(Reason.MALFORMED, "document")
    country = shown.get("country")
    try:
        found = claims.read(
            _text(shown, "kind"),
            _text(shown, "number"),
            _text(shown, "name"),
            country if isinstance(country, str) else None,
            clock.day(now),
        )
        until = _text(shown, "valid_until")
        if until != LONG_TERM and date.fromisoformat(until) < clock.day(now):
            raise NotBelieved(Reason.EXPIRED)
    except (MalformedNumber, MalformedName, ValueError) as fault:
        raise NotBelieved(Reason.DOCUMENT) from fault
    return found


def _purpose(said: Mapping[str, Any]) -> Purpose:
    try:
        return Purpose(said.get("purpose", Purpose.PROOF))
    except ValueError as fault:
        raise NotBelieved(Reason.MALFORMED, "purpose") from fault


def _texts(said: Mapping[str, Any], name: str) -> frozenset[str]:
    values = said.get(name, [])
    if not isinstance(values, list):
        raise NotBelieved(Reason.MALFORMED, name)
    return frozenset(value for value in values if isinstance(value, str))


def _text(said: Mapping[str, Any], name: str, *, optional: bool = False) -> str:
    value = said.get(name, "" if optional else None)
    if not isinstance(value, str) or len(value) > LONGEST or not (value or optional):
        raise NotBelieved(Reason.MALFORMED, name)
    return value
