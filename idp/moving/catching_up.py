"""What an import leaves to the worker: wrapping weak hashes, and asking the registry, so many a round.

A registry's yes makes nobody a person and no claim a document: it says that the older system had it right.
Its no takes the account out of everybody's reach; it is listed for whoever brought the file.
"""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnExpressionArgument, select, update

from idp.crypto import passwords
from idp.crypto.legacy import Scheme
from idp.keys.vault import Vault
from idp.moving import sealing
from idp.moving.models import ImportedAccount, State
from idp.moving.rows import Account
from idp.persons import checking
from idp.persons.claim import Claim
from idp.persons.identifiers import DocumentType
from idp.persons.registry import Mismatch, PersonRegistry, Unavailable, Unsupported, Verified
from idp.storage.database import Database

MATTER = "account_import"
CONFIRMED, UNSUPPORTED = "confirmed", "unsupported"
AT_ONCE = 20
"""Hashes in one round; each takes the time of a sign-in."""


def wrap(database: Database, vault: Vault, stopping: Callable[[], bool]) -> int:
    """Wrap some weak hashes in Argon2id, which lets their holders' old passwords count; gives how many."""
    done = 0
    for stored in _some(database, AT_ONCE, ImportedAccount.untaken):
        if stopping():
            break
        account = sealing.opened(vault, stored.id, stored.told_sealed)
        secret = passwords.take_in(Scheme(account.scheme), account.hash)
        with database.writing() as db:
            db.execute(
                update(ImportedAccount)
                .where(
                    ImportedAccount.id == stored.id,
                    ImportedAccount.content == stored.content,
                    ImportedAccount.state == State.WAITING,
                )
                .values(secret=secret, untaken=False)
            )
        done += 1
    return done


def check(
    database: Database,
    vault: Vault,
    registry: PersonRegistry,
    most: int,
    stopping: Callable[[], bool],
    now: datetime,
) -> int:
    """Ask the registry about so many accounts; stops as soon as it gives no answer. Gives how many it did."""
    done = 0
    for stored in _some(database, most, ImportedAccount.checked_at.is_(None)):
        if stopping():
            break
        account = sealing.opened(vault, stored.id, stored.told_sealed)
        answer = registry.verify(checking.identity_claim(_claim(account), None, MATTER))
        if isinstance(answer, Unavailable):
            break
        _note(database, stored.id, answer, now)
        done += 1
    return done


def _some(database: Database, most: int, condition: ColumnExpressionArgument[bool]) -> list[ImportedAccount]:
    query = select(ImportedAccount).where(condition, ImportedAccount.state == State.WAITING)
    with database.reading() as db:
        return list(db.scalars(query.order_by(ImportedAccount.id).limit(most)))


def _claim(account: Account) -> Claim:
    return Claim(DocumentType(account.id_type), account.id_number, account.name, account.country or None)


def _note(
    database: Database, account_id: UUID, answer: Verified | Mismatch | Unsupported, now: datetime
) -> None:
    said = {"checked_at": now, "answer": CONFIRMED}
    if isinstance(answer, Unsupported):
        said["answer"] = UNSUPPORTED
    if isinstance(answer, Mismatch):
        said |= {"answer": answer.reason.value, "state": State.REFUSED}
    with database.writing() as db:
        waiting = (ImportedAccount.id == account_id, ImportedAccount.state == State.WAITING)
        db.execute(update(ImportedAccount).where(*waiting).values(said))
