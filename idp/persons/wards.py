"""
The record of a child under fourteen: one for each child, however many guardians name it.

It is found by a keyed digest of the child's document, of a kind of its own: it holds no number, so the child
can register at fourteen. The guardian who came first made it, each later one shares it and learns nothing of
that. It is erased with the last of them.
"""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, Select, exists, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from idp.consents import rules as consents
from idp.consents.models import Consent
from idp.keys.vault import Vault
from idp.notices.telling import tell
from idp.persons import belongings, enrolment, lifecycle
from idp.persons.claim import Claim
from idp.persons.models import Document, DocumentIndex, Guardianship, Person, PersonStatus
from idp.storage.database import Database

ORIGIN = "guardian"
"""Of records that guardians made; nobody signs in as one."""
KIND = "ward"
"""What the digest of a child's document is of, so that no verified one is ever found by it."""
ANOTHER = "guardian.another"
"""Topic of what the guardians of a child are told when one more names it."""
TRIES = 5
BATCH = 200


def record_of(db: Session, vault: Vault, claim: Claim, locale: str, now: datetime) -> Person:
    """The record of this child, made if there is none; the name is what a registry confirmed last.

    Of two who make it at once the database lets one: the other waits, and shares it.
    """
    for _ in range(TRIES):
        ward = _found(db, vault, claim)
        if ward is not None:
            ward.name = claim.name
            return ward
        try:
            with db.begin_nested():
                return _made(db, vault, claim, locale, now)
        except IntegrityError:
            continue
    raise TimeoutError("the record of a child comes and goes")


def tell_others(db: Session, ward_id: UUID, newcomer_id: UUID, now: datetime) -> None:
    """Tell the guardians a child has that one more names it, and not who."""
    for guardian_id in db.scalars(_guardians(ward_id)):
        if guardian_id != newcomer_id:
            tell(db, guardian_id, ANOTHER, now)


def leave(db: Session, link: Guardianship, reason: str, now: datetime) -> None:
    """A guardian has left: what they agreed to is taken back, and without any other the record is erased."""
    ward = db.get_one(Person, link.ward_id, with_for_update=True, populate_existing=True)
    if db.scalar(_guardians(ward.id).limit(1)) is None:
        lifecycle.begin_closing(db, ward, reason, now, timedelta(0))
        lifecycle.finish_closing(db, ward, now)
    else:
        consents.withdraw_guardians(db, ward.id, link.created_at, now)


def share_earlier(database: Database, vault: Vault, now: datetime) -> int:
    """Periodic job: give the records from before one child was one record their digest, or join them to the
    one that has it; gives how many.
    """
    missing = exists().where(DocumentIndex.document_id == Document.id)
    query = select(Document.person_id).join(Person, Person.id == Document.person_id)
    with database.reading() as db:
        due = list(db.scalars(query.where(Person.origin == ORIGIN, _lives(), ~missing).limit(BATCH)))
    for ward_id in due:
        with database.writing() as db:
            _share(db, vault, db.get_one(Person, ward_id, with_for_update=True), now)
    return len(due)


def _found(db: Session, vault: Vault, claim: Claim) -> Person | None:
    """The living record, held until the transaction ends: its last guardian must not leave meanwhile."""
    for generation, digest in vault.digests(KIND, claim.key).items():
        query = (
            select(Person)
            .join(Document, Document.person_id == Person.id)
            .join(DocumentIndex, DocumentIndex.document_id == Document.id)
            .where(DocumentIndex.generation == generation, DocumentIndex.digest == digest, _lives())
        )
        ward = db.scalar(query.with_for_update(of=Person).execution_options(populate_existing=True))
        if ward is not None:
            return ward
    return None


def _made(db: Session, vault: Vault, claim: Claim, locale: str, now: datetime) -> Person:
    ward = Person(origin=ORIGIN, locale=locale, created_at=now)
    db.add(ward)
    db.flush()
    document = enrolment.claim_document(db, ward, claim, now)
    _index(db, vault, document)
    db.flush()
    return ward


def _index(db: Session, vault: Vault, document: Document) -> None:
    for generation, digest in vault.digests(KIND, belongings.claim_of(document).key).items():
        db.add(DocumentIndex(document_id=document.id, generation=generation, digest=digest))


def _share(db: Session, vault: Vault, ward: Person, now: datetime) -> None:
    """The guardians of a second record move to the first, and everybody hears that there are more."""
    for document in list(ward.documents):
        first = _found(db, vault, belongings.claim_of(document))
        if first is None:
            _index(db, vault, document)
            continue
        movers = list(db.scalars(_guardians(ward.id)))
        db.execute(update(Guardianship).where(Guardianship.ward_id == ward.id).values(ward_id=first.id))
        db.execute(update(Consent).where(Consent.person_id == ward.id).values(person_id=first.id))
        for guardian_id in movers:
            tell_others(db, first.id, guardian_id, now)
        lifecycle.begin_closing(db, ward, "joined", now, timedelta(0))
        lifecycle.finish_closing(db, ward, now)
        return


def _guardians(ward_id: UUID) -> Select[UUID]:
    return select(Guardianship.guardian_id).where(
        Guardianship.ward_id == ward_id, Guardianship.ended_at.is_(None)
    )


def _lives() -> ColumnElement[bool]:
    return Person.status != PersonStatus.CLOSED
