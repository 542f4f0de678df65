"""Signed events of the provider (RFC 8417), pushed to an address of ours (RFC 8935): something is over.

An event names a subject as this portal knows it and what happened to it, nothing more. The portal ends the
visits it is about; whoever still may comes back through the provider unasked, and brings what is true now.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from examples.relying_party import logout_tokens
from examples.relying_party.logout_tokens import LogoutTokenRefused, SeenTokens, events, is_for, signed_claims
from examples.relying_party.signing_keys import SigningKeys
from examples.relying_party.visits import Visits

MEDIA_TYPE = "application/secevent+jwt"
TYPES = ("secevent+jwt",)
MANDATE_ENDED = "urn:yitong:event:mandate-ended"
ORGANISATION_CHANGED = "urn:yitong:event:organisation-status-changed"
SUBJECT_CHANGED = "urn:yitong:event:subject-changed"


class EventRefused(Exception):
    """The token proves nothing; `code` is what the provider is answered (RFC 8935 §2.4)."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Happened:
    """What happened to whom; several things may be told at once."""

    sub: str
    events: Mapping[str, Any] = field(default_factory=dict)


def verify(token: str, keys: SigningKeys, issuer: str, client_id: str, seen: SeenTokens) -> Happened:
    """Return what happened; raise EventRefused for a token that proves nothing."""
    try:
        claims = signed_claims(token, keys, TYPES)
    except LogoutTokenRefused as refused:
        is_type = refused.reason is logout_tokens.Reason.TYPE
        raise EventRefused("invalid_request" if is_type else "invalid_key") from refused
    subject = claims.get("sub_id")
    for holds, code in (
        (claims.get("iss") == issuer, "invalid_issuer"),
        (is_for(claims, client_id), "invalid_audience"),
        (is_recent(claims), "invalid_request"),
        (names_somebody(subject, issuer), "invalid_request"),
        (bool(events(claims)), "invalid_request"),
        (isinstance(claims.get("jti"), str), "invalid_request"),
    ):
        if not holds:
            raise EventRefused(code)
    now = time.time()
    if not seen.first_time(claims["jti"], now + logout_tokens.OLDEST + 2 * logout_tokens.SKEW, now):
        return Happened(claims["sub_id"]["sub"])  # told before: taken, and nothing more to do (RFC 8935 §2)
    return Happened(claims["sub_id"]["sub"], events(claims))


def is_recent(claims: Mapping[str, Any]) -> bool:
    """An event token has no `exp` (RFC 8417 §2.2): only when it was made says whether it is a replay."""
    issued, now = claims.get("iat"), time.time()
    oldest = now - logout_tokens.OLDEST - logout_tokens.SKEW
    return isinstance(issued, int | float) and oldest <= issued <= now + logout_tokens.SKEW


def names_somebody(subject: object, issuer: str) -> bool:
    """A subject of this very issuer (RFC 9493 §3.2.2)."""
    if not isinstance(subject, Mapping):
        return False
    named = isinstance(subject.get("sub"), str) and bool(subject["sub"])
    return named and subject.get("format") == "iss_sub" and subject.get("iss") == issuer


def follow(happened: Happened, visits: Visits) -> int:
    """End the visits an event is about, and say how many; what it does not know, it leaves alone."""
    ended = 0
    for event, said in happened.events.items():
        if event == MANDATE_ENDED and isinstance(said, Mapping):
            ended += visits.end_under(happened.sub, str(said.get("mandate")))
        elif event == ORGANISATION_CHANGED and isinstance(said, Mapping):
            ended += visits.end_outdated(happened.sub, said)
        elif event == SUBJECT_CHANGED:
            ended += visits.end(None, happened.sub)
    return ended
