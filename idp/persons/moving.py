"""What belongs to a person, table by table: what goes to another account of theirs, and back.

Every column that names a person stands in MOVES or in STAYS (`tests/idp/persons/test_moving.py` looks), so
that whoever adds a table decides. Tables are named and not imported: some belong to layers above.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Column, ColumnElement, CursorResult, Table, select, true, update
from sqlalchemy.orm import Session

from idp.evidence.models import Method
from idp.storage.base import Base

Moved = dict[str, list[str]]
"""`table.column` → keys of the rows that moved."""
Condition = Callable[[Table, UUID], ColumnElement[bool]]
"""Which rows, given the table and the person who gets them."""
ONE_OF_A_KIND = ("password", "totp")
"""Credentials of which a person has one."""
ANY_NUMBER = ("passkey", "certificate")


@dataclass(frozen=True)
class Holding:
    """A column that names a person, and which of its rows go with them."""

    table: str
    column: str
    only: Condition = lambda _table, _to: true()
    unless: tuple[str, ...] = ()
    """Not where the other account has a row that is equal in these columns."""

    @property
    def name(self) -> str:
        """As a manifest calls it."""
        return f"{self.table}.{self.column}"


def _verified(table: Table, _to: UUID) -> ColumnElement[bool]:
    return table.c.verified_at.is_not(None) & table.c.displaced_at.is_(None)


def _of_what_moved(table: Table, to: UUID) -> ColumnElement[bool]:
    """Evidence about a document goes where the document went; of a phone, it stays with the phone."""
    documents = Base.metadata.tables["documents"]
    theirs = select(documents.c.id).where(documents.c.person_id == to)
    alone = table.c.document_id.is_(None) & (table.c.method != Method.PHONE_CODE)
    return table.c.document_id.in_(theirs) | alone


def _living(kinds: Sequence[str]) -> Condition:
    """Credentials of these kinds; recovery codes are bound to the account they were printed for."""
    return lambda table, _to: table.c.ended_at.is_(None) & table.c.kind.in_(kinds)


def _open(column: str) -> Condition:
    return lambda table, _to: table.c[column].is_(None)


MOVES = (
    Holding("documents", "person_id", _verified),
    Holding("evidence", "person_id", _of_what_moved),
    Holding("credentials", "person_id", _living(ANY_NUMBER)),
    Holding("credentials", "person_id", _living(ONE_OF_A_KIND), ("kind",)),
    Holding("upstream_links", "person_id", _open("ended_at")),
    Holding("consents", "person_id"),
    Holding("guardianships", "guardian_id", _open("ended_at"), ("ward_id",)),
    Holding("guardianships", "ward_id", _open("ended_at"), ("guardian_id",)),
    Holding("mandates", "agent_person_id"),
    Holding("mandates", "granted_by"),
    Holding("mandate_letters", "issued_by"),
    Holding("organisations", "representative_id"),
    Holding("organisations", "registered_by"),
    Holding("organisation_evidence", "person_id"),
    Holding("organisation_records", "person_id"),
    Holding("organisation_applications", "person_id", _open("settled_at"), ("credit_code",)),
    Holding("organisation_reviews", "applicant_id", _open("settled_at"), ("kind", "credit_code")),
    Holding("subjects", "person_id", unless=("sector",)),
    Holding("staff", "citizen_id"),
    Holding("imported_accounts", "person_id"),
    Holding("notices", "person_id"),
    Holding("data_reads", "person_id", unless=("client_id", "day", "scopes")),
)
"""In this order: evidence follows its documents."""

STAYS: Mapping[str, str] = {
    "sessions.person_id": "ended: whoever is there proves themselves again",
    "authorizations.person_id": "ended",
    "known_devices.person_id": "its digest names the account",
    "phone_indexes.person_id": "an account has one phone; it goes where there is none (`joining`)",
    "cert_keys.person_id": "made of the name and document the account had; made or handed down anew",
    "staff.person_id": "civil servants are not merged",
    "displacements.claimant_id": "none may be open",
    "notices_declined.person_id": "what somebody chose for this account",
    "window_operators.person_id": "civil servants",
    "window_visits.account_id": "gone within minutes",
    "window_cases.holder_id": "none may be open",
    "window_cases.owner_id": "none may be open",
    "window_slips.person_id": "a way into the account that is no more",
    "mandate_links.opened_by": "a civil servant's act",
    "mandate_links.approved_by": "a civil servant's act",
    "organisation_reviews.first_decider_id": "a civil servant's act",
    "organisation_reviews.second_decider_id": "a civil servant's act",
    "administrators.person_id": "civil servants",
    "administrators.created_by": "a civil servant's act",
    "administrators.approved_by": "a civil servant's act",
    "upstream_cases.person_id": "as it was when the case was opened",
    "upstream_cases.other_person_id": "as it was when the case was opened",
    "upstream_cases.closed_by": "a civil servant's act",
    "upstream_links.ended_by": "a civil servant's act",
    "merges.survivor_id": "the case itself",
    "merges.merged_id": "the case itself",
    "merges.opened_by": "a civil servant's act",
    "merges.decided_by": "a civil servant's act",
    "merges.undone_by": "a civil servant's act",
    "imported_claims.person_id": "who still acts for the enterprise says so with the account they keep",
    "imported_claims.closed_by": "a civil servant's act",
    "splits.person_id": "the case itself",
    "splits.new_person_id": "the case itself",
    "splits.opened_by": "a civil servant's act",
    "splits.decided_by": "a civil servant's act",
}
"""Columns whose rows do not go, and why."""


def move(db: Session, source: UUID, to: UUID, holdings: Sequence[Holding] = MOVES) -> Moved:
    """Give one account's rows to the other; gives which."""
    moved: Moved = {}
    db.flush()
    for holding in holdings:
        keys = _goes(db, holding, source, to)
        _set(db, holding.name, keys, source, to)
        moved.setdefault(holding.name, []).extend(keys)
    db.expire_all()
    return {name: keys for name, keys in moved.items() if keys}


