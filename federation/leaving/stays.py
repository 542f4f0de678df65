"""Which session here rests on which session at an upstream, for as long as the longer of them may last."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from pydantic import TypeAdapter

from idp.crypto.handles import digest
from idp.interaction.upstream import NotLeft
from idp.keys.vault import Vault
from idp.storage.state import StateStore

USE = "upstream-stay"
SHOWN = 900.0
"""Seconds for which it is remembered what became of one."""


@dataclass(frozen=True)
class Stay:
    """A session at an upstream."""

    upstream: str
    kept: Mapping[str, str] = field(repr=False)
    """What ends it (`AssertedIdentity.kept`)."""


JSON: TypeAdapter[Stay] = TypeAdapter(Stay)


@dataclass(frozen=True)
class Stays:
    """All of them; sealed, since an ID token names a person."""

    state: StateStore
    vault: Vault
    seconds: float

    def keep(self, session_id: UUID, stay: Stay) -> None:
        """Remember on what a session rests."""
        key = f"{USE}:{session_id.hex}"
        sealed = self.vault.sealer(USE).seal(JSON.dump_json(stay), key.encode())
        self.state.put(key, sealed, self.seconds)
        if sid := stay.kept.get("sid"):
            self.state.put(_by_sid(stay.upstream, sid), session_id.bytes, self.seconds)

    def find(self, session_id: UUID) -> Stay | None:
        """On what a session rests."""
        key = f"{USE}:{session_id.hex}"
        sealed = self.state.get(key)
        if sealed is None:
            return None
        return JSON.validate_json(self.vault.sealer(USE).open(sealed, key.encode()))

    def note(self, session_id: UUID, end: NotLeft) -> None:
        """Note what became of the session there, for who looks."""
        self.state.put(f"{USE}-end:{session_id.hex}", end.value.encode(), SHOWN)

    def noted(self, session_id: UUID) -> NotLeft | None:
        """What became of it; None while nothing is known."""
        found = self.state.get(f"{USE}-end:{session_id.hex}")
        return None if found is None else NotLeft(found.decode())

    def session_of(self, upstream: str, sid: str) -> UUID | None:
        """The session here that rests on that one there."""
        found = self.state.get(_by_sid(upstream, sid))
        return None if found is None else UUID(bytes=found)


def _by_sid(upstream: str, sid: str) -> str:
    return f"{USE}-sid:{digest(f'{upstream}|{sid}')}"
