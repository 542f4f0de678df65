"""The identity level (IAL 1–5) of a person: what their valid evidence adds up to, so it can fall."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from idp.evidence.models import Evidence, Method

SUPPORTS = {
    Method.PHONE_CODE: 1,
    Method.DOCUMENT_FORMAT: 2,
    Method.DIRECTORY: 2,
    Method.REGISTRY_PHONE_MISMATCH: 2,
    Method.REGISTRY_MATCH: 3,
    Method.REGISTRY_PHONE_MATCH: 3,
    Method.REAL_PERSON: 4,
    Method.UPSTREAM: 5,
    Method.WINDOW: 5,
    Method.CERTIFICATE: 5,
}
"""The level each method supports (domain: two axes, internal scale); an upstream's as its table says."""


def is_valid(record: Evidence, now: datetime) -> bool:
    """Neither withdrawn nor expired."""
    return record.withdrawn_at is None and (record.expires_at is None or now < record.expires_at)


def level_of(records: Iterable[Evidence], now: datetime) -> int:
    """The highest level a valid record supports; 0 when nothing is known."""
    return max((record.level for record in records if is_valid(record, now)), default=0)


def of_person(db: Session, person_id: UUID, now: datetime) -> list[Evidence]:
    """The valid records of a person, newest first."""
    return list(
        db.scalars(
            select(Evidence)
            .where(
                Evidence.person_id == person_id,
                Evidence.withdrawn_at.is_(None),
                or_(Evidence.expires_at.is_(None), Evidence.expires_at > now),
            )
            .order_by(Evidence.at.desc())
        )
    )


def identity_level(db: Session, person_id: UUID, now: datetime) -> int:
    """The person's identity level at this moment."""
    return level_of(of_person(db, person_id, now), now)
