"""The catalogue: reading it from a file, finding matters, and what becomes of grants when matters change.

A grant may lose reach when matters are split, merged, withdrawn or moved, and never gains any. The rows carry
that: a part keeps the moments of its whole and names it, whatever else is new or moved counts from now.
"""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import insert, or_, select
from sqlalchemy.orm import Session

from idp.assurance import Level
from idp.audit import trail
from idp.audit.events import ConfigurationChanged
from idp.matters import entries, stock
from idp.matters.entries import CODE, Entry, GroupEntry, MatterFault
from idp.matters.models import Matter, MatterGroup, Withdrawal
from idp.matters.stock import Stock
from idp.storage import sheets
from idp.storage.configuration import Watch, hold, touch
from idp.storage.database import Database

MOST_FOUND = 50
MOST_REMEMBERED = 20_000
"""Matters, and codes of none; beyond that the memory starts anew."""


@dataclass(frozen=True)
class Loaded:
    """What a file changed."""

    added: int
    changed: int
    unchanged: int
    withdrawn: int = 0


@dataclass(frozen=True)
class Listed:
    """A matter as rules and pages see it."""

    code: str
    lineage: tuple[str, ...]
    """Its code, then the wholes it was split from: a grant that names any of them reaches it."""
    group: str
    grouped_since: datetime
    actions: frozenset[str]
    minimum: Level
    high_risk: bool
    winds_up: bool
    withdrawn: bool
    name: str
    name_en: str | None
    department_id: UUID | None


class Catalogue:
    """Finds matters by code from memory, as of the newest configuration version, at most a second old."""

    def __init__(self, database: Database, tick: Callable[[], float] = time.monotonic) -> None:
        self._database = database
        self._watch = Watch(database, tick)
        self._version = -1
        self._known: dict[str, Listed | None] = {}

    def find(self, code: str) -> Listed | None:
        """The matter of this code, withdrawn ones too."""
        if not CODE.fullmatch(code):
            return None
        version = self._watch.version()
        if version != self._version or len(self._known) >= MOST_REMEMBERED:
            self._known, self._version = {}, version
        known = self._known
        if code not in known:
            known[code] = self._read(code)
        return known[code]

    def _read(self, code: str) -> Listed | None:
        with self._database.reading() as db:
            matter = find(db, code)
            return shown(matter, lineage(db, code)) if matter else None


def shown(matter: Matter, line: tuple[str, ...]) -> Listed:
    """A row of the table as rules see it."""
    return Listed(
        code=matter.code,
        lineage=line,
        group=matter.group_code,
        grouped_since=matter.grouped_since,
        actions=matter.actions,
        minimum=Level(matter.minimum_ial, matter.minimum_aal),
        high_risk=matter.high_risk,
        winds_up=matter.winds_up,
        withdrawn=matter.withdrawn_at is not None,
        name=matter.name,
        name_en=matter.name_en,
        department_id=matter.department_id,
    )


def load(db: Session, file: Iterable[str], now: datetime, complete: bool = False) -> Loaded:
    """Read matters from CSV with `entries.COLUMNS`; a new row with `split_from` splits that matter.

    Known codes take what the file says. What the file leaves out is withdrawn only if the file is `complete`.
    Nothing is changed if any row is wrong: raises MatterFault.
    """
    rows, faults = sheets.read(file, entries.COLUMNS)
    written = {line: Entry.of(cells) for line, cells in rows.items()}
    faults += _by_line({line: entries.cell_faults(cells) for line, cells in rows.items()})
    faults += sheets.repetitions({line: entry.code for line, entry in written.items()})
    if complete and not faults and not rows:
        faults = ["an empty file is no complete catalogue"]
    if faults:
        raise MatterFault(faults)
    hold(db)
    known = Stock.read(db)
    codes = {entry.code for entry in written.values()}
    faults = _by_line({line: known.faults(db, entry, codes) for line, entry in written.items()})
    if faults:
        raise MatterFault(faults)
    return _take(db, known, list(written.values()), now, complete)


