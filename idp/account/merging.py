"""Join and part accounts with all that hangs on them: whoever is signed in is out, clients hear who is who.

Composed here, because persons know neither sessions nor protocols.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from idp.account.ending import end_everything
from idp.clients.directory import Clients
from idp.keys.vault import Vault
from idp.oauth import successors
from idp.organisations.reviews import Decider
from idp.persons import merging, splitting
from idp.persons.models import Merge, Split
from idp.services import Services
from idp.storage.database import Database

JOINED, PARTED, SPLIT = "accounts_merged", "merge_undone", "account_split"


def carry_out(db: Session, vault: Vault, clients: Clients, merge_id: UUID, now: datetime) -> bool:
    """Join two accounts whose time has come; true if they are one now."""
    case = db.get_one(Merge, merge_id)
    told = successors.clients_of(db, case.merged_id)
    merge = merging.carry_out(db, vault, merge_id, now)
    if merge is None:
        return False
    for person_id in (merge.survivor_id, merge.merged_id):
        end_everything(db, person_id, JOINED, now)
    successors.succeed(db, clients, merge.id, merge.survivor_id, merge.merged_id, told, now)
    return True


def undo(
    db: Session,
    vault: Vault,
    clients: Clients,
    merge_id: UUID,
    operator: Decider,
    reason: str,
    now: datetime,
) -> Merge:
    """Make them two again; raises MergeRefused. Whoever came in meanwhile, by whatever, is out."""
    merge = merging.undo(db, vault, merge_id, operator, reason, now)
    for person_id in (merge.survivor_id, merge.merged_id):
        end_everything(db, person_id, PARTED, now)
    successors.restore(db, clients, merge.id, successors.clients_of(db, merge.merged_id), now)
    return merge


def split(
    db: Session,
    vault: Vault,
    clients: Clients,
    split_id: UUID,
    operator: Decider,
    reason: str,
    now: datetime,
) -> Split:
    """Take an account apart; raises SplitRefused. Whoever is in it is out, and proves themselves anew."""
    done = splitting.approve(db, vault, split_id, operator, reason, now)
    end_everything(db, done.person_id, SPLIT, now)
    successors.doubt(db, clients, done.person_id, now)
    return done


def go_round(services: Services, now: datetime) -> int:
    """Periodic job: join what nobody objected to, forget the way back where the window is over; how many."""
    database: Database = services.database
    with database.reading() as db:
        waiting = merging.due(db, now)
    done = 0
    for merge_id in waiting:
        with database.writing() as db:
            done += carry_out(db, services.vault, services.clients, merge_id, now) or merging.finish(
                db, merge_id, now
            )
    return done
