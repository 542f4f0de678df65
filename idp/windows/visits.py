"""The code by which a person at a window shows which account is theirs: from their own page, for minutes."""

import secrets
from uuid import UUID

from idp.keys.vault import Vault
from idp.storage.state import StateStore

LIFETIME = 900.0
DIGITS = 8


def code(state: StateStore, vault: Vault, person_id: UUID) -> str:
    """A new code for this person; only a blind digest of it is kept."""
    digits = f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"
    state.put(_key(vault, digits), person_id.hex.encode(), LIFETIME)
    return digits


def take(state: StateStore, vault: Vault, digits: str) -> UUID | None:
    """Whose code this is, for the one caller who uses it up."""
    found = state.take(_key(vault, digits))
    return UUID(found.decode()) if found else None


def _key(vault: Vault, digits: str) -> str:
    return f"visit:{vault.digest('visit', digits).hex()}"
