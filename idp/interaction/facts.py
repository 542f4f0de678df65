"""What one prepared read knows about a browser, for a demand to be judged by."""

# ruff: noqa: S608 – statements are joined from constants here, never from input

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from idp.assurance import Level
from idp.authenticators import local_staff
from idp.crypto.handles import digest
from idp.interaction.record import Chosen, Facts
from idp.mandates import holdings
from idp.mandates.holdings import Holdings
from idp.persons.models import Realm
from idp.sessions.lifecycle import idle_limit
from idp.storage.columns import identifier, moment
from idp.storage.prepared import Prepared, Row, Statement

IDLE = timedelta(minutes=30)
"""A session unseen for this long has ended (settings may change it); a patient one waits longer."""


class Asking(Protocol):
    """The little of a client that the read needs."""

    @property
    def id(self) -> str:
        """The client's id."""
        ...

    @property
    def sector(self) -> str:
        """Which sector's subject the client knows people by."""
        ...


@dataclass(frozen=True)
class OwnPages:
    """A person's own pages in place of a client: they belong to no sector and need no consent."""

    id: str = ""
    sector: str = ""


OWN = OwnPages()

SUBJECT = "(select u.sub from subjects u where u.sector = :sector and u.person_id = s.person_id)"
"""A scalar, because a join might walk through every subject of the sector."""
COLUMNS = f"""
    s.id, s.person_id, s.authenticated_at, s.aal, s.amr, p.version, {SUBJECT}, c.scopes, s.last_seen_at,
    p.least_aal,
    (select max(e.level) from evidence e where e.person_id = s.person_id
        and e.withdrawn_at is null and (e.expires_at is null or e.expires_at > :now)) as ial,
    s.patient, s.let_in_by
"""
FROM = """
      from sessions s
      join persons p on p.id = s.person_id
      left join consents c on c.client_id = :client and c.person_id = s.person_id
                          and c.withdrawn_at is null and c.superseded_at is null
"""
LIVES = """
       s.ended_at is null and s.expires_at > :now and p.status in ('active', 'closing') and p.realm = :realm
"""
WHERE = f" where s.digest = :digest and s.last_seen_at > :idle_since and {LIVES}"
BY_ID = f" where s.id = :session and {LIVES}"
CHANGED = """
    (select d.changed_at from credentials d
      where d.person_id = s.person_id and d.kind = 'password' and d.ended_at is null)
"""
STAFF_COLUMNS = f"select {COLUMNS}, {CHANGED} {FROM}"
OTHERS = f"""
    select {COLUMNS},
           exists (select 1 from mandates m where m.agent_person_id = s.person_id and m.state = 'active'),
           k.chosen_at, k.organisation_id,
           (select v.sub from subjects v where v.sector = :sector and v.organisation_id = k.organisation_id)
    {FROM}
      left join capacities k on k.session_id = s.id and k.client_id = :client
"""
LOOK = Statement(f"select {COLUMNS} {FROM} {WHERE}")
LOOK_TOWARDS = holdings.along(
    f"""
    select {COLUMNS},
           (select o.id from organisations o where o.credit_code = :code) as organisation_id
    {FROM} {WHERE}
    """
)
"""The same with the ways in which the person may act for the organisation of a credit code."""
LOOK_AT_STAFF = Statement(STAFF_COLUMNS + WHERE)
"""The same for a civil servant, who acts for nobody: when the password they have here was changed."""
LOOK_FOR_OTHERS = Statement(OTHERS + WHERE)
"""The same where one may come for an organisation: whether anybody lets them, and as what they last came."""
LOOK_BY_ID = Statement(f"select {COLUMNS} {FROM} {BY_ID}")
LOOK_AT_STAFF_BY_ID = Statement(STAFF_COLUMNS + BY_ID)
LOOK_FOR_OTHERS_BY_ID = Statement(OTHERS + BY_ID)


def facts_of(
    prepared: Prepared,
    session_handle: str | None,
    client: Asking,
    now: datetime,
    idle: timedelta = IDLE,
    realm: str = "citizen",
    for_others: bool = False,
) -> Facts | None:
    """Who is signed in here and what they have agreed to towards this client; None when nobody is."""
    if session_handle is None:
        return None
    for_others = for_others and realm != Realm.STAFF
    values = _browser(session_handle, client, now, idle, realm)
    row = prepared.one(_look(realm, for_others), values)
    return None if row is None or _idles(row, now, idle) else _facts(row, realm, for_others, now)


def facts_towards(
    prepared: Prepared,
    session_handle: str | None,
    client: Asking,
    code: str,
    now: datetime,
    idle: timedelta = IDLE,
    realm: str = "citizen",
) -> tuple[Facts, Holdings] | None:
    """The same of a citizen, and by which ways they may act for the organisation of a credit code."""
    if session_handle is None:
        return None
    values = _browser(session_handle, client, now, idle, realm)
    rows = prepared.all(LOOK_TOWARDS, values | {"code": code, "recent": now - holdings.RECENT})
    row = rows[0][holdings.WIDTH :] if rows else None
    if row is None or _idles(row, now, idle):
        return None
    facts = _facts(row, realm, for_others=False, now=now)
    return facts, holdings.of_rows(facts.person_id, rows)


def facts_of_session(
    prepared: Prepared, session_id: UUID, client: Asking, now: datetime, realm: str, for_others: bool
) -> Facts | None:
    """The same of a session that is known by its id, whose person is not at their browser."""
    for_others = for_others and realm != Realm.STAFF
    row = prepared.one(
        _look(realm, for_others, by_id=True), {"session": session_id, **_asked(client, realm, now)}
    )
    return None if row is None else _facts(row, realm, for_others, now)


def _browser(
    session_handle: str, client: Asking, now: datetime, idle: timedelta, realm: str
) -> dict[str, object]:
    longest = now - idle_limit(idle, patient=True)
    return {"digest": digest(session_handle), "idle_since": longest, **_asked(client, realm, now)}


def _idles(row: Row, now: datetime, idle: timedelta) -> bool:
    return now - moment(row[8]) >= idle_limit(idle, bool(row[11]))


def _asked(client: Asking, realm: str, now: datetime) -> dict[str, object]:
    return {"sector": client.sector, "client": client.id, "realm": realm, "now": now}


def _look(realm: str, for_others: bool, by_id: bool = False) -> Statement:
    if realm == Realm.STAFF:
        return LOOK_AT_STAFF_BY_ID if by_id else LOOK_AT_STAFF
    if for_others:
        return LOOK_FOR_OTHERS_BY_ID if by_id else LOOK_FOR_OTHERS
    return LOOK_BY_ID if by_id else LOOK


def _facts(row: Row, realm: str, for_others: bool, now: datetime) -> Facts:
    is_staff = realm == Realm.STAFF
    amr = frozenset(row[4].split())
    return Facts(
        session_id=identifier(row[0]),
        person_id=identifier(row[1]),
        authenticated_at=moment(row[2]),
        reached=Level(ial=row[10] or 0, aal=row[3]),
        amr=amr,
        sub=row[6],
        consented=frozenset((row[7] or "").split()),
        person_version=row[5],
        last_seen_at=moment(row[8]),
        own_minimum=Level(aal=row[9]),
        let_in=bool(row[12]),
        realm=realm,
        password_due=is_staff and row[13] is not None and local_staff.is_old(moment(row[13]), now),
        may_act=for_others and bool(row[13]),
        chosen=_chosen(row) if for_others and row[14] is not None else None,
    )


def _chosen(row: Row) -> Chosen:
    return Chosen(None if row[15] is None else identifier(row[15]), row[16])
