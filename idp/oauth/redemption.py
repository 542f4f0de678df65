"""Writing down what a code was redeemed for, and what happens when it is redeemed twice.

The authorization's id was made at authorize. A reuse may therefore be recorded before the first redemption
has written anything: it leaves a tombstone under that id, and the tombstone wins.
"""

# ruff: noqa: S608 – statements are joined from constants here, never from input

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from idp.audit import trail
from idp.audit.events import CodeReused
from idp.oauth.collaborators import OAuth
from idp.oauth.records import AuthorizationCode
from idp.storage.base import new_id
from idp.storage.database import Database
from idp.storage.prepared import Statement

SESSION = """
    select s.id from sessions s join persons p on p.id = s.person_id
     where s.id = :session and s.ended_at is null and s.expires_at > :now and s.aal >= p.least_aal
       and p.status in ('active', 'closing')
       and (:scopes = '' or exists (
           select 1 from consents c where c.person_id = p.id and c.client_id = :client
              and c.withdrawn_at is null and c.superseded_at is null))
"""
"""A session whose person may still be told of: neither ended nor unwilling since the code was given."""
AUTHORIZATION = """
    insert into authorizations
           (id, person_id, client_id, session_id, sub, scopes, aal, amr, authenticated_at, created_at,
            offline)
"""
VALUES = ":id, :person, :client, l.id, :sub, :scopes, :aal, :amr, :authenticated_at, :now, :offline"
PARTICIPANT = "insert into participants (session_id, client_id, sub, first_at)"
FAMILY = "insert into refresh_families (id, authorization_id, generation, rotated_at, expires_at)"

REDEEM = Statement(
    f"""
    with live as ({SESSION}),
         authorized as ({AUTHORIZATION} select {VALUES} from live l on conflict (id) do nothing returning id),
         joined as ({PARTICIPANT} select :session, :client, :sub, :now from authorized
                    on conflict (session_id, client_id) do nothing),
         family as ({FAMILY} select :family, id, 1, :now, :expires_at from authorized where :refreshing)
    select id from live
    """
)
"""Everything in one statement, on databases whose `with` may write."""

ONE_BY_ONE = tuple(
    Statement(sql)
    for sql in (
        f"{AUTHORIZATION} select {VALUES} from ({SESSION}) l where true on conflict (id) do nothing",
        f"""{PARTICIPANT} select :session, :client, :sub, :now from authorizations
             where id = :id and ended_at is null on conflict (session_id, client_id) do nothing""",
        f"""{FAMILY} select :family, id, 1, :now, :expires_at from authorizations
             where id = :id and ended_at is null and :refreshing""",
        SESSION,
    )
)
"""The same for SQLite: without a live session, none of them writes."""

TOMBSTONE = Statement(
    f"""
    {AUTHORIZATION[: AUTHORIZATION.rindex(")")]}, ended_at, ended_because)
    values (:id, :person, :client, (select id from sessions where id = :session), :sub, :scopes, :aal, :amr,
            :authenticated_at, :now, :offline, :now, 'code_reused')
    on conflict (id) do update
       set ended_at = coalesce(authorizations.ended_at, excluded.ended_at),
           ended_because = coalesce(authorizations.ended_because, excluded.ended_because)
    returning id
    """
)


@dataclass(frozen=True, slots=True)
class Redeemed:
    """What a redemption may be answered with."""

    family_id: UUID | None
    """The new refresh family, if the client may refresh."""


def redeem(oauth: OAuth, code: AuthorizationCode, refreshing: bool, now: datetime) -> Redeemed | None:
    """Write authorization, participant and refresh family; None when session or person are gone.

    Where a tombstone stands nothing is written, and the tokens that are given out are dead at birth.
    """
    family = new_id()
    values = _row(code, now) | {
        "family": family,
        "refreshing": refreshing,
        "expires_at": now + oauth.lifetimes.refresh,
    }
    if oauth.database.dialect == "sqlite":
        alive = oauth.prepared.together(ONE_BY_ONE, values)
    else:
        alive = oauth.prepared.all(REDEEM, values)
    return Redeemed(family if refreshing else None) if alive else None


def bury(oauth: OAuth, code: AuthorizationCode, now: datetime) -> None:
    """End the authorization of a code that was presented twice (RFC 6749 §4.1.2, last paragraph)."""
    oauth.prepared.one(TOMBSTONE, _row(code, now))
    _tell(oauth.database, code)


def is_offline(code: AuthorizationCode) -> bool:
    """Whether the authorization outlives the session (OIDC Core §11)."""
    return "offline_access" in code.scopes


def _row(code: AuthorizationCode, now: datetime) -> dict[str, object]:
    return {
        "id": code.authorization_id,
        "person": code.person_id,
        "client": code.client_id,
        "session": code.session_id,
        "sub": code.sub,
        "scopes": " ".join(sorted(code.scopes)),
        "aal": code.aal,
        "amr": " ".join(sorted(code.amr)),
        "authenticated_at": code.authenticated_at,
        "now": now,
        "offline": is_offline(code),
    }


def _tell(database: Database, code: AuthorizationCode) -> None:
    with database.writing() as db:
        trail.record(
            db, CodeReused(person_id=code.person_id, client_id=code.client_id, session_id=code.session_id)
        )
