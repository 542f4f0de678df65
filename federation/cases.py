"""Cases that an operator decides, where an upstream and we disagree about who somebody is."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from enum import StrEnum
from functools import partial
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from federation.events import UpstreamCaseClosed, UpstreamDisagreed
from federation.matching import Conflict
from federation.models import UpstreamCase
from idp.audit import trail
from idp.interaction.upstream import AssertedIdentity
from idp.keys.vault import Vault
from idp.notices.telling import tell
from idp.organisations.reviews import Decider
from idp.persons import merge_rules, merging
from idp.persons.merge_rules import MergeRefused
from idp.persons.models import Merge, Person
from idp.storage.database import Refusal

KIND = "upstream-case"
DECISIONS = ("upstream_is_wrong", "corrected_here", "linked_at_window", "nothing_to_do")
"""What an operator can have found."""


class Why(StrEnum):
    """Why a case was not decided; pages say it in words."""

    SETTLED = "settled"
    REASON = "reason"
    ONESELF = "oneself"


class CaseRefused(Refusal):
    """Nothing was decided, for this reason."""

    def __init__(self, reason: Why) -> None:
        super().__init__(reason.value)
        self.reason = reason


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


def decide(
    db: Session, case_id: UUID, decision: str, operator: Decider, note: str, now: datetime
) -> UpstreamCase:
    """
    Say what was found, and why, and erase what the upstream had asserted; raises CaseRefused.

    Nobody decides about themselves, in the console or on the machine.
    """
    if decision not in DECISIONS:
        raise ValueError(f"decisions are {', '.join(DECISIONS)}")
    case = db.get_one(UpstreamCase, case_id, with_for_update=True, populate_existing=True)
    if case.closed_at is not None:
        raise CaseRefused(Why.SETTLED)
    concerned = [one for one in map(partial(db.get, Person), people_of(case)) if one is not None]
    fault = merge_rules.operator_fault(db, operator, concerned, note)
    if fault is not None:
        raise CaseRefused(Why(fault.value))
    case.closed_by, case.closed_note = operator.person_id, note.strip()[:200]
    _close(db, case, decision, now)
    return case


def people_of(case: UpstreamCase) -> list[UUID]:
    """The accounts here that a case is about."""
    return [one for one in (case.person_id, case.other_person_id) if one is not None]


def about(db: Session, person_id: UUID) -> Sequence[UpstreamCase]:
    """The open cases that name somebody, oldest first."""
    named = or_(UpstreamCase.person_id == person_id, UpstreamCase.other_person_id == person_id)
    query = select(UpstreamCase).where(named, UpstreamCase.closed_at.is_(None))
    return db.scalars(query.order_by(UpstreamCase.opened_at)).all()


def decided(db: Session, since: datetime, most: int = 100) -> Sequence[UpstreamCase]:
    """What was decided of late, newest first."""
    query = select(UpstreamCase).where(UpstreamCase.closed_at >= since)
    return db.scalars(query.order_by(UpstreamCase.closed_at.desc()).limit(most)).all()


def merge_of(db: Session, case: UpstreamCase) -> Merge | None:
    """The latest case of joining the two accounts that this one is about, if there was one."""
    people = people_of(case)
    if len(people) != 2:
        return None
    both = Merge.survivor_id.in_(people) & Merge.merged_id.in_(people)
    return db.scalar(select(Merge).where(both).order_by(Merge.opened_at.desc()).limit(1))


def _close(db: Session, case: UpstreamCase, decision: str, now: datetime) -> None:
    case.closed_at, case.closed_because = now, decision
    case.name = case.number = None
    trail.record(
        db,
        UpstreamCaseClosed(
            person_id=case.person_id, upstream=case.upstream, reason=case.reason, decision=decision
        ),
    )
