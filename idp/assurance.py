"""Two axes: how well a person is known (IAL 1–5) and how this sign-in was proven (AAL 1–3).

The only table of both. OIDC `acr` and `amr`, clients' minimums, step-up and the pages all read it
(GB/T 40651; domain §1.6).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a factor rests on; two factors count as two only if they rest on different things."""

    KNOWLEDGE = "knowledge"
    POSSESSION = "possession"
    KEY = "key"
    BODY = "body"
    ELSEWHERE = "elsewhere"
    """Whatever another device rests on: it may be the same thing once more, so it is never the second."""
    UPSTREAM = "upstream"
    """Whatever another identity provider rests on: for the same reason never the second."""


@dataclass(frozen=True)
class Factor:
    """What one way of proving oneself is worth."""

    kind: Kind
    alone: int
    """The AAL it reaches by itself."""


FACTORS = {
    "pwd": Factor(Kind.KNOWLEDGE, 1),
    "sms": Factor(Kind.POSSESSION, 1),
    "tel": Factor(Kind.POSSESSION, 1),
    "otp": Factor(Kind.POSSESSION, 1),
    "rc": Factor(Kind.POSSESSION, 1),
    "mca": Factor(Kind.ELSEWHERE, 1),
    "mfa": Factor(Kind.ELSEWHERE, 2),
    "fed": Factor(Kind.UPSTREAM, 1),
    "fed2": Factor(Kind.UPSTREAM, 2),
    "fed3": Factor(Kind.UPSTREAM, 3),
    "face": Factor(Kind.BODY, 2),
    "swk": Factor(Kind.KEY, 2),
    "hwk": Factor(Kind.KEY, 3),
    "sc": Factor(Kind.KEY, 3),
}
"""`amr` value (RFC 8176) → its worth.

`tel` is a code that was spoken, `mca` a sign-in confirmed on another device, `mfa` that this device had just
been proven with two factors, `sc` a certificate on a token.
A passkey is unlocked by its person, so it is two factors in one: `swk` where it may be copied to other
devices, `hwk` where it cannot leave its own. `rc`, a recovery code, is ours: RFC 8176 has no name for it.
Ours are `fed`, `fed2` and `fed3` too: a sign-in at another identity provider, as far as it is trusted.
"""
BY_UPSTREAM = {1: frozenset({"fed"}), 2: frozenset({"fed2"}), 3: frozenset({"fed3"})}
"""What a sign-in elsewhere counts for, by the AAL that is believed."""
BY_ANOTHER = frozenset().union(*BY_UPSTREAM.values())
"""All of these."""
NEVER_SECOND = frozenset({Kind.ELSEWHERE, Kind.UPSTREAM})
BY_PHONE = frozenset({"sms", "tel"})
"""A code to the phone, written or spoken."""


@dataclass(frozen=True)
class Level:
    """A point on both axes; also used as a minimum."""

    ial: int = 0
    aal: int = 0

    def covers(self, minimum: "Level") -> bool:
        """Whether this level is enough on both axes."""
        return self.ial >= minimum.ial and self.aal >= minimum.aal

    def union(self, other: "Level") -> "Level":
        """What is asked when both are asked."""
        return Level(max(self.ial, other.ial), max(self.aal, other.aal))

    @property
    def acr(self) -> str:
        """The name on the wire, for example ``ial3.aal1``."""
        return f"ial{self.ial}.aal{self.aal}"


NOTHING = Level()

REQUIREMENTS = {f"ial{ial}.aal{aal}": Level(ial, aal) for ial in range(1, 6) for aal in range(1, 4)}
"""acr name → what it requires; the discovery document lists these names."""

SAML_CLASS = "urn:yitong:acr:"
"""In front of an acr name where SAML wants a URI (AuthnContextClassRef)."""
_OASIS = "urn:oasis:names:tc:SAML:2.0:ac:classes:"
CLASSES = {
    **{SAML_CLASS + acr: level for acr, level in REQUIREMENTS.items()},
    f"{_OASIS}unspecified": NOTHING,
    f"{_OASIS}Password": Level(aal=1),
    f"{_OASIS}PasswordProtectedTransport": Level(aal=1),
    f"{_OASIS}TimeSyncToken": Level(aal=2),
    f"{_OASIS}MobileTwoFactorContract": Level(aal=2),
    "https://refeds.org/profile/mfa": Level(aal=2),
    f"{_OASIS}SmartcardPKI": Level(aal=3),
}
"""AuthnContextClassRef → what it requires (SAML Authentication Context §3.4)."""


def requirement(acr: str) -> Level | None:
    """What an acr name requires; None for a name we do not know."""
    return REQUIREMENTS.get(acr)


def least(acr_values: Iterable[str]) -> Level:
    """The requirement of a preference list: its first known name (OIDC Core §3.1.2.1)."""
    return next((level for level in map(requirement, acr_values) if level), NOTHING)


def authentication_level(amr: Iterable[str]) -> int:
    """The AAL these methods add up to: what the best reaches alone, and 2 for two of different kinds."""
    factors = [FACTORS[method] for method in amr if method in FACTORS]
    together = 2 if len({factor.kind for factor in factors} - NEVER_SECOND) > 1 else 0
    return max([together, *(factor.alone for factor in factors)])


def own_level(amr: Iterable[str]) -> int:
    """The AAL by one's own means alone: neither another device's word counts, nor another provider's.

    What guards the means themselves asks for it: whoever may say who somebody is must not get a key to them.
    """
    return authentication_level(
        method for method in amr if method in FACTORS and FACTORS[method].kind not in NEVER_SECOND
    )


def level_given_here(amr: Iterable[str]) -> int:
    """The AAL without what another device confirmed, which somebody may have been talked into."""
    elsewhere = {method for method, factor in FACTORS.items() if factor.kind is Kind.ELSEWHERE}
    return authentication_level(set(amr) - elsewhere)
