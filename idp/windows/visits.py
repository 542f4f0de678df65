"""The code by which a person at a window shows which account is theirs: from their own page, for minutes."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from idp.keys.vault import Vault
from idp.storage.state import StateStore

LIFETIME = 900.0
DIGITS = 8


@dataclass(frozen=True)
class Shown:
    """Whose page showed a code, and when."""

    person_id: UUID
    at: datetime


def code(state: StateStore, vault: Vault, person_id: UUID, now: datetime) -> str:
    """A new code for this person; only a blind digest of it is kept."""
    digits = f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"
    state.put(_key(vault, digits), f"{person_id.hex}@{now.isoformat()}".encode(), LIFETIME)
    return digits


def take(state: StateStore, vault: Vault, digits: str) -> Shown | None:
    """Whose code this is, for the one caller who uses it up."""
    found = state.take(_key(vault, digits))
    if found is None:
        return None
    person_id, _, at = found.decode().partition("@")
    return Shown(UUID(person_id), datetime.fromisoformat(at))


def _key(vault: Vault, digits: str) -> str:
    return f"visit-code:{vault.digest('visit', digits).hex()}"
