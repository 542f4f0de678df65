"""One account behind which two people are: what belongs to the other goes to an account of their own.

One operator chooses what goes, another approves. Nobody knows then whom an authority or an organisation had
in mind, so what was verified counts for neither, mandates end, and both prove themselves again. The subjects
stay where they are and their clients are told to look.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CursorResult, delete, select, update
from sqlalchemy.orm import Session

from idp.audit import trail
from idp.authenticators.models import Credential
from idp.consents.models import Consent
from idp.evidence.models import Evidence
from idp.keys.vault import Vault
from idp.mandates import people
from idp.notices.telling import tell
from idp.organisations.reviews import Decider
from idp.persons import belongings, events, guardians, merge_rules, moving
from idp.persons.models import Person, PersonStatus, PhoneIndex, Realm, Split, SplitStatus
from idp.persons.moving import Holding
from idp.storage.database import Refusal

ORIGIN, BECAUSE = "split", "account_split"
OWN = "persons"
PHONE, LOGIN_NAME = "phone", "login_name"
"""What goes of the account itself."""
CHOOSABLE = (
    Holding("credentials", "person_id"),
    Holding("documents", "person_id"),
    Holding("upstream_links", "person_id"),
)
"""Rows that an operator may give to the new account."""


class Why(StrEnum):
    """Why an account cannot be taken apart, or a case not decided; pages say it in words."""

    NOT_ACTIVE = "not_active"
    BUSY = "busy"
    NOTHING_CHOSEN = "nothing_chosen"
    """Nobody could get into the new account, or into the old one."""
    NOT_THEIRS = "not_theirs"
    REASON = "reason"
    ONESELF = "oneself"
    SAME_OPERATOR = "same_operator"
    SETTLED = "settled"


class SplitRefused(Refusal):
    """Nothing was changed, for this reason."""

    def __init__(self, reason: Why) -> None:
        super().__init__(reason.value)
        self.reason = reason


def propose(
    db: Session,
    person_id: UUID,
    takes: Mapping[str, Sequence[str]],
    reason: str,
    proposer: Decider,
    now: datetime,
    department_id: UUID | None = None,
) -> Split:
    """The first operator says what belongs to somebody else; raises SplitRefused.

    `takes` names rows by table, and of the account itself `{"persons": ["phone", "login_name"]}`.
    """
    person = db.get_one(Person, person_id, with_for_update=True, populate_existing=True)
    fault = _operator_fault(db, proposer, person, reason) or _unfit(db, person, takes)
    if fault is not None:
        raise SplitRefused(fault)
    split = Split(
        person_id=person.id,
        takes={table: sorted(keys) for table, keys in takes.items() if keys},
        department_id=department_id,
        reason=reason[:200],
        opened_by=proposer.person_id,
        opened_at=now,
    )
    db.add(split)
    db.flush()
    trail.record(db, events.SplitProposed(person_id=person.id, split=str(split.id)))
    return split


def approve(
    db: Session, vault: Vault, split_id: UUID, operator: Decider, reason: str, now: datetime
) -> Split:
    """The second operator agrees, and it is done; raises SplitRefused.

    The caller ends what anybody is signed in to, in the same transaction (`idp.account.merging`).
    """
    split, person = _held(db, split_id)
    if operator.is_one(split.opened_by):
        raise SplitRefused(Why.SAME_OPERATOR)
    fault = _operator_fault(db, operator, person, reason)
    if fault is None and split.status == SplitStatus.PROPOSED:
        fault = _unfit(db, person, split.takes, split.id)
    if fault is not None:
        raise SplitRefused(fault)
    _decide(db, split, SplitStatus.SPLIT, operator, reason, now)
    other = Person(origin=ORIGIN, locale=person.locale, created_at=now)
    db.add(other)
    db.flush()
    moved = {name: list(split.takes.get(table, ())) for table, name in _columns().items()}
    rows = moving.give(db, moved, person.id, other.id)
    _give_own(db, vault, person, other, split.takes.get(OWN, ()))
    _prove_again(db, person, now)
    split.new_person_id = other.id
    trail.record(
        db, events.AccountSplit(person_id=person.id, split=str(split.id), other=str(other.id), rows=rows)
    )
    for one in (person, other):
        tell(db, one.id, "account.split", now)
    return split


def refuse(db: Session, split_id: UUID, operator: Decider, reason: str, now: datetime) -> Split:
    """Either operator says no; raises SplitRefused."""
    split, person = _held(db, split_id)
    fault = _operator_fault(db, operator, person, reason)
    if fault is not None:
        raise SplitRefused(fault)
    _decide(db, split, SplitStatus.REFUSED, operator, reason, now)
    trail.record(db, events.SplitClosed(person_id=person.id, split=str(split.id), reason="refused"))
    return split


def _columns() -> Mapping[str, str]:
    return {holding.table: holding.name for holding in CHOOSABLE}


def _held(db: Session, split_id: UUID) -> tuple[Split, Person]:
    split = db.get(Split, split_id)
    if split is None:
        raise SplitRefused(Why.SETTLED)
    person = db.get_one(Person, split.person_id, with_for_update=True, populate_existing=True)
    db.refresh(split)
    return split, person


def _operator_fault(db: Session, operator: Decider, person: Person, reason: str) -> Why | None:
    fault = merge_rules.operator_fault(db, operator, (person,), reason)
    return None if fault is None else Why(fault.value)


def _unfit(
    db: Session, person: Person, takes: Mapping[str, Sequence[str]], but: UUID | None = None
) -> Why | None:
    if person.status != PersonStatus.ACTIVE or person.realm != Realm.CITIZEN:
        return Why.NOT_ACTIVE
    if merge_rules.is_busy(db, (person,), but=None, but_split=but):
        return Why.BUSY
    if not _are_theirs(db, person, takes):
        return Why.NOT_THEIRS
    query = select(Credential.id).where(Credential.person_id == person.id, Credential.ended_at.is_(None))
    ways = {str(one) for one in db.scalars(query)} | ({PHONE} if person.phone else set())
    going = {*takes.get("credentials", ()), *takes.get(OWN, ())} & ways
    goes = any(keys for table, keys in takes.items() if table not in {"documents", OWN}) or PHONE in going
    return None if goes and ways - going else Why.NOTHING_CHOSEN


def _are_theirs(db: Session, person: Person, takes: Mapping[str, Sequence[str]]) -> bool:
    columns = _columns()
    if not set(takes) <= {OWN, *columns} or not set(takes.get(OWN, ())) <= {PHONE, LOGIN_NAME}:
        return False
    return all(
        set(takes.get(table, ())) <= set(moving.keys(db, name, person.id)) for table, name in columns.items()
    )


def _decide(
    db: Session, split: Split, after: SplitStatus, operator: Decider, reason: str, now: datetime
) -> None:
    decided = db.execute(
        update(Split)
        .where(Split.id == split.id, Split.status == SplitStatus.PROPOSED)
        .values(status=after, decided_by=operator.person_id, decided_at=now, second_reason=reason[:200])
        .execution_options(synchronize_session=False)
    )
    db.refresh(split)
    if not (isinstance(decided, CursorResult) and decided.rowcount == 1):
        raise SplitRefused(Why.SETTLED)


def _give_own(db: Session, vault: Vault, person: Person, other: Person, names: Sequence[str]) -> None:
    if PHONE in names and person.phone is not None:
        phone, person.phone = person.phone, None
        db.execute(delete(PhoneIndex).where(PhoneIndex.person_id == person.id))
        belongings.give_phone(db, vault, other, phone)
    if LOGIN_NAME in names and person.login_name is not None:
        login, person.login_name = person.login_name, None
        db.flush()
        other.login_name = login
    db.flush()


def _prove_again(db: Session, person: Person, now: datetime) -> None:
    """What was verified, granted and agreed to was so of nobody in particular."""
    withdrawn = {"withdrawn_at": now, "withdrawn_because": BECAUSE}
    db.execute(
        update(Evidence)
        .where(Evidence.person_id == person.id, Evidence.withdrawn_at.is_(None))
        .values(**withdrawn)
    )
    db.execute(
        update(Consent)
        .where(Consent.person_id == person.id, Consent.client_id.is_not(None), Consent.withdrawn_at.is_(None))
        .values(withdrawn_at=now)
    )
    db.expire_all()
    people.closed(db, person.id, now, reason=BECAUSE)
    guardians.end_all(db, person.id, BECAUSE, now)
    person.version += 1
    db.flush()
