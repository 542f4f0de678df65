"""
The national hash of name and number (身份散列值), by which systems join records without either.

The national system alone knows how it is made: an upstream hands it down with somebody, or its function is
plugged in by name. It is kept sealed, released under a scope of its own, and never used to find anybody here:
an unkeyed hash of a number can be searched for, our blind index cannot.
"""

import importlib
from collections.abc import Callable, Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.keys.vault import Vault
from idp.persons.models import CertKey
from idp.storage.base import new_id

COMPUTED = "computed"
LONGEST = 256
"""Characters; no hash is longer, in whatever spelling."""
Function = Callable[[str, str], str]
"""(name, number) → the hash."""


def function(named: str) -> Function | None:
    """The function at ``package.module:name``; None for no name. Raises ValueError where there is none."""
    if not named:
        return None
    module, _, attribute = named.partition(":")
    try:
        found: object = getattr(importlib.import_module(module), attribute)
    except (ImportError, AttributeError) as fault:
        raise ValueError(f"cert_key: there is no {named}") from fault
    if not callable(found):
        raise ValueError(f"cert_key: {named} is no function")
    return found


def keep(
    db: Session, person_id: UUID, value: str, of: tuple[str, str, str], origin: str, now: datetime
) -> None:
    """Keep the hash an upstream handed down with somebody; `of` is their document's kind, number and name."""
    if not value or len(value) > LONGEST:
        return
    vault: Vault = db.info["vault"]
    row = db.scalar(select(CertKey).where(CertKey.person_id == person_id))
    if row is None:
        row = CertKey(id=new_id(), person_id=person_id)
        db.add(row)
    row.value, row.basis, row.origin, row.at = value, basis(vault, *of), origin, now


def basis(vault: Vault, kind: str, number: str, name: str) -> bytes:
    """What a hash was made of, as a keyed digest."""
    return vault.digest("cert_key", _text(kind, number, name))


def bases(vault: Vault, kind: str, number: str, name: str) -> Collection[bytes]:
    """The same under every generation of the key."""
    return vault.digests("cert_key", _text(kind, number, name)).values()


def _text(kind: str, number: str, name: str) -> str:
    return f"{kind}\0{number}\0{name}"
