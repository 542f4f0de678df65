"""Every way of proving oneself, in the order in which people are offered them."""

from collections.abc import Container, Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.assurance import authentication_level
from idp.authenticators import credentials, qr
from idp.authenticators.models import Credential
from idp.persons.models import Person, Realm


@dataclass(frozen=True)
class Way:
    """A way of proving oneself; its name is its page's path under `/interaction/<id>/`."""

    name: str
    amr: frozenset[str]
    kind: str | None
    """The kind of credential it needs; None where the proven phone or a card outside will do."""
    begins: bool
    """Whether it can say who somebody is; a second factor alone cannot."""
    realms: frozenset[str] = frozenset({Realm.CITIZEN})
    needs: str | None = None
    """A collaborator that not every instance has (`Services.extras`)."""


WAYS: tuple[Way, ...] = (
    Way("totp", frozenset({"otp"}), "totp", begins=False, realms=frozenset(Realm)),
    Way("recovery-code", frozenset({"rc"}), "recovery_code", begins=False),
    Way("qr", qr.AMR_OF_TWO, None, begins=True, needs="qr"),
)
"""Without the password, whose page is the sign-in page itself."""


def beginning(realm: str, collaborators: Container[str]) -> list[Way]:
    """The ways by which somebody can begin to sign in here."""
    return [
        way
        for way in WAYS
        if way.begins and realm in way.realms and (way.needs is None or way.needs in collaborators)
    ]


def further(
    db: Session, person: Person, amr: Iterable[str], needed: int, collaborators: Container[str]
) -> list[Way]:
    """The ways by which this person, having proven themselves so far, gets to the AAL that is needed."""
    proven, kinds = frozenset(amr), _kinds(db, person.id)
    return [
        way
        for way in WAYS
        if (way.kind in kinds if way.kind else _has(person, way, kinds))
        and person.realm in way.realms
        and (way.needs is None or way.needs in collaborators)
        and authentication_level(proven | way.amr) >= needed
    ]


def _kinds(db: Session, person_id: UUID) -> set[str]:
    living = (Credential.person_id == person_id, Credential.ended_at.is_(None))
    return set(db.scalars(select(Credential.kind).where(*living).distinct()))


def _has(person: Person, way: Way, kinds: set[str]) -> bool:
    if way.name == "qr":  # a phone cannot be proven better than by what its person has
        return not kinds.isdisjoint(credentials.SECOND_FACTORS)
    return way.name == "certificate" or (way.name == "sms" and person.phone_sealed is not None)
