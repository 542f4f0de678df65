"""Cases that an operator decides, where an upstream and we disagree about who somebody is."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from federation.events import UpstreamCaseClosed, UpstreamDisagreed
from federation.matching import Conflict
from federation.models import UpstreamCase
from idp.audit import trail
from idp.interaction.upstream import AssertedIdentity
from idp.keys.vault import Vault
from idp.notices.telling import tell
from idp.persons import merging
from idp.persons.merge_rules import MergeRefused

KIND = "upstream-case"
DECISIONS = ("upstream_is_wrong", "corrected_here", "linked_at_window", "nothing_to_do")
"""What an operator can have found."""


def open_case(
    db: Session, vault: Vault, asserted: AssertedIdentity, conflict: Conflict, now: datetime
) -> UpstreamCase:
    """Keep what the upstream asserts, sealed; somebody who comes again finds the case that is open."""
    about = f"{asserted.upstream}|{asserted.subject}|{conflict.reason}|{conflict.person_id}"
    digest = vault.digest(KIND, about)
    if (found := _open(db, digest)) is not None:
        return found
    made = UpstreamCase(
        upstream=asserted.upstream,
        digest=digest,
        reason=conflict.reason,
        person_id=conflict.person_id,
        other_person_id=conflict.other_id,
        opened_at=now,
    )
    try:
        with db.begin_nested():
            db.add(made)
            made.subject, made.name, made.number = asserted.subject, asserted.name, asserted.number
            db.flush()
    except IntegrityError:  # the same person in another window was quicker
        if (theirs := _open(db, digest)) is None:
            raise
        return theirs
    trail.record(
        db,
        UpstreamDisagreed(person_id=conflict.person_id, upstream=asserted.upstream, reason=conflict.reason),
    )
    _suggest_merge(db, asserted.upstream, conflict, now)
    if conflict.person_id is not None:
        tell(db, conflict.person_id, "upstream.disagreed", now, {"upstream": asserted.upstream})
    return made


def _suggest_merge(db: Session, upstream: str, conflict: Conflict, now: datetime) -> None:
    """Two accounts here for one person there may be one person's: two operators decide, nothing moves."""
    if conflict.person_id is not None and conflict.other_id is not None:
        with suppress(MergeRefused):
            merging.propose(db, conflict.person_id, conflict.other_id, "", now, origin=upstream)


def _open(db: Session, digest: bytes) -> UpstreamCase | None:
    query = select(UpstreamCase).where(UpstreamCase.digest == digest, UpstreamCase.closed_at.is_(None))
    return db.scalar(query)


def waiting(db: Session, most: int = 100) -> Sequence[UpstreamCase]:
    """The open cases, oldest first."""
    query = select(UpstreamCase).where(UpstreamCase.closed_at.is_(None))
    return list(db.scalars(query.order_by(UpstreamCase.opened_at, UpstreamCase.id).limit(most)))


def close(db: Session, case_id: UUID, decision: str, now: datetime) -> bool:
    """Say what was found, and erase what the upstream had asserted; false where the case is not open."""
    if decision not in DECISIONS:
        raise ValueError(f"decisions are {', '.join(DECISIONS)}")
    case = db.get(UpstreamCase, case_id)
    if case is None or case.closed_at is not None:
        return False
    case.closed_at, case.closed_because = now, decision
    case.name = case.number = None
    trail.record(
        db,
        UpstreamCaseClosed(
            person_id=case.person_id, upstream=case.upstream, reason=case.reason, decision=decision
        ),
    )
    return True
