"""Which notices a person hears of by text message: of security always, of the rest as they choose."""

from collections.abc import Iterable
from enum import StrEnum
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from idp.notices.models import Declined


class Kind(StrEnum):
    """What a notice is about."""

    SECURITY = "security"
    """Everything that is not known to be something else: it cannot be declined."""
    IDENTITY = "identity"
    SERVICES = "services"


class Channel(StrEnum):
    """By what a person is told besides their inbox, which always has everything."""

    SMS = "sms"


KINDS = {
    "identity.verified": Kind.IDENTITY,
    "identity.refused": Kind.IDENTITY,
    "identity.unconfirmed": Kind.IDENTITY,
    "identity.cannot_verify": Kind.IDENTITY,
    "verification.queued": Kind.IDENTITY,
    "displacement.awaited": Kind.IDENTITY,
    "displacement.lapsed": Kind.IDENTITY,
    "department.first_used": Kind.SERVICES,
    "data.exported": Kind.SERVICES,
    "guardian.linked": Kind.SERVICES,
    "guardian.ended": Kind.SERVICES,
}
"""The topics a person may do without."""

OPEN = (Kind.IDENTITY,)
"""Kinds with a text message that may be declined; the others go to the inbox alone."""


def kind_of(topic: str) -> Kind:
    """What a topic is about; one nobody thought of is security."""
    return KINDS.get(topic, Kind.SECURITY)


def wants(db: Session, person_id: UUID, topic: str, channel: Channel) -> bool:
    """Whether to tell a person of this topic by this channel."""
    kind = kind_of(topic)
    return kind is Kind.SECURITY or db.get(Declined, (person_id, kind, channel)) is None


def declined(db: Session, person_id: UUID) -> frozenset[tuple[str, str]]:
    """The kinds and channels a person does without."""
    query = select(Declined.kind, Declined.channel).where(Declined.person_id == person_id)
    return frozenset((row.kind, row.channel) for row in db.execute(query))


def choose(db: Session, person_id: UUID, wanted: Iterable[Kind]) -> None:
    """Keep which of the open kinds come as text messages."""
    kept = set(wanted)
    db.execute(delete(Declined).where(Declined.person_id == person_id))
    for kind in OPEN:
        if kind not in kept:
            db.add(Declined(person_id=person_id, kind=kind, channel=Channel.SMS))
