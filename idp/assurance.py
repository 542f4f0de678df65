"""Two axes: how well a person is known (IAL 1–5) and how this sign-in was proven (AAL 1–3).

The only table of acr names. OIDC `acr`, clients' minimums and pages all read it (GB/T 40651; domain §1.6).
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

ACR = re.compile(r"ial([1-5])\.aal([1-3])")

FACTORS = {"pwd": "knowledge", "sms": "possession", "otp": "possession", "hwk": "key", "swk": "key"}
"""What kind of factor each `amr` value proves (RFC 8176)."""


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


def requirement(acr: str) -> Level | None:
    """What an acr name requires; None for a name we do not know."""
    return REQUIREMENTS.get(acr)


def least(acr_values: Iterable[str]) -> Level:
    """The requirement of a preference list: its first known name (OIDC Core §3.1.2.1)."""
    return next((level for level in map(requirement, acr_values) if level), NOTHING)


def authentication_level(amr: Iterable[str]) -> int:
    """The AAL these methods add up to: one factor 1, two kinds of factor 2, a hardware key 3."""
    kinds = {FACTORS[method] for method in amr if method in FACTORS}
    if "hwk" in set(amr):
        return 3
    return min(len(kinds), 2)
