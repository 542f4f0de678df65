"""A document that somebody else has claimed goes back to its owner: one operator opens, another approves.

No hold and no level protects the wrong holder: the owner stood at a window with the original, and two people
answer for it. What that ends can be undone for some days, should both have been deceived.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CursorResult, delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from idp import clock
from idp.audit import trail
from idp.audit.events import IdentityVerified
from idp.evidence.models import Evidence, Method
from idp.keys.vault import Vault
from idp.notices.telling import tell
from idp.persons import belongings, identifiers
from idp.persons.belongings import Proof
from idp.persons.claim import Claim
from idp.persons.enrolment import Taken
from idp.persons.models import Document, DocumentIndex, Person
from idp.storage.database import Refusal
from idp.windows import operators, proving
from idp.windows.assertions import Presented
from idp.windows.events import COMMAND, CaseApproved, CaseOpened, CaseRefused, CaseUndone, Vouched
from idp.windows.models import CaseStatus, WindowCase, WindowOperator
from idp.windows.proving import LEVEL

UNDOABLE = timedelta(days=7)
APPROVABLE = timedelta(days=3)
"""How long an opened case waits for the second operator."""
GIVEN_BACK, TAKEN_AWAY, UNDONE = "case.returned", "case.taken_away", "case.undone"
"""Topics of what owner and wrong holder are told."""
BY_COMMAND = Vouched(COMMAND)


class Fault(StrEnum):
    """Why nothing was done about a case."""

    NOT_HELD = "not_held"
    """Nobody else holds the document: an ordinary proof is enough."""
    DIFFERS = "holder_differs"
    """The account named as the owner's is somebody else's than the document's."""
    REASON = "reason_missing"
    OPEN_ALREADY = "open_already"
    OWN = "own_case"
    """Nobody approves what they opened, nor takes back what they had a part in."""
    NOT_OPEN = "not_open"
    OVERTAKEN = "overtaken"
    TOO_LATE = "too_late"


class NotPossible(Refusal):
    """The case stays as it is."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.value)
        self.fault = fault


@dataclass(frozen=True)
class Returned:
    """Who lost a document and who has it now; `is_new` where the owner's account was made by it."""

    holder_id: UUID
    owner_id: UUID
    is_new: bool


def open_case(
    db: Session, vault: Vault, presented: Presented, account: UUID | None, now: datetime
) -> WindowCase:
    """Note who holds the document wrongly, and why; nothing moves before somebody else approves."""
    held = belongings.held(db, vault, presented.claim, now)
    if held is None or held.document.person_id == account:
        raise NotPossible(Fault.NOT_HELD)
    if account is not None and not proving.is_the_holders(db.get_one(Person, account), presented.claim):
        raise NotPossible(Fault.DIFFERS)
    if not presented.reason.strip():
        raise NotPossible(Fault.REASON)
    if db.scalar(
        select(WindowCase.id).where(
            WindowCase.document_id == held.document.id,
            WindowCase.status == CaseStatus.OPEN,
            WindowCase.opened_at > now - APPROVABLE,
        )
    ):
        raise NotPossible(Fault.OPEN_ALREADY)
    case = WindowCase(
        document_id=held.document.id,
        holder_id=held.document.person_id,
        owner_id=account,
        status=CaseStatus.OPEN,
        reason=presented.reason.strip(),
        device=presented.device,
        request_id=presented.request_id,
        opened_by=presented.operator_id,
        opened_at=now,
    )
    db.add(case)
    case.name = presented.claim.name
    proving.witnessed(db, presented, case.holder_id)
    trail.record(db, CaseOpened(person_id=case.holder_id, case=str(case.id), operator=presented.operator))
    return case


