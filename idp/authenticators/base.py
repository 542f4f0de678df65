"""What every way of proving oneself ends in: somebody proven or denied, or a wait (`throttle.Wait`)."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from idp.audit import trail
from idp.audit.events import SignInRefused
from idp.persons import lifecycle
from idp.persons.models import Person


@dataclass(frozen=True)
class Proven:
    """Somebody has shown to be this person, with these methods (RFC 8176 `amr`)."""

    person_id: UUID
    amr: frozenset[str]
    secret: str | None = field(default=None, repr=False, compare=False)
    """The hash that a password fitted: if it is another once the session begins, nothing was proven."""
    seen: datetime | None = field(default=None, compare=False)
    """`Person.proofs_count_from`, read with what was proven; who only confirms has a session instead."""
    since: datetime | None = field(default=None, compare=False)
    """When this proof began, if that was before its last request: a code went out, a text was shown."""


@dataclass(frozen=True)
class Denied:
    """Not believed, or not let in; the reason is a code the pages know."""

    reason: str


def let_in(
    db: Session, person: Person, amr: frozenset[str], since: datetime | None = None
) -> Proven | Denied:
    """
    Whoever has proven themselves enters if their state lets them.

    A closing is not taken back by it: a further step may be missing (`sign_in.proof`).
    `since` is when the proof began, where that was not in this request.
    """
    if person.status not in lifecycle.ENTERING:
        return deny(db, "+".join(sorted(amr)), f"person_{person.status}", person.id)
    return Proven(person.id, amr, seen=person.proofs_count_from, since=since)


def deny(
    db: Session, method: str, reason: str, person_id: UUID | None = None, client_id: str | None = None
) -> Denied:
    """Write down that somebody failed to prove themselves, and say so in a reason code."""
    trail.record(db, SignInRefused(person_id=person_id, client_id=client_id, method=method, reason=reason))
    return Denied(reason)
