"""An account of another system becomes somebody's: its document is theirs, or they knew its old password.

What is joined is the account, never what it claims: phone, login name and password of a stranger's account
give nobody anything, for whoever once registered it may have been anybody. Once joined, all it said is erased
but its id there, which is what portals ask by.
"""

import json
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import CursorResult, delete, select, update
from sqlalchemy.orm import Session

from idp.audit import trail
from idp.keys.vault import Vault
from idp.moving import sealing
from idp.moving.events import AccountJoined
from idp.moving.models import ImportedAccount, ImportSource, Kind, State
from idp.moving.rows import Account
from idp.notices.telling import tell
from idp.persons import names
from idp.persons.models import Document, DocumentIndex, Person, PersonStatus
from idp.storage import purging
from idp.storage.database import Database

JOINED = "import.joined"
"""Topic of what the person is told."""
BY_DOCUMENT, BY_PASSWORD, BY_MANDATE = "document", "password", "mandate"
LIVING = (PersonStatus.ACTIVE, PersonStatus.FROZEN, PersonStatus.CLOSING)


def join_held(database: Database, vault: Vault, most: int, now: datetime) -> int:
    """Join accounts whose document somebody has proven; gives how many were looked at.

    Another name than the holder's is a conflict, for an operator to look at: the older system was wrong, or
    somebody used a number that was not theirs.
    """
    with database.writing() as db:
        pairs = db.execute(
            select(ImportedAccount, Document.person_id)
            .join(DocumentIndex, DocumentIndex.digest == ImportedAccount.document_digest)
            .join(Document, Document.id == DocumentIndex.document_id)
            .join(Person, Person.id == Document.person_id)
            .where(
                ImportedAccount.state == State.WAITING,
                ImportedAccount.kind == Kind.PERSON,
                Person.status.in_(LIVING),
            )
            .limit(most)
        ).all()
        for stored, person_id in pairs:
            account = sealing.opened(vault, stored.id, stored.told_sealed)
            if names.same(account.name, db.get_one(Person, person_id).name or ""):
                join(db, vault, stored, account, person_id, BY_DOCUMENT, now)
            else:
                _note_conflict(db, stored.id)
        return len(pairs)


def join_proven(db: Session, vault: Vault, stored: ImportedAccount, person: Person, now: datetime) -> bool:
    """
    Join the account whose old password a person knew, now that they have said who they are.

    Not if it names another document than they have proven, or another name: then the password was somebody
    else's. Who proves that document later is joined then (`join_held`).
    """
    if stored.state != State.WAITING or stored.kind != Kind.PERSON:
        return False
    account = sealing.opened(vault, stored.id, stored.told_sealed)
    if not is_of(account, person):
        return False
    return join(db, vault, stored, account, person.id, BY_PASSWORD, now)


def is_of(account: Account, person: Person) -> bool:
    """
    Whether what an account says of its holder is true of this person, as far as it says anything.

    A document is theirs once it is proven: name, number and an old password are in every leaked table.
    """
    if account.name and not names.same(account.name, person.name or ""):
        return False
    said = (account.id_type, account.id_number, account.country or None)
    return not account.id_number or any(
        said == (one.kind, one.number, one.country)
        for one in person.documents
        if one.verified_at is not None and one.displaced_at is None
    )


def join(
    db: Session,
    vault: Vault,
    stored: ImportedAccount,
    account: Account,
    person_id: UUID,
    by: str,
    now: datetime,
) -> bool:
    """Make it the person's; of two at once one does. They are told, and what it said is erased."""
    left = json.dumps({"id": account.id, "kind": account.kind.value}, sort_keys=True).encode()
    result = db.execute(
        update(ImportedAccount)
        .where(ImportedAccount.id == stored.id, ImportedAccount.state != State.JOINED)
        .values(
            state=State.JOINED,
            person_id=person_id,
            joined_at=now,
            joined_by=by,
            told_sealed=vault.seal(left, sealing.TABLE, sealing.COLUMN, stored.id),
            secret=None,
            untaken=False,
            document_digest=None,
            phone_digest=None,
            login_digest=None,
            checked_at=stored.checked_at or now,
        )
    )
    if not isinstance(result, CursorResult) or result.rowcount != 1:
        return False
    trail.record(db, AccountJoined(person_id=person_id, source=stored.source, by=by))
    source = db.get_one(ImportSource, stored.source)
    tell(db, person_id, JOINED, now, {"source": source.name})
    return True


def forget_old(database: Database, kept: timedelta, now: datetime) -> int:
    """Delete accounts that nobody has proven in all that time (PIPL Art. 19, 47); gives how many."""
    unproven = ImportedAccount.state != State.JOINED
    return purging.purge(database, ImportedAccount, unproven & (ImportedAccount.created_at < now - kept))


def forget_person(db: Session, person_id: UUID) -> None:
    """Delete what is known of the old accounts of somebody whose account is closed."""
    db.execute(delete(ImportedAccount).where(ImportedAccount.person_id == person_id))


def _note_conflict(db: Session, account_id: UUID) -> None:
    waiting = (ImportedAccount.id == account_id, ImportedAccount.state == State.WAITING)
    db.execute(update(ImportedAccount).where(*waiting).values(state=State.CONFLICT))
