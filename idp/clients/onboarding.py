"""Registering and changing clients: what an operator does, never what a client asks for itself."""

import re
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.audit import trail
from idp.audit.events import ConfigurationChanged
from idp.clients.authentication import SECRET_METHODS, digest
from idp.clients.metadata import Client, MetadataFault, client_of, parse
from idp.clients.models import ClientClass, ClientRow, ClientStatus
from idp.clients.saml_metadata import client_id_of
from idp.crypto.handles import new_handle
from idp.departments.models import Department
from idp.storage.configuration import touch

CLIENT_ID = re.compile(r"[A-Za-z0-9._~-]{1,64}")
SHORTEST_SECRET = 32
"""Characters of a secret that is brought along; ours have 43, of 256 random bits."""


def create(
    db: Session,
    details: Mapping[str, Any],
    client_class: ClientClass,
    now: datetime,
    *,
    department: Department | None = None,
    client_id: str | None = None,
    secret: str | None = None,
) -> tuple[ClientRow, str | None]:
    """Register a client; the secret is returned this once, None for methods without one.

    The sector is fixed now, so that subjects never change when addresses do. Raises MetadataFault.
    """
    client_id = client_id or _id_of_entity(details) or secrets.token_hex(12)
    if not CLIENT_ID.fullmatch(client_id):
        raise MetadataFault(["client_id: letters, digits and ._~- only, at most 64"])
    if db.get(ClientRow, client_id) is not None:
        raise MetadataFault([f"client_id: {client_id} exists already"])
    client = parse(details, client_id, client_class)
    row = ClientRow(
        id=client_id,
        department_id=department.id if department else None,
        client_class=client_class,
        status=ClientStatus.ONLINE,
        generation=1,
        details={**details, "sector": client.sector},
        created_at=now,
        changed_at=now,
    )
    given = _give_secret(row, client, secret)
    db.add(row)
    _record(db, row, "client created")
    return row, given


def change(
    db: Session, client_id: str, details: Mapping[str, Any], now: datetime
) -> tuple[ClientRow, str | None]:
    """Replace a client's metadata; a secret is returned if the method changed to one that needs it.

    What the client was given stops working if anything was taken from it. Raises MetadataFault, LookupError.
    """
    row = find(db, client_id)
    before = client_of(row)
    if details.get("sector", before.sector) != before.sector:
        raise MetadataFault(["sector: cannot change, every subject would"])
    kept = {**details, "sector": before.sector}
    after = parse(kept, row.id, ClientClass(row.client_class))
    row.details, row.changed_at = kept, now
    given = None
    if after.auth_method != before.auth_method:
        row.secret_digest = None
        given = _give_secret(row, after, None)
    if _takes_away(before, after):
        row.generation += 1
    _record(db, row, "client changed")
    return row, given


def renew_secret(db: Session, client_id: str, now: datetime) -> str:
    """Give a new secret; the old one stops working. Raises MetadataFault for clients without one."""
    row = find(db, client_id)
    given = _give_secret(row, client_of(row), None)
    if given is None:
        raise MetadataFault(["token_endpoint_auth_method: this client has no secret"])
    row.changed_at = now
    _record(db, row, "client secret renewed")
    return given


def suspend(db: Session, client_id: str, now: datetime) -> ClientRow:
    """Stop serving a client; its own tokens die, also after it resumes."""
    row = find(db, client_id)
    if row.status != ClientStatus.SUSPENDED:
        row.status, row.generation, row.changed_at = ClientStatus.SUSPENDED, row.generation + 1, now
        _record(db, row, "client suspended")
    return row


def resume(db: Session, client_id: str, now: datetime) -> ClientRow:
    """Serve a suspended client again."""
    row = find(db, client_id)
    if row.status != ClientStatus.ONLINE:
        row.status, row.changed_at = ClientStatus.ONLINE, now
        _record(db, row, "client resumed")
    return row


def find(db: Session, client_id: str) -> ClientRow:
    """The stored client, locked against other changes; raises LookupError."""
    row = db.get(ClientRow, client_id, with_for_update=True)
    if row is None:
        raise LookupError(f"no client {client_id}")
    return row


def listed(db: Session) -> Sequence[ClientRow]:
    """Every client, oldest first."""
    return db.scalars(select(ClientRow).order_by(ClientRow.created_at, ClientRow.id)).all()


def _id_of_entity(details: Mapping[str, Any]) -> str | None:
    """A SAML system's id follows from its entity id; for `parse` to judge where that is missing."""
    section = details.get("saml")
    entity_id = section.get("entity_id") if isinstance(section, dict) else None
    return client_id_of(entity_id) if isinstance(entity_id, str) else None


def _give_secret(row: ClientRow, client: Client, brought: str | None) -> str | None:
    if client.auth_method not in SECRET_METHODS:
        if brought:
            raise MetadataFault([f"client_secret: {client.auth_method} has none"])
        return None
    if brought is not None and (len(brought) < SHORTEST_SECRET or not brought.isascii()):
        raise MetadataFault([f"client_secret: needs {SHORTEST_SECRET} ASCII characters or more"])
    secret = brought or new_handle()
    row.secret_digest = digest(secret)
    return secret


def _takes_away(before: Client, after: Client) -> bool:
    """Whether the client may now do less, or must prove itself otherwise."""
    return (
        not before.scopes <= after.scopes
        or not before.claims <= after.claims
        or not before.grant_types <= after.grant_types
        or not before.minimum.covers(after.minimum)
        or before.auth_method != after.auth_method
    )


def _record(db: Session, row: ClientRow, change: str) -> None:
    touch(db)
    trail.record(db, ConfigurationChanged(client_id=row.id, what=f"client {row.id}", change=change))
