"""Somebody who is looked at in nobody's place, so that time tells no stranger whether there was anybody."""

from uuid import UUID
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, select
from sqlalchemy.orm import Session

from idp.persons.models import Document, Person

_chosen: WeakKeyDictionary[Engine | Connection, UUID] = WeakKeyDictionary()
"""By database. They are read by the very statement that reads anybody: another would take another time."""


def person(db: Session) -> Person | None:
    """Somebody with a document; None where there is none, and so nothing to tell."""
    bind = db.get_bind()
    chosen = _chosen.get(bind)
    found = None if chosen is None else db.get(Person, chosen)
    if found is None or not _has_a_document(found):
        held = select(Person).join(Person.documents).where(Document.displaced_at.is_(None))
        found = db.scalar(held.order_by(Document.id).limit(1))
    if found is not None:
        _chosen[bind] = found.id
    return found


def _has_a_document(person: Person) -> bool:
    """Still: it goes when they close their account, or to whoever proves it better."""
    return any(document.displaced_at is None for document in person.documents)
