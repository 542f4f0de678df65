"""A login that an enterprise shared is nobody's: whoever had its password claims to act for the enterprise.

Such a claim lets them do nothing. The organisation's representative and administrators are told and may
invite them; two operators may link them on paper (`mandates.linking`). Once a mandate is in force the claim
is settled, and the shared login is over: from then on everybody acts in their own name.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.audit import trail
from idp.keys.vault import Vault
from idp.mandates import telling
from idp.mandates.models import Mandate
from idp.mandates.models import State as MandateState
from idp.moving import joining, sealing
from idp.moving.events import SharedLoginClaimed
from idp.moving.models import ImportedAccount, ImportedClaim, Kind, State
from idp.organisations.models import Organisation
from idp.persons.models import Person
from idp.storage.database import Database

CLAIMED = "import.claimed"
"""Topic of what the organisation's leaders are told."""


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


def _claim(db: Session, stored: ImportedAccount, person: Person, now: datetime) -> bool:
    if db.get(ImportedClaim, (stored.id, person.id)) is not None:
        return False
    db.add(ImportedClaim(account_id=stored.id, person_id=person.id, at=now))
    trail.record(db, SharedLoginClaimed(person_id=person.id, source=stored.source))
    organisation = db.scalar(select(Organisation).where(Organisation.credit_code == stored.credit_code))
    if organisation is not None:
        telling.leaders(db, organisation, CLAIMED, now)
    return True
