"""A document proven at a higher level than its holder has goes to the claimant: after notice and a hold."""

from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CursorResult, update
from sqlalchemy.orm import Session

from idp.audit import trail
from idp.audit.events import (
    DisplacementAnnounced,
    DisplacementLapsed,
    DocumentDisplaced,
    IdentityVerified,
)
from idp.keys.vault import Vault
from idp.notices.telling import tell
from idp.outbox import queue
from idp.outbox.queue import Payload
from idp.persons import belongings
from idp.persons.belongings import Proof
from idp.persons.models import Displacement, Document, Person, PersonStatus

SETTLE = "displacement.settle"
"""Topic of holds that end (`settle`)."""


class Settled(StrEnum):
    """What became of a displacement."""

    MOVED = "moved"
    OBJECTED = "objected"
    """The holder proved the document at the same level in the meantime."""
    OVERTAKEN = "overtaken"
    """The document, its holder or the claimant are no longer what they were."""
    ALREADY = "already"


def announce(
    db: Session,
    document: Document,
    claimant: Person,
    claimed: Document,
    proof: Proof,
    now: datetime,
    hold: timedelta,
) -> Displacement:
    """Tell the holder that somebody proved their document better, and begin the hold."""
    row = Displacement(
        document_id=document.id,
        claimant_id=claimant.id,
        level=proof.level,
        created_at=now,
        due_at=now + hold,
    )
    db.add(row)
    payload = {
        "displacement_id": str(row.id),
        "claimed_id": str(claimed.id),
        "method": proof.method,
        "authority": proof.authority,
        "request_id": proof.request_id,
        "at": proof.at.isoformat(),
    }
    queue.put(db, SETTLE, payload, subject=str(claimant.id), due_at=row.due_at)
    trail.record(db, DisplacementAnnounced(person_id=document.person_id, level=proof.level))
    tell(db, document.person_id, "displacement.announced", now)
    tell(db, claimant.id, "displacement.awaited", now)
    return row


def settle(db: Session, vault: Vault, payload: Payload, now: datetime) -> Settled:
    """End a hold: move the document, unless its holder has proven it just as well by now."""
    row = db.get(Displacement, UUID(payload["displacement_id"]))
    if row is None or not _is_mine_to_settle(db, row.id, now):
        return Settled.ALREADY
    document = db.get_one(Document, row.document_id)
    claimed = db.get(Document, UUID(payload["claimed_id"]))
    claimant = db.get_one(Person, row.claimant_id)
    if claimed is None or claimant.status != PersonStatus.ACTIVE or document.displaced_at is not None:
        return _lapse(db, claimant, Settled.OVERTAKEN, now)
    if belongings.level_on(db, document, now) >= row.level:
        return _lapse(db, claimant, Settled.OBJECTED, now)
    belongings.take_document(db, document, "displaced", now)
    db.flush()
    proof = Proof(
        payload["method"],
        row.level,
        payload["authority"],
        payload["request_id"],
        datetime.fromisoformat(payload["at"]),
    )
    belongings.give_document(db, vault, claimant, claimed, proof, now)
    _record(db, document, claimant, proof, now)
    return Settled.MOVED


def _record(db: Session, document: Document, claimant: Person, proof: Proof, now: datetime) -> None:
    trail.record(db, DocumentDisplaced(person_id=document.person_id, level=proof.level))
    trail.record(
        db,
        IdentityVerified(
            person_id=claimant.id,
            method=proof.method,
            authority=proof.authority,
            registry_request_id=proof.request_id,
            level=proof.level,
        ),
    )
    tell(db, document.person_id, "document.displaced", now)
    tell(db, claimant.id, "identity.verified", now)


def _lapse(db: Session, claimant: Person, why: Settled, now: datetime) -> Settled:
    trail.record(db, DisplacementLapsed(person_id=claimant.id, reason=why))
    tell(db, claimant.id, "displacement.lapsed", now)
    return why


def _is_mine_to_settle(db: Session, displacement_id: UUID, now: datetime) -> bool:
    """Two workers may get one message; only one settles it."""
    result = db.execute(
        update(Displacement)
        .where(Displacement.id == displacement_id, Displacement.settled_at.is_(None))
        .values(settled_at=now)
    )
    return isinstance(result, CursorResult) and result.rowcount == 1