def put_back(db: Session, moved: Moved, source: UUID, to: UUID) -> int:
    """The way back: rows that are still where they were put; gives how many."""
    db.flush()
    back = sum(_set(db, name, keys, to, source) for name, keys in moved.items())
    db.expire_all()
    return back


def give(db: Session, rows: Moved, source: UUID, to: UUID) -> int:
    """Give just these rows, as far as they are still there; gives how many."""
    return put_back(db, rows, to, source)


def keys(db: Session, name: str, person_id: UUID) -> list[str]:
    """The keys of a person's rows in one column."""
    table_name, column = name.split(".")
    table = Base.metadata.tables[table_name]
    return [str(key) for key in db.scalars(select(_key(table)).where(table.c[column] == person_id))]


def count(db: Session, source: UUID, to: UUID, holdings: Sequence[Holding] = MOVES) -> Mapping[str, int]:
    """How many rows would go, by table; what a page shows beforehand.

    Evidence is counted as if its documents had gone already.
    """
    found: dict[str, int] = {}
    for holding in holdings:
        going = len(_goes(db, holding, source, source if holding.table == "evidence" else to))
        found[holding.table] = found.get(holding.table, 0) + going
    return {table: number for table, number in found.items() if number}


def _goes(db: Session, holding: Holding, source: UUID, to: UUID) -> list[str]:
    table = Base.metadata.tables[holding.table]
    person, same = table.c[holding.column], [table.c[name] for name in holding.unless]
    chosen = holding.only(table, to)
    rows = db.execute(select(_key(table), *same).where(person == source, chosen)).all()
    theirs = {tuple(row) for row in db.execute(select(*same).where(person == to, chosen))} if same else set()
    return [str(row[0]) for row in rows if not same or tuple(row[1:]) not in theirs]


def _set(db: Session, name: str, keys: Sequence[str], before: UUID, after: UUID) -> int:
    table_name, column = name.split(".")
    table = Base.metadata.tables[table_name]
    key, changed = _key(table), 0
    values = [_value(key, one) for one in keys]
    for start in range(0, len(values), 500):
        result = db.execute(
            update(table)
            .where(key.in_(values[start : start + 500]), table.c[column] == before)
            .values({column: after})
        )
        changed += result.rowcount if isinstance(result, CursorResult) else 0
    return changed


def _key(table: Table) -> Column[Any]:
    (key,) = table.primary_key.columns
    return key


def _value(key: Column[Any], text: str) -> UUID | str:
    return UUID(text) if key.type.python_type is UUID else text