def approve(
    db: Session,
    vault: Vault,
    case_id: UUID,
    operator: WindowOperator,
    now: datetime,
    vouched: Vouched = BY_COMMAND,
) -> Returned:
    """
    Move the document at once; raises NotPossible.

    The caller ends the wrong holder's sessions and credentials in the same transaction, being delivery.
    """
    case = _for_second_eyes(db, case_id, operator, now)
    document = db.get_one(Document, case.document_id)
    if document.displaced_at is not None or document.person_id != case.holder_id or _newer(db, case):
        _settle(db, case, CaseStatus.OVERTAKEN)
        raise NotPossible(Fault.OVERTAKEN)
    claim = _claim(case, document, now)
    if case.owner_id is not None and not proving.is_the_holders(db.get_one(Person, case.owner_id), claim):
        raise NotPossible(Fault.DIFFERS)
    _settle(
        db, case, CaseStatus.APPROVED, approved_by=operator.id, approved_at=now, undo_until=now + UNDOABLE
    )
    belongings.take_document(db, document, _mark(case), now)
    db.flush()
    is_new = case.owner_id is None
    owner = _give(db, vault, case, claim, operator, now)
    _tell(db, case, owner, operator, vouched, now)
    return Returned(case.holder_id, owner.id, is_new)


def refuse(
    db: Session, case_id: UUID, operator: WindowOperator, now: datetime, vouched: Vouched = BY_COMMAND
) -> WindowCase:
    """Do not agree: nothing moves, and whoever opened it may open another; raises NotPossible."""
    case = _for_second_eyes(db, case_id, operator, now)
    _settle(db, case, CaseStatus.REFUSED, refused_by=operator.id, refused_at=now)
    refusal = CaseRefused(
        person_id=case.holder_id, case=str(case.id), operator=operator.number, **vars(vouched)
    )
    trail.record(db, refusal)
    return case


def undo(db: Session, vault: Vault, case_id: UUID, operator: WindowOperator, now: datetime) -> Returned:
    """Put everything back where it was, as long as it can be; by a third operator."""
    case = _case(db, case_id)
    if case.status != CaseStatus.APPROVED:
        raise NotPossible(Fault.NOT_OPEN)
    if any(operators.same_hands(db, one, operator) for one in (case.opened_by, case.approved_by)):
        raise NotPossible(Fault.OWN)
    if case.undo_until is None or case.undo_until <= now or case.owner_id is None:
        raise NotPossible(Fault.TOO_LATE)
    document = db.get_one(Document, case.document_id)
    now_with = belongings.held(db, vault, belongings.claim_of(document), now)
    if now_with is None or now_with.document.person_id != case.owner_id:
        raise NotPossible(Fault.OVERTAKEN)
    _settle(db, case, CaseStatus.UNDONE, undone_by=operator.id, undone_at=now, was=CaseStatus.APPROVED)
    belongings.take_document(db, now_with.document, "case_undone", now)
    db.flush()
    _restore(db, vault, case, document)
    trail.record(db, CaseUndone(person_id=case.holder_id, case=str(case.id), operator=operator.number))
    for person_id in (case.holder_id, case.owner_id):
        tell(db, person_id, UNDONE, now)
    return Returned(case.owner_id, case.holder_id, is_new=False)


def listed(db: Session, status: str | None = None) -> Sequence[WindowCase]:
    """Cases, the latest first."""
    query = select(WindowCase).order_by(WindowCase.opened_at.desc())
    return db.scalars(query.where(WindowCase.status == status) if status else query).all()


def find(db: Session, case_id: UUID) -> WindowCase:
    """One case; raises LookupError."""
    case = db.get(WindowCase, case_id)
    if case is None:
        raise LookupError(f"no case {case_id}")
    return case


def _case(db: Session, case_id: UUID) -> WindowCase:
    find(db, case_id)
    return db.get_one(WindowCase, case_id, with_for_update=True, populate_existing=True)


