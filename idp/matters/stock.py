"""The rows of the catalogue while it changes: what may be added, from when it counts, how it ends."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.assurance import Level
from idp.audit import trail
from idp.audit.events import ConfigurationChanged
from idp.departments.models import Department
from idp.matters.entries import Entry, MatterFault
from idp.matters.models import Matter, MatterGroup, Withdrawal
from idp.storage.configuration import touch

DEEPEST = 8
"""Splits of splits: a matter has at most so many wholes above it."""
DEMANDS = {"actions", "minimum_ial", "minimum_aal", "high_risk", "winds_up"}


@dataclass(frozen=True)
class Stock:
    """Matters by code, and which groups and departments there are to name."""

    matters: dict[str, Matter]
    groups: frozenset[str]
    departments: dict[str, UUID]

    @classmethod
    def read(cls, db: Session, codes: Collection[str] | None = None) -> Self:
        """All of it, or of the matters these alone; for who holds the configuration."""
        wanted = select(Matter).execution_options(populate_existing=True)
        if codes is not None:
            wanted = wanted.where(Matter.code.in_(codes))
        return cls(
            matters={matter.code: matter for matter in db.scalars(wanted)},
            groups=frozenset(db.scalars(select(MatterGroup.code))),
            departments=dict(db.execute(select(Department.code, Department.id)).all()),
        )

    def faults(self, db: Session, entry: Entry, beside: Collection[str]) -> list[str]:
        """What is wrong with where an entry would stand, written down beside these codes."""
        wrong = list[str]()
        if entry.group not in self.groups:
            wrong.append(f"group {entry.group!r:.40}: no such group")
        if entry.department and entry.department not in self.departments:
            wrong.append(f"department {entry.department!r:.40}: no such department")
        known = self.matters.get(entry.code)
        if known is not None:
            return wrong + _faults_of_known(entry, known)
        return wrong + (self._faults_of_part(db, entry, beside) if entry.split_from else [])

    def row(self, entry: Entry, now: datetime) -> dict[str, object]:
        """A new row: a part is what its whole was since then, anything else only now.

        In a group that is not its whole's, a part counts from now too, or grants of that group would grow.
        """
        whole = self.matters.get(entry.split_from)
        stays = whole is not None and whole.group_code == entry.group
        return self._written(entry) | {
            "code": entry.code,
            "group_code": entry.group,
            "listed_since": whole.listed_since if whole else now,
            "grouped_since": whole.grouped_since if whole and stays else now,
            "split_from": whole.code if whole else None,
            "changed_at": now,
        }

    def revise(self, matter: Matter, entry: Entry, now: datetime) -> frozenset[str]:
        """Let a known row take what is written; gives the names of the columns that changed."""
        written = self._written(entry) | {"group_code": entry.group}
        changed = frozenset(name for name, value in written.items() if getattr(matter, name) != value)
        if "group_code" in changed:
            move(matter, entry.group, now)
        elif changed:
            _note_change(matter, now)
        for name in changed:
            setattr(matter, name, written[name])
        return changed

    def _written(self, entry: Entry) -> dict[str, object]:
        return {
            "name": entry.name,
            "name_en": entry.name_en or None,
            "department_id": self.departments.get(entry.department),
            "actions": entry.actions,
            "minimum_ial": entry.minimum.ial,
            "minimum_aal": entry.minimum.aal,
            "high_risk": entry.high_risk,
            "winds_up": entry.winds_up,
        }

    def _faults_of_part(self, db: Session, entry: Entry, beside: Collection[str]) -> list[str]:
        whole = self.matters.get(entry.split_from)
        if whole is None:
            return [f"split_from {entry.split_from!r:.40}: no such matter"]
        if whole.withdrawn_at is not None:
            return [f"split_from {whole.code}: was {whole.withdrawn_because} before"]
        if whole.code in beside:
            return [f"split_from {whole.code}: is written down as a matter still"]
        if len(list(wholes(db, whole))) == DEEPEST:
            return [f"split_from {whole.code}: has {DEEPEST} wholes above it already"]
        if entry.winds_up and not whole.winds_up:
            return [f"winds_up: {whole.code} did not"]
        more = sorted(entry.actions - whole.actions)
        return [f"actions: {' '.join(more)} is more than {whole.code} had"] if more else []


def live(db: Session, code: str) -> Matter:
    """A matter that is offered, as it is now; raises MatterFault."""
    matter = db.get(Matter, code, populate_existing=True)
    if matter is None:
        raise MatterFault([f"{code!r:.40}: no such matter"])
    if matter.withdrawn_at is not None:
        raise MatterFault([f"{code}: was {matter.withdrawn_because} before"])
    return matter


def like(db: Session, matter: Matter, code: str, name: str, name_en: str) -> Entry:
    """What an operator would write down for a matter that differs by code and name alone."""
    department = db.get(Department, matter.department_id) if matter.department_id else None
    return Entry(
        code=code,
        name=name,
        name_en=name_en,
        group=matter.group_code,
        actions=matter.actions,
        department=department.code if department else "",
        minimum_acr=Level(matter.minimum_ial, matter.minimum_aal).acr,
        high_risk=matter.high_risk,
        winds_up=matter.winds_up,
    )


def together(written: Sequence[Entry]) -> Entry:
    """One in place of several: it offers what any did and asks what the strictest did.

    Where they stand in different groups or departments the first one's is taken.
    """
    first, *others = written
    minimum, actions = first.minimum, first.actions
    for other in others:
        minimum, actions = minimum.union(other.minimum), actions | other.actions
    return replace(
        first,
        actions=actions,
        minimum_acr=minimum.acr,
        high_risk=any(entry.high_risk for entry in written),
        winds_up=all(entry.winds_up for entry in written),
    )


def wholes(db: Session, matter: Matter) -> Iterator[Matter]:
    """The matters this one was split from, nearest first, at most DEEPEST."""
    for _ in range(DEEPEST):
        whole = db.get(Matter, matter.split_from) if matter.split_from else None
        if whole is None:
            return
        yield whole
        matter = whole


def move(matter: Matter, group: str, now: datetime) -> None:
    """Put a matter in another group, to which it is new."""
    matter.group_code, matter.grouped_since = group, now
    _note_change(matter, now)


def end(db: Session, matter: Matter, because: Withdrawal, now: datetime) -> None:
    """Offer a matter no longer."""
    matter.withdrawn_at, matter.withdrawn_because = now, because
    _note_change(matter, now)
    why = "" if because is Withdrawal.WITHDRAWN else f": {because}"
    record(db, matter.code, f"matter withdrawn{why}")


def record(db: Session, code: str, change: str) -> None:
    """Tell caches and the trail of a change."""
    touch(db)
    trail.record(db, ConfigurationChanged(what=f"matter {code}", change=change))


def record_demands(db: Session, matter: Matter, columns: frozenset[str]) -> None:
    """Record by itself a change that decides over grants; of names and departments a count is enough."""
    if "group_code" in columns:
        record(db, matter.code, f"matter moved to group {matter.group_code}")
    if columns & DEMANDS:
        asks = Level(matter.minimum_ial, matter.minimum_aal).acr
        risk = "high risk" if matter.high_risk else "no high risk"
        closing = ", open to who winds up" if matter.winds_up else ""
        record(db, matter.code, f"matter asks {asks} for {' '.join(sorted(matter.actions))}, {risk}{closing}")


def _note_change(matter: Matter, now: datetime) -> None:
    matter.version, matter.changed_at = matter.version + 1, now


def _faults_of_known(entry: Entry, known: Matter) -> list[str]:
    if known.withdrawn_at is not None:
        return [f"{entry.code}: was {known.withdrawn_because} before, and no code comes back; give a new one"]
    if entry.split_from and entry.split_from != known.split_from:
        return [f"{entry.code}: exists already, and not as a part of {entry.split_from}"]
    return []
