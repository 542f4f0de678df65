"""Writing down what a code was redeemed for, and what happens when it is redeemed twice.

The authorization's id was made at authorize. A reuse may therefore be recorded before the first redemption
has written anything: it leaves a tombstone under that id, and the tombstone wins.
"""

# ruff: noqa: S608 – statements are joined from constants here, never from input

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from uuid import UUID

from idp.audit import trail
from idp.audit.events import CodeReused
from idp.interaction.record import Acting
from idp.oauth import acting
from idp.oauth.collaborators import OAuth
from idp.oauth.records import AuthorizationCode
from idp.storage.base import new_id
from idp.storage.database import Database
from idp.storage.prepared import Statement, Writing

SESSION = """
    select s.id from sessions s join persons p on p.id = s.person_id
     where s.id = :session and s.ended_at is null and s.expires_at > :now
       and (s.aal >= p.least_aal or s.let_in_by <> '')
       and p.status in ('active', 'closing')
       and (:scopes = '' or exists (
           select 1 from consents c where c.person_id = p.id and c.client_id = :client
              and c.withdrawn_at is null and c.superseded_at is null))
"""
"""A session whose person may still be told of: neither ended nor unwilling since the code was given."""
COLUMNS = """
    id, person_id, client_id, session_id, sub, scopes, aal, amr, authenticated_at, created_at, offline,
    details
"""
VALUES = """
    :id, :person, :client, l.id, :sub, :scopes, :aal, :amr, :authenticated_at, :now, :offline, :details
"""
ACTING_VALUES = ":organisation, :mandate, :mandate_version, :through, :through_version, :act_sub"
PARTICIPANT = "insert into participants (session_id, client_id, sub, first_at)"
KNOWN = "on conflict (session_id, client_id, sub) do nothing"
FAMILY = "insert into refresh_families (id, authorization_id, generation, rotated_at, expires_at)"


@dataclass(frozen=True)
class Beside:
    """A row that is written with the yes or not at all: `insert … select …` that ends before its `from`."""

    statement: str
    values: Mapping[str, object] = field(compare=False)
    """Under names that the yes does not use."""


def _writing(live: str, columns: str, values: str, beside: str = "") -> Writing:
    authorization = f"insert into authorizations ({columns})"
    written = "from authorizations where id = :id and ended_at is null"
    return Writing(
        Statement(
            f"""
            with live as ({live}),
                 authorized as ({authorization} select {values} from live l
                                on conflict (id) do nothing returning id),
                 joined as ({PARTICIPANT} select :session, :client, :sub, :now from authorized {KNOWN}),
                 family as ({FAMILY} select :family, id, 1, :now, :expires_at from authorized
                             where :refreshing)
                 {f", beside as ({beside} from authorized)" if beside else ""}
            select id from live
            """
        ),
        [
            Statement(sql)
            for sql in (
                f"{authorization} select {values} from ({live}) l where true on conflict (id) do nothing",
                f"""{PARTICIPANT} select :session, :client, :sub, :now from authorizations
                     where id = :id and ended_at is null {KNOWN}""",
                f"""{FAMILY} select :family, id, 1, :now, :expires_at from authorizations
                     where id = :id and ended_at is null and :refreshing""",
                *([f"{beside} {written}"] if beside else []),
                live,
            )
        ],
    )


_MANDATE = f"{SESSION} and {acting.holds(':mandate', ':mandate_version')}"
_ACTING = (f"{COLUMNS}, {acting.COLUMNS}", f"{VALUES}, {ACTING_VALUES}")


@dataclass(frozen=True, slots=True)
class Writings:
    """How a yes is written down, by as whom somebody comes."""

    oneself: Writing
    for_another: Writing
    """For an organisation: its mandate still stands at this moment."""
    through_another: Writing
    """And so does their own, where an organisation acts for another."""


@cache
def writings(beside: str = "") -> Writings:
    """The statements, each with what a protocol writes `beside`."""
    through = f"{_MANDATE} and {acting.holds(':through', ':through_version')}"
    return Writings(
        oneself=_writing(SESSION, COLUMNS, VALUES, beside),
        for_another=_writing(_MANDATE, *_ACTING, beside),
        through_another=_writing(through, *_ACTING, beside),
    )


TOMBSTONE = Statement(
    f"""
    insert into authorizations ({COLUMNS}, ended_at, ended_because)
    values (:id, :person, :client, (select id from sessions where id = :session), :sub, :scopes, :aal, :amr,
            :authenticated_at, :now, :offline, :details, :now, 'code_reused')
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


def redeem(
    oauth: OAuth, code: AuthorizationCode, refreshing: bool, now: datetime, beside: Beside | None = None
) -> Redeemed | None:
    """Write authorization, participant and refresh family; None when session or person are gone.

    Where a tombstone stands nothing is written, and the tokens that are given out are dead at birth.
    """
    family = new_id()
    values = _row(code, now) | {
        "family": family,
        "refreshing": refreshing,
        "expires_at": now + oauth.lifetimes.refresh,
        **(beside.values if beside else {}),
    }
    writing = _writing_of(code.acting, beside.statement if beside else "")
    alive = oauth.prepared.write(writing, values)
    return Redeemed(family if refreshing else None) if alive else None


def bury(oauth: OAuth, code: AuthorizationCode, now: datetime) -> None:
    """End the authorization of a code that was presented twice (RFC 6749 §4.1.2, last paragraph)."""
    oauth.prepared.one(TOMBSTONE, _row(code, now))
    _tell(oauth.database, code)


def is_offline(code: AuthorizationCode) -> bool:
    """Whether the authorization outlives the session (OIDC Core §11)."""
    return "offline_access" in code.scopes


def _writing_of(on_behalf: Acting | None, beside: str) -> Writing:
    known = writings(beside)
    if on_behalf is None:
        return known.oneself
    return known.for_another if on_behalf.through_id is None else known.through_another


def _row(code: AuthorizationCode, now: datetime) -> dict[str, object]:
    return _acting(code) | {
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
        "details": code.details or None,
    }


def _acting(code: AuthorizationCode) -> dict[str, object]:
    whom = code.acting
    if whom is None:
        return {}
    return {
        "organisation": whom.organisation_id,
        "mandate": whom.mandate_id,
        "mandate_version": whom.mandate_version,
        "through": whom.through_id,
        "through_version": whom.through_version,
        "act_sub": code.act_sub,
    }


def _tell(database: Database, code: AuthorizationCode) -> None:
    with database.writing() as db:
        trail.record(
            db, CodeReused(person_id=code.person_id, client_id=code.client_id, session_id=code.session_id)
        )
