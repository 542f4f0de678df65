"""Record what a person was told or agreed to, and take it back."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from idp.audit import trail
from idp.audit.events import ConsentGiven, ConsentWithdrawn
from idp.consents.models import Consent, ConsentKind

GUARDIAN = "guardian"
"""The channel of what a guardian agreed to for a child."""


@dataclass(frozen=True)
class Said:
    """The very text that was shown: its key, version and the digest of its Chinese wording."""

    key: str
    version: str
    digest: str


def record(
    db: Session,
    person_id: UUID,
    kind: ConsentKind,
    text: Said,
    *,
    purpose: str,
    now: datetime,
    client_id: str | None = None,
    scopes: Iterable[str] = (),
    channel: str = "web",
) -> Consent:
    """Record one act; towards a client it takes over the scopes agreed before and supersedes that row."""
    covered = frozenset(scopes)
    if client_id is not None:
        for earlier in current(db, person_id, client_id):
            covered |= earlier.scopes
            earlier.superseded_at = now
    consent = Consent(
        person_id=person_id,
        client_id=client_id,
        kind=kind,
        purpose=purpose,
        scopes=covered,
        text_key=text.key,
        text_version=text.version,
        text_digest=text.digest,
        channel=channel,
        at=now,
    )
    db.add(consent)
    trail.record(
        db,
        ConsentGiven(
            person_id=person_id,
            client_id=client_id,
            kind=kind,
            text=f"{text.key}@{text.version}",
            scopes=" ".join(sorted(covered)),
        ),
    )
    return consent


def current(db: Session, person_id: UUID, client_id: str | None = None) -> list[Consent]:
    """The consents in force, towards one client or all."""
    query = select(Consent).where(
        Consent.person_id == person_id, Consent.withdrawn_at.is_(None), Consent.superseded_at.is_(None)
    )
    if client_id is not None:
        query = query.where(Consent.client_id == client_id)
    return list(db.scalars(query.order_by(Consent.at.desc())))


def told_of(db: Session, person_id: UUID, text: Said) -> frozenset[str]:
    """The scopes that notices of this very text told the person about, whichever department showed it."""
    notices = select(Consent.scopes).where(
        Consent.person_id == person_id,
        Consent.kind == ConsentKind.NOTICE,
        Consent.text_digest == text.digest,
        Consent.withdrawn_at.is_(None),
        Consent.superseded_at.is_(None),
    )
    return frozenset().union(*db.scalars(notices))


def withdraw(db: Session, person_id: UUID, client_id: str, now: datetime, authorizations: int = 0) -> int:
    """Take back everything agreed towards a client; gives how many records that ended.

    The caller ends the client's authorizations in the same transaction and says how many there were.
    """
    withdrawn = current(db, person_id, client_id)
    for consent in withdrawn:
        consent.withdrawn_at = now
    if withdrawn:
        trail.record(
            db, ConsentWithdrawn(person_id=person_id, client_id=client_id, authorizations=authorizations)
        )
    return len(withdrawn)


def withdraw_guardians(db: Session, ward_id: UUID, given_at: datetime, now: datetime) -> None:
    """Take back what one of a child's guardians agreed to, in the moment of naming it."""
    given = (Consent.person_id == ward_id, Consent.channel == GUARDIAN, Consent.at == given_at)
    db.execute(update(Consent).where(*given, Consent.withdrawn_at.is_(None)).values(withdrawn_at=now))
