"""A run reads one file into a source: a row with a position, so what was killed goes on and doubles nothing.

Position, counts and the length of the returned file are written in the transaction that writes the accounts.
"""

from collections import deque
from collections.abc import Callable, Generator, Mapping
from concurrent.futures import Future
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from idp import clock
from idp.audit import trail
from idp.keys.vault import Vault
from idp.moving import faults, sealing, writing
from idp.moving.events import AccountsImported, SourceAdded
from idp.moving.files import Accounts
from idp.moving.models import ImportRun, ImportSource
from idp.moving.returned import Returned
from idp.moving.rows import Fault
from idp.moving.sealing import Batch, Sealing
from idp.storage.database import Database

AT_ONCE = 2000
"""Rows in one transaction."""
IN_FLIGHT = 3
"""Handfuls a process may be ahead of the writing; memory stays flat."""


@dataclass(frozen=True)
class Counts:
    """What became of the rows so far."""

    position: int
    added: int
    changed: int
    unchanged: int
    faulty: int


@dataclass(frozen=True)
class Importing:
    """One file on its way in."""

    database: Database
    vault: Vault
    run_id: UUID
    source: str
    generation: int
    accounts: Accounts
    returned: Returned
    workers: int
    is_rehearsal: bool = False
    """Nothing is written but the returned file."""

    def run(self, counts: Counts, told: Callable[[Counts], None]) -> Counts:
        """Go on behind these counts to the end; `told` hears them after every handful."""
        with closing(self.returned), closing(self._batches(counts.position)) as batches:
            for batch in batches:
                counts = self._keep(batch, counts)
                told(counts)
        if not self.is_rehearsal:
            with self.database.writing() as db:
                self._finish(db)
        return counts

    def _batches(self, position: int) -> Generator[Batch, None, None]:
        """Every handful in the order of the file, made ready by other processes while this one writes."""
        now = clock.now()
        made = Sealing(self.vault, self.source, self.generation, now, clock.day(now))
        groups = sealing.batches(islice(self.accounts, position, None), AT_ONCE)
        if self.workers == 0:
            yield from map(made.batch, groups)
            return
        self.database.dispose()
        with sealing.pool(made, self.workers, self.returned.descriptor) as pool:
            ahead: deque[Future[Batch]] = deque()
            for group in groups:
                ahead.append(pool.submit(sealing.batch_there, group))
                if len(ahead) > IN_FLIGHT * self.workers:
                    yield ahead.popleft().result()
            while ahead:
                yield ahead.popleft().result()

    def _keep(self, batch: Batch, before: Counts) -> Counts:
        if self.is_rehearsal:
            with self.database.reading() as db:
                found = writing.sort(db, self.run_id, batch)
            faulty = writing.faults_of(batch, found)
            self._return(batch, faulty)
            return _counted(before, batch, found, faulty)
        with self.database.writing() as db:
            run = db.get_one(ImportRun, self.run_id, with_for_update=True)
            if run.position >= batch.numbered[-1][0]:
                raise writing.AlsoRunning(self.source)
            found = writing.sort(db, self.run_id, batch)
            writing.write(db, run, found, clock.now())
            faulty = writing.faults_of(batch, found)
            faults.keep(db, self.vault, run.id, batch, faulty, run.faulty, clock.now())
            self._return(batch, faulty)
            counts = _counted(before, batch, found, faulty)
            _note(run, counts, before, self.returned.settle())
            return counts

    def _return(self, batch: Batch, faulty: Mapping[int, tuple[Fault, ...]]) -> None:
        cells = dict(batch.numbered)
        for line, found in sorted(faulty.items()):
            self.returned.keep(cells[line], found)

    def _finish(self, db: Session) -> None:
        run = db.get_one(ImportRun, self.run_id)
        run.finished_at = clock.now()
        trail.record(
            db,
            AccountsImported(
                source=run.source,
                run_id=str(run.id),
                added=run.added,
                changed=run.changed,
                faulty=run.faulty,
            ),
        )


class Nameless(Exception):
    """A source that is not known needs a name; its code may be a slip of the hand."""


def source(db: Session, vault: Vault, code: str, name: str, client_id: str | None) -> ImportSource:
    """
    The source of this code, made at first use; the key its accounts are named by stays with it.

    Raises Nameless where it would be made without a name.
    """
    found = db.get(ImportSource, code)
    if found is None:
        if not name.strip():
            raise Nameless(code)
        found = ImportSource(
            code=code,
            name=name.strip(),
            client_id=client_id,
            generation=vault.index_generation,
            created_at=clock.now(),
        )
        db.add(found)
        trail.record(db, SourceAdded(client_id=client_id, source=code))
        db.flush()
    return found


def begin(db: Session, source: ImportSource, file_digest: bytes, again: bool) -> ImportRun:
    """The run that goes on with this file, or a new one; `again`: also after one that was finished."""
    now = clock.now()
    query = select(ImportRun).where(ImportRun.source == source.code, ImportRun.file_digest == file_digest)
    found = db.scalar(query.order_by(ImportRun.started_at.desc()).limit(1))
    if found is not None and not (again and found.finished_at):
        return found
    run = ImportRun(source=source.code, file_digest=file_digest, started_at=now, seen_at=now)
    run.position = run.added = run.changed = run.unchanged = run.faulty = run.fault_bytes = 0
    db.add(run)
    db.flush()
    return run


def _counted(
    before: Counts, batch: Batch, found: writing.Sorted, faulty: Mapping[int, tuple[Fault, ...]]
) -> Counts:
    return Counts(
        position=batch.numbered[-1][0],
        added=before.added + len(found.fresh),
        changed=before.changed + len(found.changed),
        unchanged=before.unchanged + found.unchanged,
        faulty=before.faulty + len(faulty),
    )


def _note(run: ImportRun, counts: Counts, before: Counts, fault_bytes: int) -> None:
    run.position, run.fault_bytes, run.seen_at = counts.position, fault_bytes, clock.now()
    run.added += counts.added - before.added
    run.changed += counts.changed - before.changed
    run.unchanged += counts.unchanged - before.unchanged
    run.faulty += counts.faulty - before.faulty
