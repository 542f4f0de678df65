"""A citizen whom an administrator means: found by exactly what they give, shown masked, recorded and told."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from admin_ui.access import who
from admin_ui.events import PersonLookedUp
from admin_ui.finding import Purpose
from idp.audit import trail
from idp.authenticators import throttle
from idp.evidence import levels
from idp.persons import lookup
from idp.persons.models import Person, Realm
from idp.services import current
from idp.web.request_scope import now
from idp.web.showing import masked_claims, masked_name


class TooOften(Exception):
    """One after another is how lists are made."""


@dataclass(frozen=True)
class Citizen:
    """As much of somebody as shows that it is them."""

    id: UUID
    name: str
    phone: str
    level: int
    status: str


def find(typed: str, purpose: Purpose) -> UUID | None:
    """Whoever has this very number, phone or login; raises TooOften. Hold no transaction."""
    services = current()
    if throttle.pace(services.state, who().person_id.hex, "find-person", services.limits):
        raise TooOften
    with services.database.writing() as db:
        person = lookup.by_login(db, services.vault, typed, now())
        found = person if person is not None and person.realm == Realm.CITIZEN else None
        person_id = found.id if found else None
        trail.record(db, PersonLookedUp(person_id=person_id, purpose=purpose, found=found is not None))
    return person_id


def shown(db: Session, person_id: UUID) -> Citizen:
    """Masked."""
    person = db.get_one(Person, person_id)
    return Citizen(
        id=person.id,
        name=masked_name(person.name),
        phone=masked_claims(person)["phone_number"],
        level=levels.identity_level(db, person.id, now()),
        status=person.status,
    )
