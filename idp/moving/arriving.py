"""Somebody types the login and password of an older system: find the account, say nothing of it to others."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.keys.vault import Vault
from idp.moving.models import ImportedAccount, ImportSource
from idp.moving.sealing import LOGIN
from idp.storage.base import new_id

DECOY = """
    select secret from imported_accounts where secret is not null and id >= :from_id order by id limit 1
"""
"""SQL: the hash of an account from `from_id` on (`decoy_values`)."""
LAST = UUID(int=2**128 - 1)


@dataclass(frozen=True)
class Old:
    """An account that nobody has proven, and the hash of its password."""

    id: UUID
    secret: str = field(repr=False)


def logins(vault: Vault, typed: str) -> list[bytes]:
    """The digests of a login of an older system, as it is typed."""
    return list(vault.digests(LOGIN, typed.strip().casefold()).values())


def first_of(wanted: Sequence[str]) -> str:
    """
    SQL: id and hash of the first account that meets one of these conditions, in their order.

    Each is looked for by its own index; all ways are gone, whatever is found.
    """
    known = "state = 'waiting' and secret is not null"
    found = [
        f"select {turn} as turn, id, secret from (select id, secret from imported_accounts "  # noqa: S608
        f"where {one} and {known} order by id limit 1) way{turn}"
        for turn, one in enumerate(wanted)
    ]
    return f"select id, secret from ({' union all '.join(found)}) ways order by turn limit 1"  # noqa: S608


def decoy_values(who: str) -> dict[str, object]:
    """Whose hash strangers are given, always the same for what was typed; see `password.decoy_values`."""
    return {"from_id": LAST if int(who[-1], 16) % 2 else UUID(hex=who[:32].rjust(32, "0"))}


def source_name(db: Session, account_id: UUID | None) -> str:
    """What people call the system an account comes from; empty without one."""
    query = select(ImportSource.name).join(ImportedAccount, ImportedAccount.source == ImportSource.code)
    return db.scalar(query.where(ImportedAccount.id == (account_id or new_id()))) or ""
