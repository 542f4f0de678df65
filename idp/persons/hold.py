"""What cannot be undone waits a day after a phone was changed or a password recovered: time to notice.

So long the means by which it was done are spent: whoever has them has shown them once, and showing them again
beside the password they have set proves nothing new. `authenticators.catalogue` offers, and
`sessions.lifecycle` counts, by this rule.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from idp.assurance import BY_PHONE
from idp.persons.models import Person

LENGTH = timedelta(hours=24)


def begin(person: Person, now: datetime, means: Iterable[str] = BY_PHONE) -> None:
    """
    Let closing, taking everything home and the like wait from now on.

    `means` are the `amr` names by which it came to that. Those of a hold that lasts stay spent beside them:
    the person's row must be locked, so that of two recoveries at once neither is forgotten.
    """
    person.held_means = spent(person, now) | frozenset(means)
    person.held_until = now + LENGTH


def until(person: Person, now: datetime) -> datetime | None:
    """Until when they wait; None when they need not."""
    return person.held_until if person.held_until is not None and now < person.held_until else None


def spent(person: Person, now: datetime) -> frozenset[str]:
    """What (`amr`) is no second factor meanwhile; a code to the phone never is, whatever was used."""
    return frozenset() if until(person, now) is None else person.held_means | BY_PHONE
