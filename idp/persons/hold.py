"""What cannot be undone waits a day after a phone was changed or a password recovered: time to notice."""

from datetime import datetime, timedelta

from idp.persons.models import Person

LENGTH = timedelta(hours=24)


def begin(person: Person, now: datetime) -> None:
    """Let closing, taking everything home and the like wait from now on."""
    person.held_until = now + LENGTH


def until(person: Person, now: datetime) -> datetime | None:
    """Until when they wait; None when they need not."""
    return person.held_until if person.held_until is not None and now < person.held_until else None
