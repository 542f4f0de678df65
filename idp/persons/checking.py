"""Ask the authority whether name, number and phone belong together: a few times a day, and never in vain.

An attempt is counted before it is made, so that many sent at once gain nothing. What gave no answer and what
was right is given back: a counter moved by mistakes alone tells nobody that a number was registered today.
The right name and number with a phone that is not theirs are a mistake like any other.
"""

from dataclasses import dataclass
from datetime import datetime

from idp.keys.vault import Vault
from idp.persons import attempts
from idp.persons.attempts import Attempts
from idp.persons.claim import Claim
from idp.persons.registry import (
    IdentityClaim,
    Mismatch,
    PersonRegistry,
    PhoneMatch,
    Purpose,
    Unavailable,
    Unsupported,
    Verified,
)
from idp.storage.state import StateStore

PER_ASKER = 3
"""How many times the limit of one number whoever asks may use on different numbers."""

SYSTEM = "yitong"


@dataclass(frozen=True)
class Spent:
    """Today's attempts for this number, or of whoever asks, are used up."""


Answer = Verified | Mismatch | Unavailable | Unsupported | Spent


@dataclass(frozen=True)
class Checked:
    """What came of asking, and how many attempts this number has left today."""

    answer: Answer
    left: int


def check(
    registry: PersonRegistry,
    state: StateStore,
    vault: Vault,
    claim: Claim,
    *,
    phone: str | None,
    matter: str,
    asker: str,
    limit: int,
    now: datetime,
) -> Checked:
    """
    Ask once, if attempts are left today.

    `phone` is proven by a code. `asker` is who asks, in any spelling that stays the same: a phone, a person's
    id. `matter` is told to the authority. Hold no transaction: this may take until the adapter's deadline.
    """
    made = _attempts(state, vault, claim, asker, limit, now)
    left = made.enter()
    if left is None:
        return Checked(Spent(), 0)
    answer = registry.verify(identity_claim(claim, phone, matter))
    if not _is_a_mistake(answer):
        made.was_right()
    if isinstance(answer, Unavailable):
        made.had_no_answer()
    return Checked(answer, left)


def compare(
    state: StateStore, vault: Vault, claim: Claim, matches: bool, *, asker: str, limit: int, now: datetime
) -> bool | Spent:
    """Say whether a claim matched our own record, under the same counters; wrong and unknown are alike."""
    made = _attempts(state, vault, claim, asker, limit, now)
    if made.enter() is None:
        return Spent()
    if matches:
        made.was_right()
    else:
        made.was_wrong()
    return matches


def identity_claim(claim: Claim, phone: str | None, matter: str) -> IdentityClaim:
    """The question in the port's words; `phone` is the proven one of whoever claims."""
    return IdentityClaim(claim.kind, claim.number, claim.name, Purpose(SYSTEM, matter), phone)


def _is_a_mistake(answer: Verified | Mismatch | Unavailable | Unsupported) -> bool:
    """Whether something that was said of the holder is not so."""
    if isinstance(answer, Verified):
        return answer.phone is PhoneMatch.MISMATCH
    return isinstance(answer, Mismatch)


def _attempts(
    state: StateStore, vault: Vault, claim: Claim, asker: str, limit: int, now: datetime
) -> Attempts:
    limits = (limit, PER_ASKER * limit)
    return attempts.today(state, vault, ("check", "checker"), claim.key, asker, limits, now)
