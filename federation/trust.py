"""What of an upstream's word we believe, and why not the rest: a rule on plain values (domain §1.6).

An upstream never raises anybody above what the settings allow, and what it says of its sign-in counts at most
as they say. A level from 3 on is a level of a document, so without one there is none.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from idp.interaction.upstream import AssertedIdentity
from idp.settings_upstreams import Trust

REAL_NAME = 3
"""From this identity level on a document has been proven."""
WITHOUT_A_NAME = 1
"""What is left without a document, a name, or a sign we know: the upstream knows a way to reach somebody."""
SKEW = timedelta(seconds=60)


class Doubt(StrEnum):
    """Why less is believed than was said."""

    UNKNOWN_SIGN = "unknown_sign"
    """Its sign for the level is in no table of ours."""
    ABOVE_LIMIT = "above_limit"
    NO_DOCUMENT = "no_document"
    NO_NAME = "no_name"
    NATION_NOT_TRUSTED = "nation_not_trusted"
    """It hands on what the nation says, and was not trusted to."""
    SIGN_IN_ABOVE_LIMIT = "sign_in_above_limit"
    PROVEN_TOO_LONG_AGO = "proven_too_long_ago"


@dataclass(frozen=True)
class Believed:
    """What is left of an assertion."""

    ial: int
    aal: int
    """0: its person must prove themselves anew there."""
    doubts: frozenset[Doubt]

    @property
    def proves_document(self) -> bool:
        """Whether the document counts as the person's own."""
        return self.ial >= REAL_NAME

    @property
    def is_too_old(self) -> bool:
        """Whether the sign-in there was too long ago to be one here."""
        return Doubt.PROVEN_TOO_LONG_AGO in self.doubts


def believe(asserted: AssertedIdentity, trust: Trust, now: datetime) -> Believed:
    """Judge an assertion by the table of its upstream."""
    doubts = set()
    ial, aal = asserted.level.ial, max(asserted.level.aal, 1)
    if ial == 0:
        ial = WITHOUT_A_NAME
        doubts.add(Doubt.UNKNOWN_SIGN)
    if ial > trust.highest_level:
        ial = trust.highest_level
        doubts.add(Doubt.ABOVE_LIMIT)
    if asserted.national and not trust.national and "national" not in trust.ignored:
        ial = min(ial, WITHOUT_A_NAME)
        doubts.add(Doubt.NATION_NOT_TRUSTED)
    for given, doubt in ((asserted.number, Doubt.NO_DOCUMENT), (asserted.name, Doubt.NO_NAME)):
        if ial > WITHOUT_A_NAME and not given:
            ial = WITHOUT_A_NAME
            doubts.add(doubt)
    if aal > trust.highest_aal:
        aal = trust.highest_aal
        doubts.add(Doubt.SIGN_IN_ABOVE_LIMIT)
    if now - asserted.at > timedelta(seconds=trust.max_age) + SKEW:
        aal = 0
        doubts.add(Doubt.PROVEN_TOO_LONG_AGO)
    return Believed(ial, aal, frozenset(doubts))
