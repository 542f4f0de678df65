"""
Which service read which of a person's data on which day, for the person to see.

A read must not wait for the database: it is counted in a spool by authorization, scopes and hour, and the
worker adds it up by person, service and day. What is kept says how often and what, and the hour of the last
time; not each moment, which would be a second register of somebody's life.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Date, String, Uuid, bindparam, select, text
from sqlalchemy.orm import Session

from idp import clock
from idp.audit.spool import Line, Spool
from idp.oauth.models import Authorization, DataRead
from idp.storage import purging
from idp.storage.base import new_id
from idp.storage.columns import UtcTime, Words
from idp.storage.database import Database

Read = Callable[[UUID, frozenset[str], datetime], None]
"""Told of each read: by which authorization, what the scopes gave, when; must be cheap and never fail."""
HOUR = 3600
AT_ONCE = 500

ADD = text(
    """
    insert into data_reads (id, person_id, client_id, day, scopes, times, last_at)
    values (:id, :person, :client, :day, :scopes, :times, :at)
    on conflict (person_id, client_id, day, scopes) do update
       set times = data_reads.times + excluded.times,
           last_at = case when excluded.last_at > data_reads.last_at then excluded.last_at
                          else data_reads.last_at end
    """
).bindparams(
    bindparam("id", type_=Uuid()),
    bindparam("person", type_=Uuid()),
    bindparam("client", type_=String()),
    bindparam("day", type_=Date()),
    bindparam("scopes", type_=Words()),
    bindparam("times", type_=BigInteger()),
    bindparam("at", type_=UtcTime()),
)


@dataclass(frozen=True)
class Seen:
    """Reads by one authorization within an hour."""

    authorization_id: UUID
    scopes: frozenset[str]
    at: datetime
    """The beginning of the hour."""


def counted(spool: Spool) -> Read:
    """Count reads in a spool."""

    def read(authorization_id: UUID, scopes: frozenset[str], now: datetime) -> None:
        spool.add(authorization_id, scopes, int(now.timestamp()) // HOUR)

    return read


def keep(db: Session, lines: Sequence[Line]) -> None:
    """Add the counts of one file up, by person, service and day."""
    seen: Counter[Seen] = Counter()
    for (authorization, scopes, hour), count in lines:
        at = datetime.fromtimestamp(int(hour) * HOUR, UTC)
        seen[Seen(UUID(authorization), frozenset(scopes.split()), at)] += count
    every = list(seen.items())
    for start in range(0, len(every), AT_ONCE):
        some = every[start : start + AT_ONCE]
        rows = sorted(_rows(db, some), key=lambda row: (row["person"], row["client"], row["day"]))
        if rows:  # in one order, so that two workers wait for one another and never crosswise
            db.execute(ADD, rows)


def purge(database: Database, kept: timedelta, now: datetime) -> int:
    """Forget what is older."""
    return purging.purge(database, DataRead, DataRead.day < clock.day(now - kept))


def _rows(db: Session, some: Sequence[tuple[Seen, int]]) -> Iterable[dict[str, Any]]:
    """What to add; an authorization that is gone takes its last counts along."""
    ids = {seen.authorization_id for seen, _ in some}
    query = select(Authorization.id, Authorization.person_id, Authorization.client_id)
    whose = {row[0]: (row[1], row[2]) for row in db.execute(query.where(Authorization.id.in_(ids)))}
    for seen, count in some:
        if seen.authorization_id in whose:
            person_id, client_id = whose[seen.authorization_id]
            yield {
                "id": new_id(),
                "person": person_id,
                "client": client_id,
                "day": clock.day(seen.at),
                "scopes": seen.scopes,
                "times": count,
                "at": seen.at,
            }
