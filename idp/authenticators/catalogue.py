"""Every way of proving oneself, in the order in which people are offered them."""

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.assurance import BY_PHONE, authentication_level, own_level
from idp.authenticators import qr
from idp.authenticators.models import Credential
from idp.persons import hold
from idp.persons.models import Person, Realm

Means = tuple[str, Mapping[str, Any]]
"""A credential's kind and details."""


@dataclass(frozen=True)
class Way:
    """A way of proving oneself; its name is its page's path under `/interaction/<id>/`."""

    name: str
    amr: frozenset[str]
    """What it is worth at best; a credential whose `details` name an `amr` of its own is worth that."""
    kind: str | None
    """The kind of credential it needs; None where the proven phone will do, or a phone that is signed in."""
    begins: frozenset[str] = frozenset()
    """The realms in which it can say who somebody is; in all others it confirms, as a second factor does."""
    realms: frozenset[str] = frozenset({Realm.CITIZEN})
    needs: str | None = None
    """A collaborator that not every instance has (`Services.extras`)."""


CITIZENS, STAFF, BOTH = frozenset({Realm.CITIZEN}), frozenset({Realm.STAFF}), frozenset(Realm)
WAYS: tuple[Way, ...] = (
    Way("passkey", frozenset({"hwk"}), "passkey", CITIZENS, BOTH, needs="passkeys"),
    Way("totp", frozenset({"otp"}), "totp", realms=BOTH),
    Way("sign-in", frozenset({"pwd"}), "password"),
    Way("sms", frozenset({"sms"}), None, CITIZENS, needs="sms"),
    Way("recovery-code", frozenset({"rc"}), "recovery_code", realms=BOTH),
    Way("staff", frozenset({"pwd"}), None, STAFF, STAFF),
    Way("qr", qr.AMR_OF_TWO, None, CITIZENS, needs="qr"),
    Way("certificate", frozenset({"sc"}), "certificate", CITIZENS, needs="certificates"),
)
"""Citizens begin with the password at the sign-in page anyway; after another way it confirms.

Civil servants begin with their directory alone: it is where they are shut out.
"""


def is_there(way: str, collaborators: Container[str]) -> bool:
    """Whether this instance has what the way of this name needs."""
    return all(one.needs is None or one.needs in collaborators for one in WAYS if one.name == way)


def beginning(realm: str, collaborators: Container[str]) -> list[Way]:
    """The ways by which somebody can begin to sign in here."""
    return [way for way in WAYS if realm in way.begins and is_there(way.name, collaborators)]


def begins(way: str, realm: str) -> bool:
    """Whether somebody can begin to sign in by the way of this name in this realm."""
    return any(realm in one.begins for one in WAYS if one.name == way)


def further(
    db: Session,
    person: Person,
    amr: Iterable[str],
    needed: int,
    collaborators: Container[str],
    now: datetime,
) -> list[Way]:
    """The ways by which this person, having proven themselves so far, gets to the AAL that is needed.

    While a hold lasts, what it has spent is none of them, whichever comes first (`persons.hold`;
    `sign_in.proof` counts by the same rule).
    """
    own, spent = _living(db, person.id), hold.spent(person, now)
    ways = _reaching(person, own, frozenset(amr), needed, collaborators, spent)
    two = _proves_two(person, own, collaborators, spent)
    return ways if two else [way for way in ways if way.name != "qr"]


def letting_in(
    db: Session, person: Person, amr: Iterable[str], collaborators: Container[str], now: datetime
) -> list[Way]:
    """The ways that a hold has spent and that are all a person has for the second step they want everywhere.

    They must not be shut out of their account by having recovered it, so these let them in, at AAL 1. There
    are none where something of theirs is left that counts; a code to the phone never is one, as it can begin.
    """
    spent = hold.spent(person, now) - BY_PHONE
    if not spent:
        return []
    own = _living(db, person.id)
    left = frozenset().union(*(adds - spent for _, adds in _own_means(person, own, collaborators)))
    if own_level(left - BY_PHONE) >= person.least_aal:
        return []
    proven = frozenset(amr) - BY_PHONE
    return [
        way
        for way in WAYS
        if way.amr & spent
        and is_there(way.name, collaborators)
        and any(authentication_level(proven | adds) >= person.least_aal for adds in _adds(way, person, own))
    ]


