"""Whose a document or a phone is: one person's at a time, found by blind indexes of every generation."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from idp.audit import trail
from idp.audit.events import PhoneReclaimed
from idp.evidence import levels
from idp.evidence.models import Evidence, Method
from idp.keys.vault import Vault
from idp.notices.telling import keep
from idp.outbox import queue
from idp.persons import decoys, locking, lookup, names
from idp.persons.claim import Claim
from idp.persons.identifiers import DocumentType
from idp.persons.models import Document, DocumentIndex, Person, PhoneIndex

DOCUMENT_TAKEN = "document.taken"
"""Topic of `{document_id}`: what rested on its being somebody's is to be looked at (`mandates.people`)."""
REGISTRY_LEVEL = levels.SUPPORTS[Method.REGISTRY_MATCH]


@dataclass(frozen=True)
class Proof:
    """What was verified, how, by whom, and what that is worth."""

    method: str
    level: int
    authority: str
    request_id: str
    at: datetime

    @property
    def is_conclusive(self) -> bool:
        """Whether it makes what was claimed somebody's own: a registry's yes, or better."""
        return self.level >= REGISTRY_LEVEL


@dataclass(frozen=True)
class Held:
    """A verified document and the level its holder's valid evidence gives it."""

    document: Document
    level: int


@dataclass(frozen=True)
class Known:
    """Who must be told instead of creating anybody, and by what they are known."""

    person: Person
    by_document: bool
    """False: by the phone alone."""


def held(db: Session, vault: Vault, claim: Claim, now: datetime) -> Held | None:
    """Who holds the claimed document, if anybody does."""
    document = lookup.verified_document(db, vault, claim.kind, claim.number, claim.country)
    return None if document is None else Held(document, level_on(db, document, now))


def level_on(db: Session, document: Document, now: datetime) -> int:
    """What the valid evidence about this one document adds up to."""
    records = db.scalars(select(Evidence).where(Evidence.document_id == document.id))
    return levels.level_of(records, now)


def phone_holder(db: Session, vault: Vault, phone: str) -> Person | None:
    """Who has proven this phone (E.164)."""
    return lookup.by_phone(db, vault, phone)


def known_to(
    db: Session, vault: Vault, claim: Claim, phone: str | None, proof: Proof | None, now: datetime
) -> Known | None:
    """
    Who already has what an applicant claims and must be told instead; None if the way is free.

    `proof` is what a registry said of name and number, None if none did. Without it a number is nobody's
    business. A phone stays with its holder, unless the proof is conclusive: then it is a reclaimed number, if
    the holder does not claim the very same document. A document goes only from a holder at a lower level.
    """
    holder = phone_holder(db, vault, phone) if phone else None
    owner = held(db, vault, claim, now) if proof else None
    if proof and owner and owner.level >= proof.level:
        return Known(db.get_one(Person, owner.document.person_id), by_document=True)
    if holder is None:
        return None
    if proof is None or not proof.is_conclusive:
        return Known(holder, by_document=False)
    return Known(holder, by_document=True) if claims_the_same(holder, claim) else None


def claims_the_same(person: Person, claim: Claim) -> bool:
    """Whether name and document are what this person has, verified or not; either is looked at always."""
    claimed = (claim.kind, claim.number, claim.country)
    theirs = [
        (document.kind, document.number, document.country)
        for document in person.documents
        if document.displaced_at is None
    ]
    return names.same(person.name or "", claim.name) & (claimed in theirs)


def is_theirs(db: Session, person: Person | None, claim: Claim) -> bool:
    """
    Whether name and document are what this person has, verified or not; nobody has anything.

    In nobody's place somebody else's record is opened and compared in vain: time tells no stranger whether
    there was anybody.
    """
    compared = person or decoys.person(db)
    same = compared is not None and claims_the_same(compared, claim)
    return same and person is not None


def claim_of(document: Document) -> Claim:
    """The claim a stored document stands for, as far as its number goes."""
    return Claim(DocumentType(document.kind), document.number or "", "", document.country)


def give_document(
    db: Session, vault: Vault, person: Person, document: Document, proof: Proof, now: datetime
) -> None:
    """Make the document the person's own; the flush fails if it is somebody else's."""
    if document.verified_at is None:
        document.verified_at = now
        for generation, digest in vault.digests("document", claim_of(document).key).items():
            db.add(DocumentIndex(document_id=document.id, generation=generation, digest=digest))
    person.version += 1
    db.add(evidence_of(person, document, proof))


def evidence_of(person: Person, document: Document, proof: Proof) -> Evidence:
    """The record of a proof about a person's document."""
    return Evidence(
        person_id=person.id,
        document_id=document.id,
        method=proof.method,
        authority=proof.authority,
        request_id=proof.request_id,
        level=proof.level,
        at=proof.at,
    )


def take_document(db: Session, document: Document, because: str, now: datetime) -> None:
    """Take a verified document from its person, with all evidence about it; their row comes first."""
    person = locking.alone(db, document.person_id)
    db.execute(delete(DocumentIndex).where(DocumentIndex.document_id == document.id))
    db.execute(
        update(Evidence)
        .where(Evidence.document_id == document.id, Evidence.withdrawn_at.is_(None))
        .values(withdrawn_at=now, withdrawn_because=because)
    )
    document.displaced_at = now
    if person is not None:
        person.version += 1
    queue.put(db, DOCUMENT_TAKEN, {"document_id": str(document.id)}, subject=str(document.person_id))


def give_phone(db: Session, vault: Vault, person: Person, phone: str) -> None:
    """Make the phone the person's own instead of the one before; the flush fails if it is another's."""
    db.execute(delete(PhoneIndex).where(PhoneIndex.person_id == person.id))
    person.phone = phone
    for generation, digest in vault.digests(lookup.PHONE, phone).items():
        db.add(PhoneIndex(person_id=person.id, generation=generation, digest=digest))


def reclaim_phone(db: Session, holder: Person, now: datetime) -> None:
    """Detach a phone that has a new owner; its former person keeps every other way in and is told inside."""
    db.execute(delete(PhoneIndex).where(PhoneIndex.person_id == holder.id))
    db.execute(
        update(Evidence)
        .where(
            Evidence.person_id == holder.id,
            Evidence.method == Method.PHONE_CODE,
            Evidence.withdrawn_at.is_(None),
        )
        .values(withdrawn_at=now, withdrawn_because="phone_reclaimed")
    )
    holder.phone = None
    holder.version += 1
    trail.record(db, PhoneReclaimed(person_id=holder.id))
    keep(db, holder.id, "phone.reclaimed", now)
