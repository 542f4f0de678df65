"""A login that an enterprise shared is nobody's: whoever had its password claims to act for the enterprise.

Such a claim lets them do nothing. The organisation's representative and administrators are told and may
invite them; two operators may link them on paper (`mandates.linking`). Once a mandate is in force the claim
is settled, and the shared login is over: from then on everybody acts in their own name. An operator who finds
that there is nothing to do closes a claim; it waits for nobody then, and lets its claimant do as little.
"""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import false, or_, select, true
from sqlalchemy.orm import Session

from idp.audit import trail
from idp.keys.vault import Vault
from idp.mandates import telling
from idp.mandates.models import Mandate
from idp.mandates.models import State as MandateState
from idp.moving import joining, sealing
from idp.moving.events import ClaimClosed, SharedLoginClaimed
from idp.moving.models import ImportedAccount, ImportedClaim, ImportSource, Kind, State
from idp.notices.telling import tell
from idp.organisations.models import Organisation
from idp.organisations.reviews import Decider
from idp.persons import merge_rules
from idp.persons.models import Person
from idp.storage.database import Database, Refusal

CLAIMED = "import.claimed"
"""Topic of what the organisation's leaders are told."""
CLOSED = "import.claim_closed"
"""Topic of what the claimant is told."""
MOST = 500
Waiting = tuple[ImportedClaim, ImportedAccount]


class Why(StrEnum):
    """Why a claim was not closed; pages say it in words."""

    SETTLED = "settled"
    REASON = "reason"
    ONESELF = "oneself"


class ClaimRefused(Refusal):
    """Nothing was closed, for this reason."""

    def __init__(self, reason: Why) -> None:
        super().__init__(reason.value)
        self.reason = reason


def follow(db: Session, vault: Vault, account_id: UUID | None, person: Person, now: datetime) -> bool:
    """What follows for a person who typed an old password before they said who they are: join, or claim."""
    stored = db.get(ImportedAccount, account_id) if account_id else None
    if stored is None:
        return False
    if stored.kind == Kind.ORGANISATION:
        return _claim(db, stored, person, now)
    return joining.join_proven(db, vault, stored, person, now)


def settle(database: Database, vault: Vault, most: int, now: datetime) -> int:
    """Settle claims whose claimant has a mandate of the organisation by now; gives how many."""
    query = (
        select(ImportedClaim, ImportedAccount)
        .join(ImportedAccount, ImportedAccount.id == ImportedClaim.account_id)
        .join(Organisation, Organisation.credit_code == ImportedAccount.credit_code)
        .join(
            Mandate,
            (Mandate.organisation_id == Organisation.id)
            & (Mandate.agent_person_id == ImportedClaim.person_id)
            & (Mandate.state == MandateState.ACTIVE),
        )
        .where(ImportedClaim.settled_at.is_(None))
    )
    with database.writing() as db:
        found = db.execute(query.limit(most)).unique().all()
        for claim, account in found:
            claim.settled_at = now
            if account.state != State.JOINED:
                told = sealing.opened(vault, account.id, account.told_sealed)
                joining.join(db, vault, account, told, claim.person_id, joining.BY_MANDATE, now)
        return len(found)


def waiting(db: Session, begins: Sequence[str] | None, most: int = MOST) -> list[Waiting]:
    """
    Claims that nobody has settled or closed, organisation by organisation, the oldest first.

    `begins` are beginnings of division codes, which credit codes hold from their third character on
    (GB 32100-2015 §4.2); None is everywhere.
    """
    code = ImportedAccount.credit_code
    chosen = true() if begins is None else or_(false(), *(code.like(f"__{begin}%") for begin in begins))
    query = (
        select(ImportedClaim, ImportedAccount)
        .join(ImportedAccount, ImportedAccount.id == ImportedClaim.account_id)
        .where(ImportedClaim.settled_at.is_(None), ImportedClaim.closed_at.is_(None), chosen)
        .order_by(code, ImportedClaim.at)
    )
    return [(claim, account) for claim, account in db.execute(query.limit(most))]


def close(
    db: Session, account_id: UUID, person_id: UUID, operator: Decider, note: str, now: datetime
) -> ImportedClaim:
    """An operator finds that there is nothing to do, and says why; raises ClaimRefused."""
    key = (account_id, person_id)
    claim = db.get_one(ImportedClaim, key, with_for_update=True, populate_existing=True)
    if claim.settled_at is not None or claim.closed_at is not None:
        raise ClaimRefused(Why.SETTLED)
    fault = merge_rules.operator_fault(db, operator, [db.get_one(Person, person_id)], note)
    if fault is not None:
        raise ClaimRefused(Why(fault.value))
    claim.closed_at, claim.closed_by, claim.closed_note = now, operator.person_id, note.strip()[:200]
    source = db.get_one(ImportSource, db.get_one(ImportedAccount, account_id).source)
    trail.record(db, ClaimClosed(person_id=person_id, source=source.code))
    tell(db, person_id, CLOSED, now, {"source": source.name})
    return claim


def _claim(db: Session, stored: ImportedAccount, person: Person, now: datetime) -> bool:
    if db.get(ImportedClaim, (stored.id, person.id)) is not None:
        return False
    db.add(ImportedClaim(account_id=stored.id, person_id=person.id, at=now))
    trail.record(db, SharedLoginClaimed(person_id=person.id, source=stored.source))
    organisation = db.scalar(select(Organisation).where(Organisation.credit_code == stored.credit_code))
    if organisation is not None:
        telling.leaders(db, organisation, CLAIMED, now)
    return True
