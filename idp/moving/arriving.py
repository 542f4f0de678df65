"""Somebody types the login and password of an older system: find the account, say nothing of it to others."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.keys.vault import Vault
from idp.moving.models import ImportedAccount, ImportSource
from idp.moving.sealing import LOGIN
from idp.persons import lookup
from idp.storage.base import new_id
from idp.storage.columns import identifier
from idp.storage.prepared import Prepared, Statement

_KNOWN = "state = 'waiting' and secret is not null"
FIND = {
    way: Statement(
        f"select id, secret from imported_accounts where {way}_digest = :digest and {_KNOWN} "  # noqa: S608
        "order by id limit 1"
    )
    for way in ("login", lookup.PHONE, "document")
}
DECOY = Statement(
    "select secret from imported_accounts where secret is not null and id >= :least order by id limit 1"
)


@dataclass(frozen=True)
class Old:
    """An account that nobody has proven, and the hash of its password."""

    id: UUID
    secret: str = field(repr=False)


def find(prepared: Prepared, vault: Vault, typed: str, now: datetime) -> Old | None:
    """
    The account with this login, phone or document number; the first, where several systems know it.

    All ways are gone, whatever is found.
    """
    digests: list[tuple[str, object]] = [
        ("login", one) for one in vault.digests(LOGIN, typed.strip().casefold()).values()
    ]
    digests += [(way, one["digest"]) for way, one in lookup.keys(vault, typed, now) if "digest" in one]
    rows = [prepared.one(FIND[way], {"digest": digest}) for way, digest in digests]
    row = next(filter(None, rows), None)
    return Old(identifier(row[0]), str(row[1])) if row else None


def decoy(prepared: Prepared, who: str) -> str | None:
    """A hash of some account, always the same for what was typed (`who`): see `password.decoy`."""
    if int(who[-1], 16) % 2:
        return None
    row = prepared.one(DECOY, {"least": UUID(hex=who[:32].rjust(32, "0"))})
    return str(row[0]) if row else None


def source_name(db: Session, account_id: UUID | None) -> str:
    """What people call the system an account comes from; empty without one."""
    query = select(ImportSource.name).join(ImportedAccount, ImportedAccount.source == ImportSource.code)
    return db.scalar(query.where(ImportedAccount.id == (account_id or new_id()))) or ""
