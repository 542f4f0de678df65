"""Questions about organisations that no registry answers: a member of staff looks at the paper and decides.

A paper counts if it is graded A or B (108号: original data or a checked copy), or if the original itself lay
on a window's counter. Whoever is made a representative by it is approved by two; nobody decides about
themselves. What an approval does is `mandates.reviewing`'s.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import false, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from idp.audit import trail
from idp.keys.vault import Vault
from idp.organisations.claim import Claim
from idp.organisations.events import OrganisationReviewed
from idp.organisations.models import Organisation, OrganisationReview, ReviewKind, ReviewStatus
from idp.storage.database import Refusal

MOST_BYTES = 2 * 1024 * 1024
MAGIC = {b"%PDF-": "application/pdf", b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}
"""How files begin that are taken; what they are called and say of themselves counts for nothing."""
GRADES = ("A", "B", "C", "D")
GOOD = frozenset({"A", "B"})
OPEN = (ReviewStatus.OPEN, ReviewStatus.PROPOSED)
KEPT = timedelta(days=90)
"""For how long a paper is kept that led to nothing."""
LOOKED_AT = timedelta(days=30)
"""For how long a doubt that somebody looked into is not raised again."""


class Why(StrEnum):
    """Why a paper is not taken, or a decision not either; pages say it in words."""

    EMPTY = "empty"
    TOO_LARGE = "too_large"
    MEDIA_TYPE = "media_type"
    ALREADY = "already"
    """Somebody is deciding on this question at this moment, or has."""
    ONESELF = "oneself"
    SAME_DECIDER = "same_decider"
    GRADE = "grade"
    """A paper of this grade proves nothing, and nobody saw the original."""
    REASON = "reason"
    """No reason was given."""
    LEVEL = "level"
    """The applicant is not known well enough to represent anybody."""
    GONE = "gone"
    """There is nobody or nothing left to decide about."""
    CHANGED = "changed"
    """Another paper was handed in since they looked."""


class ReviewRefused(Refusal):
    """Nothing was changed, for this reason."""

    def __init__(self, reason: Why) -> None:
        super().__init__(reason.value)
        self.reason = reason


@dataclass(frozen=True)
class Paper:
    """What was handed in."""

    content: bytes
    media_type: str
    sha256: str


@dataclass(frozen=True)
class Decider:
    """A member of staff, and every person here that is known to be the same human being."""

    person_id: UUID
    same: frozenset[UUID] = frozenset()

    def is_one(self, person_id: UUID | None) -> bool:
        """Whether somebody is this decider, as far as that is known."""
        return person_id is not None and person_id in {self.person_id, *self.same}


@dataclass(frozen=True)
class Decision:
    """What a member of staff says; `grade` and `original` matter for a yes."""

    approve: bool
    reason: str
    grade: str | None = None
    original: bool = False
    """The original itself lay before them."""
    seen: str | None = None
    """Which question they looked at (`mark`); None for who took the paper in themselves."""


def paper(content: bytes) -> Paper:
    """What somebody handed in; raises ReviewRefused. Its first bytes say what it is."""
    if not content:
        raise ReviewRefused(Why.EMPTY)
    if len(content) > MOST_BYTES:
        raise ReviewRefused(Why.TOO_LARGE)
    media_type = next((kind for begin, kind in MAGIC.items() if content.startswith(begin)), None)
    if media_type is None:
        raise ReviewRefused(Why.MEDIA_TYPE)
    return Paper(content, media_type, hashlib.sha256(content).hexdigest())


def hand_in(
    db: Session,
    vault: Vault,
    kind: ReviewKind,
    claim: Claim,
    applicant_id: UUID,
    handed: Paper,
    now: datetime,
    *,
    organisation_id: UUID | None = None,
    application_id: UUID | None = None,
) -> OrganisationReview:
    """Ask for a decision, or hand in a better paper while nobody has decided; raises ReviewRefused."""
    review = waiting(db, claim.credit_code, kind, applicant_id)
    if review is not None and review.status != ReviewStatus.OPEN:
        raise ReviewRefused(Why.ALREADY)
    if review is None:
        review = OrganisationReview(
            kind=kind,
            credit_code=claim.credit_code,
            name=claim.name,
            division=claim.division,
            applicant_id=applicant_id,
            created_at=now,
        )
        try:
            with db.begin_nested():
                db.add(review)
        except IntegrityError:
            raise ReviewRefused(Why.ALREADY) from None
    review.name = claim.name
    review.organisation_id = organisation_id or review.organisation_id
    review.application_id = application_id or review.application_id
    review.file_sealed = vault.seal(handed.content, TABLE, COLUMN, review.id)
    review.media_type, review.file_sha256 = handed.media_type, handed.sha256
    review.file_size = len(handed.content)
    _record(db, review, "opened", applicant_id)
    return review


def propose(
    db: Session, review_id: UUID, opener: Decider, decision: Decision, now: datetime
) -> OrganisationReview:
    """
    Whoever took the paper in at a window is the first of two, whatever is asked; raises ReviewRefused.

    Nothing follows before somebody else has decided, also where an applicant's own question would take one.
    """
    review = held(db, review_id)
    if review.status != ReviewStatus.OPEN:
        raise ReviewRefused(Why.ALREADY)
    fault = unfit(review.applicant_id, opener, decision)
    if fault is not None:
        raise ReviewRefused(fault)
    _sign(review, opener, decision, now, second=False)
    review.status = ReviewStatus.PROPOSED
    _record(db, review, review.status, None)
    db.flush()
    return review


def unfit(applicant_id: UUID | None, opener: Decider, decision: Decision) -> Why | None:
    """Why somebody cannot be the first of two; asked before anything is written."""
    if opener.is_one(applicant_id):
        return Why.ONESELF
    if not decision.reason.strip():
        return Why.REASON
    return None if _proves(decision) else Why.GRADE


def doubt(db: Session, organisation: Organisation, now: datetime) -> None:
    """Have somebody look at an organisation whose registry is unclear about it, unless somebody just has."""
    query = select(OrganisationReview.id).where(
        OrganisationReview.kind == ReviewKind.STATE,
        OrganisationReview.organisation_id == organisation.id,
        OrganisationReview.settled_at.is_(None) | (OrganisationReview.settled_at > now - LOOKED_AT),
    )
    if db.scalar(query.limit(1)) is not None:
        return
    review = OrganisationReview(
        kind=ReviewKind.STATE,
        credit_code=organisation.credit_code,
        name=organisation.name,
        division=organisation.division,
        organisation_id=organisation.id,
        created_at=now,
    )
    db.add(review)
    _record(db, review, "opened", None)


def waiting(db: Session, credit_code: str, kind: ReviewKind, applicant_id: UUID) -> OrganisationReview | None:
    """Somebody's undecided question about a code."""
    query = select(OrganisationReview).where(
        OrganisationReview.kind == kind,
        OrganisationReview.credit_code == credit_code,
        OrganisationReview.applicant_id == applicant_id,
        OrganisationReview.settled_at.is_(None),
    )
    return db.scalar(query)


