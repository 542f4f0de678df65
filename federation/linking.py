"""Which account at an upstream is whose here: found by its stable id, given once, taken back at any time."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from federation.events import UpstreamLinked, UpstreamUnlinked
from federation.models import UpstreamIndex, UpstreamLink
from idp.audit import trail
from idp.evidence.models import Evidence, Method
from idp.keys.vault import Vault
from idp.notices.telling import tell
from idp.organisations.reviews import Decider
from idp.persons import merge_rules
from idp.persons.models import Person
from idp.storage.database import Refusal

KIND = "upstream"
BY_OPERATOR = "ended_by_operator"
TAKEN_BACK = "upstream.taken_back"
"""Topic of what its person is told when an operator ended it."""


class How(StrEnum):
    """How it was shown that both accounts are one person's."""

    CREATED = "created"
    """The account here came from the upstream."""
    OWN_MEANS = "own_means"
    """The upstream proves the document the account here has, and its person proved themselves here."""
    OWN_PAGE = "own_page"
    """Its person, freshly proven here, asked for it and proved themselves there."""


class Why(StrEnum):
    """Why an operator did not end a link; pages say it in words."""

    SETTLED = "settled"
    REASON = "reason"
    ONESELF = "oneself"


class LinkKept(Refusal):
    """Nothing was ended, for this reason."""

    def __init__(self, reason: Why) -> None:
        super().__init__(reason.value)
        self.reason = reason


class Taken(Exception):
    """The upstream's account is somebody's already; nothing was written."""


def find(db: Session, vault: Vault, upstream: str, subject: str) -> UpstreamLink | None:
    """The living link of an upstream's account."""
    for generation, digest in vault.digests(KIND, _key(upstream, subject)).items():
        found: UUID | None = db.scalar(
            select(UpstreamIndex.link_id).where(
                UpstreamIndex.generation == generation, UpstreamIndex.digest == digest
            )
        )
        if found is not None:
            return db.get(UpstreamLink, found)
    return None


def link(
    db: Session, vault: Vault, upstream: str, subject: str, person_id: UUID, how: How, now: datetime
) -> UpstreamLink:
    """Make the upstream's account this person's; raises Taken. The database lets only one of two win."""
    made = UpstreamLink(person_id=person_id, upstream=upstream, proven_by=how, linked_at=now, last_at=now)
    db.add(made)
    made.subject = subject
    try:
        db.flush()
        for generation, digest in vault.digests(KIND, _key(upstream, subject)).items():
            db.add(UpstreamIndex(link_id=made.id, generation=generation, digest=digest))
        db.flush()
    except IntegrityError:
        raise Taken from None
    trail.record(db, UpstreamLinked(person_id=person_id, upstream=upstream, how=how))
    if how is not How.CREATED:
        tell(db, person_id, "upstream.linked", now, {"upstream": upstream})
    return made


def living(db: Session, person_id: UUID) -> list[UpstreamLink]:
    """A person's links, oldest first."""
    query = select(UpstreamLink).where(UpstreamLink.person_id == person_id, UpstreamLink.ended_at.is_(None))
    return list(db.scalars(query.order_by(UpstreamLink.linked_at)))


def counted(db: Session) -> dict[str, int]:
    """How many living links each upstream has."""
    query = select(UpstreamLink.upstream, func.count()).where(UpstreamLink.ended_at.is_(None))
    return {row[0]: row[1] for row in db.execute(query.group_by(UpstreamLink.upstream))}


def end(
    db: Session, link: UpstreamLink, because: str, now: datetime, topic: str = "upstream.unlinked"
) -> None:
    """Take a link back, and with it what was believed here by that upstream's word; its person is told."""
    link.ended_at, link.ended_because = now, because
    db.execute(delete(UpstreamIndex).where(UpstreamIndex.link_id == link.id))
    withdraw(db, link.person_id, link.upstream, "unlinked", now)
    db.get_one(Person, link.person_id).version += 1
    trail.record(db, UpstreamUnlinked(person_id=link.person_id, upstream=link.upstream, reason=because))
    tell(db, link.person_id, topic, now, {"upstream": link.upstream})


def take_back(db: Session, link_id: UUID, operator: Decider, note: str, now: datetime) -> UpstreamLink:
    """An operator ends a link that is not its person's, and says why; raises LinkKept.

    The caller ends what anybody is signed in to, in the same transaction: whoever came by it is out.
    """
    link = db.get_one(UpstreamLink, link_id, with_for_update=True, populate_existing=True)
    if link.ended_at is not None:
        raise LinkKept(Why.SETTLED)
    fault = merge_rules.operator_fault(db, operator, [db.get_one(Person, link.person_id)], note)
    if fault is not None:
        raise LinkKept(Why(fault.value))
    link.ended_by, link.ended_note = operator.person_id, note.strip()[:200]
    end(db, link, BY_OPERATOR, now, TAKEN_BACK)
    return link


def forget(db: Session, person_id: UUID, now: datetime) -> None:
    """End every link of a closed person without a trace of who they were there (PIPL Art. 47)."""
    for one in db.scalars(select(UpstreamLink).where(UpstreamLink.person_id == person_id)):
        one.ended_at, one.ended_because = one.ended_at or now, one.ended_because or "closed"
        one.subject = ""
        db.execute(delete(UpstreamIndex).where(UpstreamIndex.link_id == one.id))


def withdraw(db: Session, person_id: UUID, upstream: str, because: str, now: datetime) -> None:
    """Withdraw the evidence that rests on an upstream's word."""
    query = select(Evidence).where(
        Evidence.person_id == person_id,
        Evidence.method == Method.UPSTREAM,
        Evidence.authority == upstream,
        Evidence.withdrawn_at.is_(None),
    )
    for record in db.scalars(query):
        record.withdrawn_at, record.withdrawn_because = now, because


def _key(upstream: str, subject: str) -> str:
    return f"{upstream}|{subject}"
