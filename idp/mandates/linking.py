"""Operators link an agent to an enterprise account on paper: two of them, a notice, time to object.

For organisations whose representative cannot come. The first opens the case with the sealed letter, the
second, another human being, approves; then representative and administrators are told, and the mandate is in
force after the cooling-off unless one of them objects. The agent is at the counter and known to a registry.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import false, or_, select
from sqlalchemy.orm import Session

from idp.evidence import levels
from idp.keys.vault import Vault
from idp.mandates import events, states, telling
from idp.mandates.granting import LEAST_LEVEL, LONGEST
from idp.mandates.models import Basis, LinkCase, Mandate, Role, State
from idp.mandates.rules import Path
from idp.mandates.scope import Scope
from idp.organisations.models import Organisation, Standing
from idp.organisations.reviews import GOOD, Decider, Paper
from idp.persons.models import Person, PersonStatus
from idp.storage.database import Refusal

COOLING = timedelta(hours=72)
TABLE, COLUMN = "mandate_links", "file"


class Why(StrEnum):
    """Why a case cannot be opened, decided or objected to; pages say it in words."""

    ORGANISATION_NOT_ACTIVE = "organisation_not_active"
    LEVEL_TOO_LOW = "level_too_low"
    NOBODY = "nobody"
    """The agent's account is closed, frozen, or none of a citizen."""
    NOTHING_NAMED = "nothing_named"
    TOO_LONG = "too_long"
    GRADE = "grade"
    REASON = "reason"
    ONESELF = "oneself"
    SAME_OPERATOR = "same_operator"
    SETTLED = "settled"
    NOT_YOURS = "not_yours"


class LinkRefused(Refusal):
    """Nothing was changed, for this reason."""

    def __init__(self, reason: Why) -> None:
        super().__init__(reason.value)
        self.reason = reason


@dataclass(frozen=True)
class Letter:
    """What the organisation's sealed letter says, and how good a paper it is."""

    paper: Paper
    grade: str
    scope: Scope
    valid_until: datetime
    reason: str
    statement: str = ""


def open_case(
    db: Session,
    vault: Vault,
    operator: Decider,
    organisation_id: UUID,
    agent: Person,
    letter: Letter,
    group_of: Mapping[str, str],
    now: datetime,
) -> LinkCase:
    """The first operator has the letter and the agent before them; raises LinkRefused."""
    organisation = states.hold(db, organisation_id)
    fault = _unfit(db, operator, organisation, agent, letter, group_of, now)
    if fault is not None:
        raise LinkRefused(fault)
    mandate = Mandate(
        organisation_id=organisation.id,
        agent_person_id=agent.id,
        role=Role.AGENT,
        state=State.DRAFT,
        basis=Basis.WINDOW,
        statement=letter.statement,
        created_at=now,
        valid_from=now,
        valid_until=letter.valid_until,
    )
    mandate.allow(letter.scope)
    db.add(mandate)
    case = LinkCase(
        mandate_id=mandate.id,
        division=organisation.division,
        opened_by=operator.person_id,
        opened_at=now,
        media_type=letter.paper.media_type,
        file_sha256=letter.paper.sha256,
        grade=letter.grade,
        reason=letter.reason[:200],
    )
    case.file_sealed = vault.seal(letter.paper.content, TABLE, COLUMN, case.id)
    mandate.evidence_id = case.id
    db.flush()
    db.add(case)
    db.flush()
    states.record(db, events.MandateLinked, mandate, now, step="opened", digest=letter.paper.sha256)
    return case


def approve(db: Session, case_id: UUID, operator: Decider, reason: str, now: datetime) -> Mandate:
    """
    The second operator says yes: from now on the cooling-off runs, and its people know. Raises LinkRefused.

    A case is decided once, whoever else decides at the time; the organisation may have changed meanwhile.
    """
    case, mandate = _waiting(db, case_id)
    if operator.is_one(case.opened_by) or operator.is_one(mandate.agent_person_id):
        raise LinkRefused(Why.SAME_OPERATOR)
    organisation = db.get_one(Organisation, mandate.organisation_id)
    if organisation.standing != Standing.ACTIVE:
        raise LinkRefused(Why.ORGANISATION_NOT_ACTIVE)
    values = {"signed_at": now, "accepted_at": now, "settles_at": now + COOLING}
    if not states.move(db, mandate, State.COOLING, now, **values):
        raise LinkRefused(Why.SETTLED)
    case.approved_by, case.settled_at, case.second_reason = operator.person_id, now, reason[:200]
    states.record(db, events.MandateLinked, mandate, now, step="approved", digest=case.file_sha256)
    telling.leaders(db, organisation, "mandate.linked", now)
    telling.agents(db, [mandate], "mandate.cooling", now)
    return mandate


