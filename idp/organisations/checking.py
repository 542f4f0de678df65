"""Ask the registry whether code and name, and who represents it, belong together: a few times a day.

Codes are public and so are names, so a stranger's mistakes must not keep an organisation's own people out for
the day: one code bears the mistakes of many askers, one asker few.
"""

from dataclasses import dataclass
from datetime import datetime

from idp.keys.vault import Vault
from idp.organisations.claim import Claim
from idp.organisations.registry import Answer as Heard
from idp.organisations.registry import (
    Denied,
    OrganisationClaim,
    OrganisationRegistry,
    Representative,
)
from idp.persons import attempts
from idp.persons.checking import SYSTEM, Spent
from idp.persons.registry import Purpose, Unavailable
from idp.storage.state import StateStore

PER_CODE = 10
"""How many times the limit one code bears, whoever asks."""
PER_ASKER = 3
"""How many times the limit one asker may use, on whatever codes; what was right counts as well."""


@dataclass(frozen=True)
class Checked:
    """What came of asking, and how many attempts this code has left today."""

    answer: Heard | Spent
    left: int


def check(
    registry: OrganisationRegistry,
    state: StateStore,
    vault: Vault,
    claim: Claim,
    representative: Representative | None,
    *,
    matter: str,
    asker: str,
    limit: int,
    now: datetime,
) -> Checked:
    """
    Ask once, if attempts are left today.

    `asker` is the person's id; `matter` is told to the authority. Hold no transaction: this may take until
    the adapter's deadline. Not representing it is no mistake, for who registers for another may be right.
    """
    names, limits = ("organisation-check", "organisation-checker"), (PER_CODE * limit, PER_ASKER * limit)
    made = attempts.today(state, vault, names, claim.credit_code, asker, limits, now)
    left = made.enter()
    if left is None:
        return Checked(Spent(), 0)
    answer = registry.verify(question(claim, representative, matter))
    if not isinstance(answer, Denied):
        made.was_right()
    if isinstance(answer, Unavailable):
        made.had_no_answer()
    return Checked(answer, left)


def question(claim: Claim, representative: Representative | None, matter: str) -> OrganisationClaim:
    """The question in the port's words."""
    return OrganisationClaim(claim.credit_code, claim.name, Purpose(SYSTEM, matter), representative)
