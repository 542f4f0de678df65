"""Which `sub` a joined account is known by, sector by sector, and telling the clients that knew the other.

A `sub` never names two people. Where the account that stays was unknown in a sector, it takes the other's
`sub` there and nobody notices. Where both were known, the other's becomes an alias for good, and its clients
are told: `subject-changed` with `new_sub` for those that subscribed, and for every one of them a line that it
can ask for (`changes`). A line is about subjects that this very client was told before.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, select, tuple_
from sqlalchemy.orm import Session

from idp.clients.directory import Clients
from idp.consents.models import Consent
from idp.oauth import security_events
from idp.oauth.models import Authorization, Subject, SubjectAlias, SubjectChange
from idp.oauth.security_events import SecurityEvent
from idp.storage import purging
from idp.storage.database import Database

MERGED, RESTORED, SPLIT = "merged", "restored", "split"
OTHER = {MERGED: "new_sub", RESTORED: "was"}
"""What the other subject is called in the news of each kind."""


def clients_of(db: Session, person_id: UUID) -> frozenset[str]:
    """The clients that were ever told of a person, as far as anything here remembers."""
    agreed = select(Consent.client_id).where(Consent.person_id == person_id, Consent.client_id.is_not(None))
    let_in = select(Authorization.client_id).where(Authorization.person_id == person_id)
    found = db.scalars(agreed.union(let_in))
    return frozenset(one for one in found if one is not None)


def succeed(
    db: Session,
    clients: Clients,
    merge_id: UUID,
    survivor_id: UUID,
    merged_id: UUID,
    told: frozenset[str],
    now: datetime,
) -> int:
    """
    Write down which subjects of the joined account are aliases now, and queue the news for clients `told`.

    Subjects that could move have moved; what is left has a counterpart there. Gives how many messages.
    """
    heirs, old = _known(db, survivor_id), _known(db, merged_id)
    aliases = {sector: (sub, heirs[sector]) for sector, sub in old.items()}
    for sub, successor in aliases.values():
        db.add(SubjectAlias(sub=sub, successor=successor, merge_id=merge_id, since=now))
    return _tell(db, clients, aliases, told, MERGED, now)


def restore(db: Session, clients: Clients, merge_id: UUID, told: frozenset[str], now: datetime) -> int:
    """The accounts are two again: its subjects are its own, and clients that knew them hear of it."""
    query = (
        select(Subject.sector, SubjectAlias.sub, SubjectAlias.successor)
        .join(Subject, Subject.sub == SubjectAlias.sub)
        .where(SubjectAlias.merge_id == merge_id)
    )
    aliases = {sector: (sub, successor) for sector, sub, successor in db.execute(query)}
    db.execute(delete(SubjectAlias).where(SubjectAlias.merge_id == merge_id))
    return _tell(db, clients, aliases, told, RESTORED, now)


def doubt(db: Session, clients: Clients, person_id: UUID, now: datetime) -> int:
    """Two people were behind one account: its subjects stay, and clients look at what they kept."""
    same = {sector: (sub, sub) for sector, sub in _known(db, person_id).items()}
    return _tell(db, clients, same, clients_of(db, person_id), SPLIT, now)


def changes(
    db: Session, client_id: str, since: datetime | None, after: UUID | None, most: int | None
) -> Sequence[SubjectChange]:
    """
    What one client has to know, oldest first, at most so many (None: all of it).

    `since` is a moment, `after` the id of the last line of the page before; raises LookupError if that is no
    line of this client's.
    """
    own = [SubjectChange.client_id == client_id]
    if since is not None:
        own.append(SubjectChange.at >= since)
    if after is not None:
        last = db.get(SubjectChange, after)
        if last is None or last.client_id != client_id:
            raise LookupError("no line of this client's")
        own.append(tuple_(SubjectChange.at, SubjectChange.id) > (last.at, last.id))
    query = select(SubjectChange).where(*own).order_by(SubjectChange.at, SubjectChange.id)
    return db.scalars(query.limit(most)).all()


def said(reason: str, other: str | None) -> dict[str, str]:
    """The news in words: why, and which other subject."""
    return {"reason": reason} | ({OTHER[reason]: other} if other and reason in OTHER else {})


def purge(database: Database, kept: timedelta, now: datetime) -> int:
    """Forget what clients had that long to ask for."""
    return purging.purge(database, SubjectChange, SubjectChange.at < now - kept)


def now_known_as(db: Session, sub: str) -> str:
    """The `sub` that stands for whom this one stood for; itself, where nothing was joined."""
    seen = {sub}
    while (following := db.scalar(select(SubjectAlias.successor).where(SubjectAlias.sub == sub))) is not None:
        if following in seen:
            break
        seen.add(following)
        sub = following
    return sub


def _known(db: Session, person_id: UUID) -> dict[str, str]:
    """Sector → subject."""
    rows = db.execute(select(Subject.sector, Subject.sub).where(Subject.person_id == person_id))
    return {row.sector: row.sub for row in rows}


def _tell(
    db: Session,
    clients: Clients,
    aliases: dict[str, tuple[str, str]],
    told: frozenset[str],
    reason: str,
    now: datetime,
) -> int:
    count = 0
    for client_id in sorted(told):
        client = clients.find(client_id)
        if client is None or client.sector not in aliases:
            continue
        sub, other = aliases[client.sector]
        news = said(reason, other)
        db.add(SubjectChange(client_id=client_id, sub=sub, reason=reason, other=other, at=now))
        count += security_events.announce(db, SecurityEvent.SUBJECT_CHANGED, [(client_id, sub)], news)
    return count