def undecided(
    db: Session, divisions: Sequence[str] | None = None, most: int = 100
) -> Sequence[OrganisationReview]:
    """What waits for a decision, the oldest first; `divisions` are the beginnings of codes one may see."""
    query = select(OrganisationReview).where(OrganisationReview.settled_at.is_(None))
    if divisions is not None:
        begins = [OrganisationReview.division.startswith(one, autoescape=True) for one in divisions]
        query = query.where(or_(false(), *begins))
    return db.scalars(query.order_by(OrganisationReview.created_at).limit(most)).all()


def content_of(db: Session, vault: Vault, review: OrganisationReview) -> bytes | None:
    """The paper, for a member of staff to look at; that they did is recorded."""
    if review.file_sealed is None:
        return None
    _record(db, review, "viewed", None)
    return vault.open(review.file_sealed, TABLE, COLUMN, review.id)


def decide(
    db: Session, review_id: UUID, decider: Decider, decision: Decision, now: datetime
) -> OrganisationReview:
    """
    Say yes or no once; raises ReviewRefused. The caller does what an approval means, in this transaction.

    One no is a no. A yes that makes somebody a representative takes two.
    """
    review = held(db, review_id)
    if review.settled_at is not None:
        raise ReviewRefused(Why.ALREADY)
    fault = _fault(review, decider, decision)
    if fault is not None:
        raise ReviewRefused(fault)
    second = review.status == ReviewStatus.PROPOSED
    _sign(review, decider, decision, now, second=second)
    if not decision.approve:
        review.status = ReviewStatus.REFUSED
    elif review.kind == ReviewKind.REPRESENTATIVE and not second:
        review.status = ReviewStatus.PROPOSED
    else:
        review.status = ReviewStatus.APPROVED
    review.settled_at = None if review.status == ReviewStatus.PROPOSED else now
    _record(db, review, review.status, None)
    db.flush()
    return review