def refuse(db: Session, case_id: UUID, operator: Decider, reason: str, now: datetime) -> None:
    """The second operator, or the first who sees their mistake, says no."""
    case, mandate = _waiting(db, case_id)
    if not states.move(db, mandate, State.CANCELLED, now, ended_at=now, ended_because="refused"):
        raise LinkRefused(Why.SETTLED)
    case.approved_by, case.settled_at, case.second_reason = operator.person_id, now, reason[:200]
    states.record(db, events.MandateClosed, mandate, now, reason="refused")


def object_to(db: Session, mandate_id: UUID, objecting: Path, now: datetime) -> None:
    """Representative or an administrator say no within the cooling-off; it never comes into force."""
    states.hold(db, objecting.organisation_id)
    mandate = db.get(Mandate, mandate_id)
    speaks = objecting.own.role in (Role.REPRESENTATIVE, Role.ADMINISTRATOR) and len(objecting.links) == 1
    if mandate is None or not speaks or mandate.organisation_id != objecting.organisation_id:
        raise LinkRefused(Why.NOT_YOURS)
    if not states.move(db, mandate, State.OBJECTED, now, ended_at=now, ended_because="objected"):
        raise LinkRefused(Why.SETTLED)
    states.record(db, events.MandateClosed, mandate, now, by=objecting.person_id, reason="objected")
    telling.agents(db, [mandate], "mandate.objected", now)


def settle(db: Session, now: datetime, limit: int = 200) -> Sequence[Mandate]:
    """Let come into force what nobody objected to in time; gives what did."""
    query = select(Mandate).where(Mandate.state == State.COOLING, Mandate.settles_at <= now).limit(limit)
    begun = []
    for mandate in db.scalars(query).all():
        standing = states.hold(db, mandate.organisation_id).standing
        if standing != Standing.ACTIVE:
            continue
        if states.move(db, mandate, State.ACTIVE, now, settles_at=None):
            states.record(db, events.MandateAccepted, mandate, now)
            begun.append(mandate)
    telling.agents(db, begun, "mandate.begun", now)
    return begun


def undecided(db: Session, divisions: Sequence[str] | None, most: int = 100) -> Sequence[LinkCase]:
    """What waits for a second operator, the oldest first; `divisions` are the beginnings one may see."""
    query = select(LinkCase).where(LinkCase.settled_at.is_(None))
    if divisions is not None:
        begins = [LinkCase.division.startswith(one, autoescape=True) for one in divisions]
        query = query.where(or_(false(), *begins))
    return db.scalars(query.order_by(LinkCase.opened_at).limit(most)).all()


def decided(
    db: Session, divisions: Sequence[str] | None, since: datetime, most: int = 100
) -> Sequence[LinkCase]:
    """What a second operator has decided since then, the newest first."""
    query = select(LinkCase).where(LinkCase.settled_at >= since)
    if divisions is not None:
        begins = [LinkCase.division.startswith(one, autoescape=True) for one in divisions]
        query = query.where(or_(false(), *begins))
    return db.scalars(query.order_by(LinkCase.settled_at.desc()).limit(most)).all()


def content_of(vault: Vault, case: LinkCase) -> bytes | None:
    """The letter, for the second operator to read."""
    return None if case.file_sealed is None else vault.open(case.file_sealed, TABLE, COLUMN, case.id)


def _unfit(
    db: Session,
    operator: Decider,
    organisation: Organisation,
    agent: Person,
    letter: Letter,
    group_of: Mapping[str, str],
    now: datetime,
) -> Why | None:
    named = letter.scope.matters <= set(group_of) and not letter.scope.is_empty()
    faults = {
        Why.ORGANISATION_NOT_ACTIVE: organisation.standing != Standing.ACTIVE,
        Why.NOBODY: agent.status != PersonStatus.ACTIVE or agent.realm != "citizen",
        Why.ONESELF: operator.is_one(agent.id),
        Why.LEVEL_TOO_LOW: levels.identity_level(db, agent.id, now) < LEAST_LEVEL,
        Why.NOTHING_NAMED: not named,
        Why.TOO_LONG: not now < letter.valid_until <= now + LONGEST,
        Why.GRADE: letter.grade not in GOOD,
        Why.REASON: not letter.reason.strip(),
    }
    return next((why for why, holds in faults.items() if holds), None)


def _waiting(db: Session, case_id: UUID) -> tuple[LinkCase, Mandate]:
    """The case and its mandate, held: of two who decide at once the second finds it decided."""
    case = db.get(LinkCase, case_id)
    if case is None:
        raise LinkRefused(Why.SETTLED)
    mandate = db.get_one(Mandate, case.mandate_id)
    states.hold(db, mandate.organisation_id)
    db.refresh(case)
    db.refresh(mandate)
    if case.settled_at is not None:
        raise LinkRefused(Why.SETTLED)
    return case, mandate