def spent_ways(db: Session, person: Person, now: datetime) -> list[Way]:
    """Which of the ways this person has a hold has spent."""
    spent = hold.spent(person, now)
    if not spent:
        return []
    own = _living(db, person.id)
    return [way for way in WAYS if way.amr & spent and any(_adds(way, person, own))]


def unspent_ways(db: Session, person: Person, collaborators: Container[str], now: datetime) -> list[Way]:
    """Which of the ways this person has make two with the password while a hold lasts."""
    return further(db, person, ("pwd",), 2, collaborators, now)


def own_further(
    db: Session,
    person: Person,
    amr: Iterable[str],
    needed: int,
    collaborators: Container[str],
    now: datetime,
) -> list[Way]:
    """The same where only the person's own means count, whatever else they have been let in by."""
    proven = [method for method in amr if own_level([method])]
    ways = further(db, person, proven, needed, collaborators, now)
    return [way for way in ways if own_level(way.amr)]


def best_of_own(db: Session, person: Person, collaborators: Container[str]) -> int:
    """The AAL that a person's own means reach together; 0 for who has none and comes by an upstream."""
    own = _living(db, person.id)
    return own_level(frozenset().union(*(adds for _, adds in _own_means(person, own, collaborators))))


def begins_by_own(db: Session, person: Person, collaborators: Container[str]) -> bool:
    """Whether one of a person's own means can say who they are, and not only confirm it."""
    own = _living(db, person.id)
    return any(
        way.kind == "password" or person.realm in way.begins
        for way, _ in _own_means(person, own, collaborators)
    )


def _own_means(
    person: Person, own: Sequence[Means], collaborators: Container[str]
) -> list[tuple[Way, frozenset[str]]]:
    """What each of a person's own means adds."""
    return [
        (way, adds)
        for way in WAYS
        if person.realm in way.realms and is_there(way.name, collaborators)
        for adds in _adds(way, person, own)
        if own_level(adds)
    ]


def proves_two(db: Session, person: Person, collaborators: Container[str]) -> bool:
    """Whether the person's own means, a password among them, reach AAL 2; so well can a phone be proven."""
    return _proves_two(person, _living(db, person.id), collaborators)


def _proves_two(
    person: Person,
    own: Sequence[Means],
    collaborators: Container[str],
    spent: frozenset[str] = frozenset(),
) -> bool:
    ways = _reaching(person, own, frozenset({"pwd"}), 2, collaborators, spent)
    return any(way.name != "qr" for way in ways)


def _reaching(
    person: Person,
    own: Sequence[Means],
    proven: frozenset[str],
    needed: int,
    collaborators: Container[str],
    spent: frozenset[str],
) -> list[Way]:
    return [
        way
        for way in WAYS
        if person.realm in way.realms
        and is_there(way.name, collaborators)
        and any(
            authentication_level((proven | adds) - spent) >= needed
            for adds in _adds(way, person, own)
            if not adds & spent
        )
    ]


def _adds(way: Way, person: Person, own: Sequence[Means]) -> Iterator[frozenset[str]]:
    """What each of the person's means of this way would add."""
    if way.kind is None and _has(person, way):
        yield way.amr
    yield from (frozenset(details.get("amr", way.amr)) for kind, details in own if kind == way.kind)


def _living(db: Session, person_id: UUID) -> list[Means]:
    living = (Credential.person_id == person_id, Credential.ended_at.is_(None))
    rows = db.execute(select(Credential.kind, Credential.details).where(*living))
    return [(kind, details or {}) for kind, details in rows]


def _has(person: Person, way: Way) -> bool:
    return way.name == "qr" or (way.name == "sms" and person.phone_sealed is not None)