def load_groups(db: Session, file: Iterable[str], now: datetime) -> Loaded:
    """Read groups from CSV with `entries.GROUP_COLUMNS`; a group stays once it is there.

    Nothing is changed if any row is wrong: raises MatterFault.
    """
    rows, faults = sheets.read(file, entries.GROUP_COLUMNS)
    written = {line: GroupEntry(**cells) for line, cells in rows.items()}
    faults += _by_line({line: entry.faults() for line, entry in written.items()})
    faults += sheets.repetitions({line: entry.code for line, entry in written.items()})
    if faults:
        raise MatterFault(faults)
    hold(db)
    known = {row.code: row for row in groups(db)}
    added = [entry for entry in written.values() if entry.code not in known]
    changed = [
        entry for entry in written.values() if entry.code in known and _differs(entry, known[entry.code])
    ]
    for entry in (*added, *changed):
        db.merge(MatterGroup(**entry.written()))
    if added or changed:
        touch(db)
        counts = f"{len(added)} added, {len(changed)} changed"
        trail.record(db, ConfigurationChanged(what="matter groups", change=counts))
    return Loaded(len(added), len(changed), len(written) - len(added) - len(changed))


def find(db: Session, code: str) -> Matter | None:
    """The matter of this code, withdrawn ones too."""
    return db.get(Matter, code)


def lineage(db: Session, code: str) -> tuple[str, ...]:
    """A matter's code, then the wholes it was split from, nearest first; nothing for an unknown code."""
    matter = find(db, code)
    return (code, *(whole.code for whole in stock.wholes(db, matter))) if matter else ()


def groups(db: Session) -> Sequence[MatterGroup]:
    """Every group, in the order people see."""
    return db.scalars(select(MatterGroup).order_by(MatterGroup.position, MatterGroup.code)).all()


def listed(db: Session, group: str | None = None, live_only: bool = True) -> Sequence[Matter]:
    """Matters in the order of their groups and codes."""
    wanted = select(Matter).join(MatterGroup, MatterGroup.code == Matter.group_code)
    if group is not None:
        wanted = wanted.where(Matter.group_code == group)
    if live_only:
        wanted = wanted.where(Matter.withdrawn_at.is_(None))
    return db.scalars(wanted.order_by(MatterGroup.position, MatterGroup.code, Matter.code)).all()


def is_risky(db: Session, codes: Iterable[str], groups: Iterable[str]) -> bool:
    """Whether money, seals or status hang on any matter that is named, by itself or by its group."""
    named = or_(Matter.code.in_(list(codes)), Matter.group_code.in_(list(groups)))
    live = Matter.withdrawn_at.is_(None)
    return db.scalar(select(Matter.code).where(named, live, Matter.high_risk).limit(1)) is not None


def search(db: Session, text: str) -> Sequence[Matter]:
    """The first live matters whose code begins with a text or whose name has it, at most MOST_FOUND."""
    text = text.strip()
    if not text or not text.isprintable():
        return ()
    named = (column.icontains(text, autoescape=True) for column in (Matter.name, Matter.name_en))
    meant = or_(Matter.code.istartswith(text, autoescape=True), *named)
    wanted = select(Matter).where(meant, Matter.withdrawn_at.is_(None)).order_by(Matter.code)
    return db.scalars(wanted.limit(MOST_FOUND)).all()


def withdraw(db: Session, code: str, now: datetime) -> Matter:
    """Offer a matter no longer; no code comes back. Raises MatterFault."""
    hold(db)
    matter = stock.live(db, code)
    stock.end(db, matter, Withdrawal.WITHDRAWN, now)
    return matter


def split(db: Session, code: str, parts: Sequence[Entry], now: datetime) -> Sequence[Matter]:
    """Withdraw a matter in favour of its parts, which grants of the whole reach from now. Raises MatterFault.

    A part can do nothing its whole could not. One in another group is new to that group.
    """
    hold(db)
    whole = stock.live(db, code)
    named = [replace(part, split_from=code) for part in parts]
    known = _all_new(db, named, [code])
    made = [Matter(**known.row(part, now)) for part in named]
    db.add_all(made)
    stock.end(db, whole, Withdrawal.SPLIT, now)
    for part in made:
        stock.record(db, part.code, f"matter added, part of {code}")
    db.flush()
    return made


