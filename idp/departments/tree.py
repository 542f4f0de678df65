"""The tree of departments: adding units, finding them, reading a whole tree from a CSV file.

Units are not moved: clients, administrators and audit records hang on where they are.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.audit import trail
from idp.audit.events import ConfigurationChanged
from idp.departments.models import Department, Level
from idp.storage import sheets
from idp.storage.base import new_id
from idp.storage.configuration import touch
from idp.storage.sheets import is_name

COLUMNS = ("code", "name", "name_en", "level", "parent")
CODE = re.compile(r"[0-9A-Za-z-]{1,32}")
LONGEST_NAME = 128
LONGEST_PATH = 255
DEPTH = {level: depth for depth, level in enumerate(Level)}


class DepartmentFault(Exception):
    """Departments that cannot be added; `faults` names each row and what is wrong with it."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults = faults


@dataclass(frozen=True)
class Unit:
    """A department as written down; `parent` is a code, empty for a province."""

    code: str
    name: str
    name_en: str
    level: str
    parent: str


@dataclass(frozen=True)
class Loaded:
    """What a file changed."""

    added: int
    changed: int
    unchanged: int


def add(db: Session, unit: Unit, now: datetime) -> Department:
    """Add one department below its parent; raises DepartmentFault."""
    if find(db, unit.code) is not None:
        raise DepartmentFault([f"{unit.code}: exists already"])
    parent = find(db, unit.parent) if unit.parent else None
    faults = _own_faults(unit) or _place_faults(unit, parent)
    if faults:
        raise DepartmentFault(faults)
    added = _insert(db, unit, parent, now)
    db.flush()
    touch(db)
    trail.record(db, ConfigurationChanged(what=f"department {unit.code}", change="department added"))
    return added


def load(db: Session, file: Iterable[str], now: datetime) -> Loaded:
    """Read departments from CSV (code,name,name_en,level,parent), parents before or after their children.

    Known codes take the file's names. Nothing is changed if any row is wrong: raises DepartmentFault.
    """
    rows, faults = sheets.read(file, COLUMNS)
    if faults:
        raise DepartmentFault(faults)
    units = {line: Unit(**cells) for line, cells in rows.items()}
    known = {row.code: row for row in db.scalars(select(Department))}
    faults = [f"line {line}: {fault}" for line, unit in units.items() for fault in _own_faults(unit)]
    faults += sheets.repetitions({line: unit.code for line, unit in units.items()})
    if faults:
        raise DepartmentFault(faults)
    loaded = _merge(db, units, known, now)
    if loaded.added or loaded.changed:
        touch(db)
        counts = f"{loaded.added} added, {loaded.changed} renamed"
        trail.record(db, ConfigurationChanged(what="departments", change=counts))
    return loaded


def find(db: Session, code: str) -> Department | None:
    """The department of this code."""
    return db.scalar(select(Department).where(Department.code == code))


def subtree(db: Session, top: Department) -> Sequence[Department]:
    """A department and everything below it, parents before children."""
    below = Department.path.startswith(top.path, autoescape=True)
    return db.scalars(select(Department).where(below).order_by(Department.path)).all()


def listed(db: Session) -> Sequence[Department]:
    """Every department, parents before children."""
    return db.scalars(select(Department).order_by(Department.path)).all()


def is_within(department: Department, top: Department) -> bool:
    """Whether a department is the other or lies below it."""
    return department.path.startswith(top.path)


def _own_faults(unit: Unit) -> list[str]:
    """What is wrong with a unit by itself."""
    wrong = {
        f"code {unit.code!r:.40}: letters, digits and hyphens, at most 32": not CODE.fullmatch(unit.code),
        f"name: 1 to {LONGEST_NAME} printable characters": not unit.name
        or not is_name(unit.name, LONGEST_NAME),
        f"name_en: at most {LONGEST_NAME} printable characters": not is_name(unit.name_en, LONGEST_NAME),
        f"level {unit.level!r:.40}: one of {', '.join(Level)}": unit.level not in DEPTH,
    }
    return [fault for fault, holds in wrong.items() if holds]


def _place_faults(unit: Unit, parent: Department | None, row: Department | None = None) -> list[str]:
    """What is wrong with where a unit would stand, or with where it stands already."""
    if row is not None:
        stays = row.parent_id == (parent.id if parent else None) and row.level == unit.level
        return [] if stays else [f"{unit.code}: exists elsewhere in the tree and cannot move"]
    if parent is None:
        if unit.parent:
            return [f"parent {unit.parent!r:.40}: no such department"]
        return [] if unit.level == Level.PROVINCE else [f"{unit.code}: only a province has no parent"]
    if DEPTH[Level(unit.level)] < DEPTH[Level(parent.level)]:
        return [f"{unit.code}: a {unit.level} cannot stand below a {parent.level}"]
    if len(parent.path) + len(unit.code) + 1 > LONGEST_PATH:
        return [f"{unit.code}: the tree is too deep here"]
    return []


def _parents_first(units: Mapping[int, Unit], known: Mapping[str, Department]) -> dict[int, Unit]:
    """The units in an order in which each one's parent is known; those in a circle come last, and fail."""
    waiting, ordered = dict(units), dict[int, Unit]()
    placed = set(known) | {""}
    while ready := {line: unit for line, unit in waiting.items() if unit.parent in placed}:
        ordered |= ready
        placed |= {unit.code for unit in ready.values()}
        waiting = {line: unit for line, unit in waiting.items() if line not in ready}
    return ordered | waiting


def _merge(db: Session, units: Mapping[int, Unit], known: dict[str, Department], now: datetime) -> Loaded:
    """Write the units; what hangs below a wrong one is not called wrong too."""
    faults, failed = list[str](), set[str]()
    added = changed = 0
    for line, unit in _parents_first(units, known).items():
        row, parent = known.get(unit.code), known.get(unit.parent)
        wrong = [] if unit.parent in failed else _place_faults(unit, parent, row)
        if wrong or unit.parent in failed:
            faults += [f"line {line}: {fault}" for fault in wrong]
            failed.add(unit.code)
        elif row is None:
            known[unit.code], added = _insert(db, unit, parent, now), added + 1
        elif (row.name, row.name_en) != (unit.name, unit.name_en or None):
            row.name, row.name_en, changed = unit.name, unit.name_en or None, changed + 1
    if faults:
        raise DepartmentFault(faults)
    db.flush()
    return Loaded(added, changed, len(units) - added - changed)


def _insert(db: Session, unit: Unit, parent: Department | None, now: datetime) -> Department:
    row = Department(
        id=new_id(),
        code=unit.code,
        name=unit.name,
        name_en=unit.name_en or None,
        level=unit.level,
        parent_id=parent.id if parent else None,
        path=f"{parent.path if parent else ''}{unit.code}/",
        created_at=now,
    )
    db.add(row)
    return row