def withdraw(db: Session, review_id: UUID, applicant_id: UUID, now: datetime) -> None:
    """The applicant does not ask any more; raises ReviewRefused."""
    review = held(db, review_id)
    if review.applicant_id != applicant_id or review.settled_at is not None:
        raise ReviewRefused(Why.GONE)
    review.status, review.settled_at = ReviewStatus.WITHDRAWN, now
    _record(db, review, review.status, applicant_id)


def held(db: Session, review_id: UUID) -> OrganisationReview:
    """The review, held until the transaction ends: of two who decide at once the second finds it decided."""
    query = select(OrganisationReview).where(OrganisationReview.id == review_id).with_for_update()
    found = db.scalar(query.execution_options(populate_existing=True))
    if found is None:
        raise ReviewRefused(Why.GONE)
    return found


def erase(db: Session, now: datetime) -> int:
    """Periodic: forget the papers that led to nothing; their digests stay. Gives how many."""
    led_to_nothing = OrganisationReview.status.in_([ReviewStatus.REFUSED, ReviewStatus.WITHDRAWN])
    query = select(OrganisationReview.id).where(
        led_to_nothing,
        OrganisationReview.settled_at < now - KEPT,
        OrganisationReview.file_sealed.is_not(None),
    )
    ids = list(db.scalars(query.limit(200)))
    if ids:
        chosen = OrganisationReview.id.in_(ids)
        db.execute(update(OrganisationReview).where(chosen).values(file_sealed=None))
    return len(ids)


TABLE, COLUMN = OrganisationReview.__tablename__, "file"


def mark(review: OrganisationReview) -> str:
    """What changes with the paper or the name: whoever says yes says it to what they were shown."""
    return hashlib.sha256(f"{review.file_sha256}|{review.name}".encode()).hexdigest()


def _fault(review: OrganisationReview, decider: Decider, decision: Decision) -> Why | None:
    if decider.is_one(review.applicant_id):
        return Why.ONESELF
    if decider.is_one(review.first_decider_id):
        return Why.SAME_DECIDER
    if not decision.reason.strip():
        return Why.REASON
    if decision.approve and decision.seen not in (None, mark(review)):
        return Why.CHANGED
    if not decision.approve or review.kind == ReviewKind.STATE:
        return None
    return None if _proves(decision) else Why.GRADE


def _proves(decision: Decision) -> bool:
    return decision.grade in GRADES and (decision.original or decision.grade in GOOD)


def _sign(
    review: OrganisationReview, decider: Decider, decision: Decision, now: datetime, *, second: bool
) -> None:
    reason = " ".join(decision.reason.split())[:200]
    if second:
        review.second_decider_id, review.second_decided_at = decider.person_id, now
        review.second_reason = reason
    else:
        review.first_decider_id, review.first_decided_at = decider.person_id, now
        review.first_reason = reason
    if decision.approve and review.kind != ReviewKind.STATE:
        review.grade = max(filter(None, (review.grade, decision.grade)))
        review.seen_original = review.seen_original or decision.original


def _record(db: Session, review: OrganisationReview, outcome: str, person_id: UUID | None) -> None:
    trail.record(
        db,
        OrganisationReviewed(
            person_id=person_id,
            review=str(review.id),
            code=review.credit_code,
            kind=review.kind,
            outcome=outcome,
            grade=review.grade or "",
        ),
    )