def merge(db: Session, codes: Sequence[str], into: Entry, now: datetime) -> Matter:
    """Withdraw matters in favour of a new one, which no grant from before reaches. Raises MatterFault."""
    hold(db)
    if len(set(codes)) < 2:
        raise MatterFault(["two matters or more can be merged"])
    merged = [stock.live(db, code) for code in dict.fromkeys(codes)]
    new = replace(into, split_from="")
    made = Matter(**_all_new(db, [new], []).row(new, now))
    db.add(made)
    for matter in merged:
        stock.end(db, matter, Withdrawal.MERGED, now)
    stock.record(db, made.code, f"matter added, merged from {' '.join(matter.code for matter in merged)}")
    db.flush()
    return made


def regroup(db: Session, code: str, group: str, now: datetime) -> Matter:
    """Move a matter to another group, whose grants from before do not reach it. Raises MatterFault."""
    hold(db)
    matter = stock.live(db, code)
    if db.get(MatterGroup, group) is None:
        raise MatterFault([f"group {group!r:.40}: no such group"])
    if matter.group_code != group:
        stock.move(matter, group, now)
        stock.record(db, matter.code, f"matter moved to group {group}")
    return matter


def _take(db: Session, known: Stock, written: Sequence[Entry], now: datetime, complete: bool) -> Loaded:
    """Write entries that are without fault."""
    new = [entry for entry in written if entry.code not in known.matters]
    if new:
        db.execute(insert(Matter), [known.row(entry, now) for entry in new])
    for part in new:
        if part.split_from:
            stock.record(db, part.code, f"matter added, part of {part.split_from}")
    changed = 0
    for entry in written:
        matter = known.matters.get(entry.code)
        if matter is not None and (columns := known.revise(matter, entry, now)):
            stock.record_demands(db, matter, columns)
            changed += 1
    ended = _left_out(known, written, complete)
    for matter, because in ended.items():
        stock.end(db, matter, because, now)
    if new or changed or ended:
        touch(db)
        counts = f"{len(new)} added, {changed} changed, {len(ended)} withdrawn"
        trail.record(db, ConfigurationChanged(what="matters", change=counts))
    db.flush()
    return Loaded(len(new), changed, len(written) - len(new) - changed, len(ended))


def _left_out(known: Stock, written: Sequence[Entry], complete: bool) -> dict[Matter, Withdrawal]:
    """Which matters end with a file, and why: those it splits, and if it is complete those it leaves out."""
    split_now = {
        entry.split_from for entry in written if entry.code not in known.matters and entry.split_from
    }
    codes = {entry.code for entry in written}
    return {
        matter: Withdrawal.SPLIT if matter.code in split_now else Withdrawal.WITHDRAWN
        for matter in known.matters.values()
        if matter.withdrawn_at is None
        and (matter.code in split_now or (complete and matter.code not in codes))
    }


def _all_new(db: Session, written: Sequence[Entry], wholes: Sequence[str]) -> Stock:
    """What is known of these matters, none of which may be; raises MatterFault."""
    codes = [entry.code for entry in written]
    known = Stock.read(db, [*codes, *wholes])
    faults = [] if written else ["a matter is split into one part or more"]
    faults += [f"{code}: named twice" for code in dict.fromkeys(codes) if codes.count(code) > 1]
    faults += [f"{code}: exists already" for code in codes if code in known.matters]
    for entry in written:
        wrong = entry.faults() or known.faults(db, entry, ())
        faults += [f"{entry.code}: {fault}" for fault in wrong if entry.code not in known.matters]
    if faults:
        raise MatterFault(faults)
    return known


def _differs(entry: GroupEntry, row: MatterGroup) -> bool:
    return any(getattr(row, name) != value for name, value in entry.written().items())


def _by_line(found: Mapping[int, Sequence[str]]) -> list[str]:
    return [f"line {line}: {fault}" for line, faults in found.items() for fault in faults]
