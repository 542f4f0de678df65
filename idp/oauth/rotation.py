"""Refresh tokens: `family.generation.mac`. Only the current generation works; an older one is theft.

The MAC is recomputed, never stored, so a database copy gives nobody a token, and a successor that was lost on
the way can be given again.

On PostgreSQL a rotation does not wait for the disk, because the token itself proves it: a generation ahead of
its row was given by us before a crash took the row back, and the row follows it. Ending a family waits.
"""

# ruff: noqa: S608 – statements are joined from constants here, never from input

import hmac
import re
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from idp.assurance import Level
from idp.audit import trail
from idp.audit.events import RefreshReused
from idp.clients.metadata import Client
from idp.crypto.handles import mac
from idp.crypto.jose import base64url
from idp.keys.vault import Vault
from idp.oauth import acting
from idp.oauth.collaborators import OAuth
from idp.oauth.liveness import ALIVE, ALIVE_ALONE, FROM, LEVEL, OF_CLIENT
from idp.storage.columns import identifier, moment
from idp.storage.prepared import Row, Statement

TOKEN = re.compile(r"([0-9a-f]{32})\.([1-9][0-9]{0,8})\.([A-Za-z0-9_-]{43})")

OWN = f"f.id = :family and a.id = f.authorization_id and {OF_CLIENT}"
UNSPENT = "f.ended_at is null and f.expires_at > :now"
USABLE = f"{UNSPENT} and {ALIVE}"
USABLE_ALONE = f"{UNSPENT} and {ALIVE_ALONE} and {acting.ALONE}"
"""Of an authorization with nobody else behind it, which is nearly every one, and costs far less to ask."""
STATE = f"""
    f.generation, f.rotated_at, a.id, a.person_id, a.session_id, a.sub, a.scopes, a.aal, a.amr,
    a.authenticated_at, {LEVEL}, f.expires_at, p.realm, a.details, a.organisation_id is not null
"""
ADVANCE = f"""
    update refresh_families as f set generation = :generation + 1, rotated_at = :now {FROM}
     where {OWN} and f.generation <= :generation
"""
MOVED = f"returning true, {STATE}, set_config('synchronous_commit', 'off', true)"

LOOK = Statement(f"select ({USABLE}), {STATE} {FROM}, refresh_families f where {OWN}")
ROTATE_ALONE = Statement(f"{ADVANCE} and {USABLE_ALONE} {MOVED}")
ROTATE = Statement(f"{ADVANCE} and {USABLE} {MOVED}")
ROTATE_ON_SQLITE = Statement(f"{ADVANCE} and {USABLE} returning 1")
"""SQLite gives back nothing of the other tables."""

END_FAMILY = Statement(
    """
    update refresh_families set ended_at = :now, ended_because = :because
     where id = :family and ended_at is null returning authorization_id
    """
)
END_AUTHORIZATION = Statement(
    """
    update authorizations set ended_at = :now, ended_because = :because
     where id = :authorization and ended_at is null returning id
    """
)


class Family(NamedTuple):
    """A refresh family and the authorization behind it, as one read found them."""

    id: UUID
    generation: int
    rotated_at: datetime
    usable: bool
    authorization_id: UUID
    person_id: UUID
    session_id: UUID | None
    sub: str
    scopes: frozenset[str]
    reached: Level
    amr: frozenset[str]
    authenticated_at: datetime
    expires_at: datetime
    realm: str
    details: str | None
    acts: bool
    """Whether it is for an organisation (`acting.behind`)."""


def compose(vault: Vault, client: Client, family: UUID, generation: int) -> str:
    """The refresh token of this generation; it stops working when everything given to the client does."""
    name = f"{family.hex}.{generation}"
    return f"{name}.{_mac(vault.service_key('refresh'), client, name)}"


def parse(vault: Vault, client: Client, token: str | None) -> tuple[UUID, int] | None:
    """Family and generation of a token that we made for this client as it is; None for anything else."""
    parts = TOKEN.fullmatch(token or "")
    if parts is None:
        return None
    family, generation, proof = parts.groups()
    name = f"{family}.{generation}"
    keys = vault.service_keys("refresh").values()
    if not any(hmac.compare_digest(proof, _mac(key, client, name)) for key in keys):
        return None
    return UUID(family), int(generation)


def rotate(oauth: OAuth, family: UUID, generation: int, client_id: str, now: datetime) -> Family | None:
    """Move a usable family of this client past this generation; None when there is none to move."""
    values = {"family": family, "generation": generation, "client": client_id, "now": now}
    if oauth.database.dialect != "sqlite":
        return _family(family, oauth.prepared.one(ROTATE_ALONE, values) or oauth.prepared.one(ROTATE, values))
    moved = oauth.prepared.one(ROTATE_ON_SQLITE, values)
    return None if moved is None else look(oauth, family, client_id, now)


def look(oauth: OAuth, family: UUID, client_id: str, now: datetime) -> Family | None:
    """The family as it is, untouched."""
    return _family(family, oauth.prepared.one(LOOK, {"family": family, "client": client_id, "now": now}))


def end(oauth: OAuth, family: UUID, because: str, now: datetime) -> None:
    """End the family and the authorization behind it; its access tokens die with it."""
    row = oauth.prepared.one(END_FAMILY, {"family": family, "because": because, "now": now})
    if row is not None:
        values = {"authorization": identifier(row[0]), "because": because, "now": now}
        oauth.prepared.one(END_AUTHORIZATION, values)


def punish(oauth: OAuth, family: Family, client_id: str, now: datetime) -> None:
    """An outdated token came back: somebody has a copy, so nobody keeps anything (RFC 9700 §4.14.2)."""
    end(oauth, family.id, "refresh_reused", now)
    with oauth.database.writing() as db:
        trail.record(
            db,
            RefreshReused(person_id=family.person_id, client_id=client_id, session_id=family.session_id),
        )


def _mac(key: bytes, client: Client, name: str) -> str:
    message = f"{name}|{client.generation}|{client.id}".encode()
    return base64url(mac(key, message)).decode()


def _family(family: UUID, row: Row | None) -> Family | None:
    if row is None:
        return None
    (
        usable, generation, rotated_at, azid, person, session, sub, scopes, aal, amr, at, ial, ends, realm,
        details, acts, *_,
    ) = row  # fmt: skip
    return Family(
        id=family,
        generation=generation,
        rotated_at=moment(rotated_at),
        usable=bool(usable),
        authorization_id=identifier(azid),
        person_id=identifier(person),
        session_id=None if session is None else identifier(session),
        sub=sub,
        scopes=frozenset(scopes.split()),
        reached=Level(ial or 0, aal),
        amr=frozenset(amr.split()),
        authenticated_at=moment(at),
        expires_at=moment(ends),
        realm=realm,
        details=details,
        acts=bool(acts),
    )
