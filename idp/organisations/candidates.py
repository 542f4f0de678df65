"""Who might represent an organisation: a citizen by the document that is theirs, and how well that is known.

The level is that of the very document the registry compares: a face shown for one number says nothing of
another number that somebody bears as well.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from idp.organisations.registry import Representative
from idp.persons import belongings
from idp.persons.belongings import REGISTRY_LEVEL
from idp.persons.identifiers import DocumentType
from idp.persons.models import Document, Person, PersonStatus, Realm

NEEDED = 4
"""All four elements leak; a representative has shown that they are who they say (domain: agent model)."""


@dataclass(frozen=True)
class Candidate:
    """Somebody who may register an organisation."""

    person_id: UUID
    document_id: UUID
    representative: Representative
    level: int

    @property
    def may_represent(self) -> bool:
        """Whether they are known well enough."""
        return self.level >= NEEDED


def candidate(db: Session, person_id: UUID, now: datetime) -> Candidate | None:
    """
    The person by the document registries know representatives by, if it is known well enough, else by the
    best-known one; None below level 3, where they could be anybody.
    """
    person = db.get_one(Person, person_id)
    if person.realm != Realm.CITIZEN or person.status != PersonStatus.ACTIVE or not person.name:
        return None
    own = [(belongings.level_on(db, one, now), one) for one in person.documents if _is_theirs(one)]
    known = [(level, one) for level, one in own if level >= REGISTRY_LEVEL]
    if not known:
        return None
    level, document = max(known, key=_preference)
    representative = Representative(person.name, document.kind, document.number or "")
    return Candidate(person.id, document.id, representative, level)


def by_document(db: Session, person_id: UUID, document_id: UUID | None) -> Representative | None:
    """A person as the registry confirmed them once, whatever they may do today; None if none can be said."""
    person, document = db.get_one(Person, person_id), db.get(Document, document_id) if document_id else None
    if document is None or document.person_id != person_id or not _is_theirs(document) or not person.name:
        return None
    return Representative(person.name, document.kind, document.number or "")


def _preference(known: tuple[int, Document]) -> tuple[bool, bool, int]:
    level, document = known
    return level >= NEEDED, document.kind == DocumentType.RESIDENT_ID, level


def _is_theirs(document: Document) -> bool:
    return document.verified_at is not None and document.displaced_at is None
