"""Rows made ready for the table: read, digested and sealed, by as many processes as there are cores.

This is what an import costs; it needs no database, so it is done beside the writing.
"""

import hashlib
import json
import os
import threading
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import islice
from multiprocessing import connection, get_context, parent_process
from pathlib import Path
from typing import TypeVar
from uuid import UUID

from idp.keys.vault import Vault
from idp.moving import rows
from idp.moving.rows import Account, Fault, Faulty
from idp.persons import lookup

T = TypeVar("T")
TABLE, COLUMN = "imported_accounts", "told"
LOGIN = "imported-login"
RAW = ""
"""The name under which a row stands that could not even be taken apart."""
Numbered = tuple[int, Mapping[str, str]]
"""A row by its number in the file."""


@dataclass(frozen=True)
class Ready:
    """What is written of one account."""

    id: UUID
    line: int
    kind: str
    content: bytes
    told_sealed: bytes = field(repr=False)
    document_digest: bytes | None
    phone_digest: bytes | None
    login_digest: bytes | None
    credit_code: str | None
    secret: str | None = field(repr=False)
    untaken: bool
    checked_at: datetime | None
    """Set at once where there is nothing to ask a registry about."""


@dataclass(frozen=True)
class Batch:
    """What became of a handful of rows."""

    numbered: tuple[Numbered, ...] = field(repr=False)
    ready: tuple[Ready, ...]
    faults: Mapping[int, tuple[Fault, ...]]


@dataclass(frozen=True)
class Sealing:
    """How the rows of one run are made ready; other processes inherit it."""

    vault: Vault = field(repr=False)
    source: str
    generation: int
    now: datetime
    today: date

    def batch(self, numbered: tuple[Numbered, ...]) -> Batch:
        """Make rows ready; of two with one id the later is faulty."""
        ready: dict[UUID, Ready] = {}
        faults: dict[int, tuple[Fault, ...]] = {}
        for line, cells in numbered:
            try:
                made = self._ready(line, cells)
                if made.id in ready:
                    raise Faulty(Fault.REPEATED)
                ready[made.id] = made
            except Faulty as refusal:
                faults[line] = refusal.faults
        return Batch(numbered, tuple(ready.values()), faults)

    def _ready(self, line: int, cells: Mapping[str, str]) -> Ready:
        if RAW in cells:
            raise Faulty(Fault.NOT_A_ROW)
        account = rows.read(cells, self.today)
        secret = rows.kept_at_once(account.scheme, account.hash)
        told = json.dumps(account.cells, ensure_ascii=False, sort_keys=True).encode()
        row_id = name_of(self.vault, self.source, account.id, self.generation)
        return Ready(
            id=row_id,
            line=line,
            kind=account.kind.value,
            content=self.vault.digests("imported-row", told.decode())[self.generation],
            told_sealed=self.vault.seal(told, TABLE, COLUMN, row_id),
            document_digest=_digest(self.vault, "document", account.document_key),
            phone_digest=_digest(self.vault, lookup.PHONE, account.phone or None),
            login_digest=_digest(self.vault, LOGIN, account.login.casefold() or None),
            credit_code=account.credit_code or None,
            secret=secret,
            untaken=rows.is_weak(account.scheme),
            checked_at=None if account.id_number else self.now,
        )


def name_of(vault: Vault, source: str, own_id: str, generation: int) -> UUID:
    """The row's id: a keyed digest of source and the account's own id, in the form of RFC 9562 §5.8."""
    digest = vault.digests("imported-account", f"{source}\0{own_id}")[generation]
    value = int.from_bytes(digest[:16]) & ~(0xF << 76) & ~(0b11 << 62)
    return UUID(int=value | 0x8 << 76 | 0b10 << 62)


def opened(vault: Vault, row_id: UUID, told_sealed: bytes) -> Account:
    """What a stored account says."""
    return rows.account(json.loads(vault.open(told_sealed, TABLE, COLUMN, row_id)))


def file_digest(path: Path) -> bytes:
    """What a file is known by when it is started again."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()


_here: Sealing | None = None


def pool(sealing: Sealing, workers: int, locked: int) -> ProcessPoolExecutor:
    """
    Processes that make rows ready, forked: keys go by memory, and nothing is imported once more.

    Close every connection first: theirs would be the same. `locked` is the descriptor of the lock that only
    this process holds. They end with this process, however it ends.
    """
    context = get_context("fork")
    return ProcessPoolExecutor(workers, mp_context=context, initializer=_begin, initargs=(sealing, locked))


def batch_there(numbered: tuple[Numbered, ...]) -> Batch:
    """What a process of the pool does."""
    assert _here is not None
    return _here.batch(numbered)


def _begin(sealing: Sealing, locked: int) -> None:
    global _here
    _here = sealing
    os.close(locked)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """Wait for its end: a pipe of the pool never breaks, for each of its processes holds both ends."""
    parent = parent_process()
    assert parent is not None
    connection.wait([parent.sentinel])
    os._exit(1)


def _digest(vault: Vault, kind: str, value: str | None) -> bytes | None:
    return None if value is None else vault.digest(kind, value)


def batches(found: Iterable[T], size: int) -> Iterator[tuple[T, ...]]:
    """So many rows at a time."""
    left = iter(found)
    while batch := tuple(islice(left, size)):
        yield batch