def _for_second_eyes(db: Session, case_id: UUID, operator: WindowOperator, now: datetime) -> WindowCase:
    """An open case, for another than who opened it, in time."""
    case = _case(db, case_id)
    if case.status != CaseStatus.OPEN:
        raise NotPossible(Fault.NOT_OPEN)
    if operators.same_hands(db, case.opened_by, operator):
        raise NotPossible(Fault.OWN)
    if case.opened_at <= now - APPROVABLE:
        raise NotPossible(Fault.TOO_LATE)
    return case


def _settle(
    db: Session,
    case: WindowCase,
    status: CaseStatus,
    *,
    was: CaseStatus = CaseStatus.OPEN,
    **values: object,
) -> None:
    """One conditional update: of two at once the second finds the case settled."""
    result = db.execute(
        update(WindowCase)
        .where(WindowCase.id == case.id, WindowCase.status == was)
        .values(status=status, **values)
    )
    if not isinstance(result, CursorResult) or result.rowcount != 1:
        raise NotPossible(Fault.NOT_OPEN)
    db.refresh(case)


def _newer(db: Session, case: WindowCase) -> bool:
    """Whether the holder has proven the document just as well since the case was opened."""
    query = select(Evidence.id).where(
        Evidence.document_id == case.document_id,
        Evidence.level >= LEVEL,
        Evidence.at > case.opened_at,
        Evidence.withdrawn_at.is_(None),
    )
    return db.scalar(query.limit(1)) is not None


def _claim(case: WindowCase, document: Document, now: datetime) -> Claim:
    """What the owner showed when the case was opened."""
    seen = belongings.claim_of(document)
    told = identifiers.parse(seen.kind, seen.number, clock.day(now), seen.country)
    return Claim(seen.kind, seen.number, case.name or "", seen.country, told.birth_date, told.sex)


def _give(
    db: Session, vault: Vault, case: WindowCase, claim: Claim, operator: WindowOperator, now: datetime
) -> Person:
    """The account was compared with the claim before anything moved (`proving.is_the_holders`)."""
    if case.owner_id is None:
        owner, document = proving.newcomer(db, claim, now)
        case.owner_id = owner.id
    else:
        owner = db.get_one(Person, case.owner_id)
        document = proving.claimed(db, owner, claim, now)
    proof = Proof(Method.WINDOW, LEVEL, f"window:{operator.number}"[:64], case.request_id, now)
    try:
        belongings.give_document(db, vault, owner, document, proof, now)
        db.flush()
    except IntegrityError:
        raise Taken from None
    return owner


def _tell(
    db: Session,
    case: WindowCase,
    owner: Person,
    operator: WindowOperator,
    vouched: Vouched,
    now: datetime,
) -> None:
    approval = CaseApproved(
        person_id=case.holder_id, case=str(case.id), operator=operator.number, **vars(vouched)
    )
    trail.record(db, approval)
    trail.record(
        db,
        IdentityVerified(
            person_id=owner.id,
            method=Method.WINDOW,
            authority=f"window:{operator.number}"[:64],
            registry_request_id=case.request_id,
            level=LEVEL,
        ),
    )
    tell(db, case.holder_id, TAKEN_AWAY, now)
    tell(db, owner.id, GIVEN_BACK, now)


def _restore(db: Session, vault: Vault, case: WindowCase, document: Document) -> None:
    """The document and the evidence that the case took, as they were."""
    db.execute(
        update(Evidence)
        .where(Evidence.document_id == document.id, Evidence.withdrawn_because == _mark(case))
        .values(withdrawn_at=None, withdrawn_because=None)
    )
    db.execute(delete(DocumentIndex).where(DocumentIndex.document_id == document.id))
    for generation, digest in vault.digests("document", belongings.claim_of(document).key).items():
        db.add(DocumentIndex(document_id=document.id, generation=generation, digest=digest))
    document.displaced_at = None
    db.get_one(Person, document.person_id).version += 1


def _mark(case: WindowCase) -> str:
    return f"case:{case.id.hex}"
