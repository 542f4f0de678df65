"""Everything an instance keeps of its people and organisations, line by line, for another system to take.

An `account` line is a row of `idp import`; `everything` is what a person would take home themselves; a
`waiting` line is an imported account nobody has proven. No line holds a key of ours, and nothing is written
but to an operator's public key (`crypto.parcels`).
"""

import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from idp.account import everything
from idp.authenticators import password
from idp.crypto import legacy
from idp.crypto.legacy import Scheme
from idp.keys.vault import Vault
from idp.mandates.models import Mandate
from idp.moving import sealing
from idp.moving.models import ImportedAccount, State
from idp.moving.rows import OURS
from idp.organisations.models import Organisation
from idp.persons.models import Document, Person, PersonStatus, Realm
from idp.storage.database import Database

FORMAT = "yitong-export-1"
AT_ONCE = 200
"""Persons in one read; none lasts longer than that."""
STRONG = {Scheme.BCRYPT, Scheme.PBKDF2_SHA1, Scheme.PBKDF2_SHA256}


def lines(database: Database, vault: Vault, issuer: str) -> Iterator[str]:
    """All of it, in an order in which it can be read back."""
    yield _line("format", {"format": FORMAT, "issuer": issuer})
    for db, person in _persons(database):
        if person.realm == Realm.CITIZEN:
            yield _line("account", account_of(db, person))
        yield _line("everything", everything.of_person(db, person.id))
    for row in _rows(database, Organisation):
        yield _line("organisation", _columns(row))
    for row in _rows(database, Mandate):
        yield _line("mandate", _columns(row))
    for stored in _rows(database, ImportedAccount):
        if stored.state != State.JOINED:
            cells = sealing.opened(vault, stored.id, stored.told_sealed).cells
            yield _line("waiting", {"source": stored.source, "account": cells})


def account_of(db: Session, person: Person) -> dict[str, str]:
    """A person as a row of an import; what was never proven is as much a claim there as here."""
    document = _document(person)
    scheme, hashed = _hash(password.stored(db, person.id))
    told = {
        "id": str(person.id),
        "name": person.name,
        "id_type": document.kind if document else None,
        "id_number": document.number if document else None,
        "country": document.country if document else None,
        "phone": person.phone,
        "login": person.login_name,
        "scheme": scheme,
        "hash": hashed,
    }
    return {name: value for name, value in told.items() if value}


def _persons(database: Database) -> Iterator[tuple[Session, Person]]:
    after = UUID(int=0)
    while True:
        with database.reading() as db:
            query = select(Person).where(Person.id > after, Person.status != PersonStatus.CLOSED)
            found = db.scalars(query.order_by(Person.id).limit(AT_ONCE)).all()
            for person in found:
                yield db, person
        if not found:
            return
        after = found[-1].id


def _rows(database: Database, table: Any) -> Iterator[Any]:
    after = UUID(int=0)
    while True:
        with database.reading() as db:
            found = db.scalars(select(table).where(table.id > after).order_by(table.id).limit(AT_ONCE)).all()
        yield from found
        if not found:
            return
        after = found[-1].id


def _document(person: Person) -> Document | None:
    """The proven one if there is one."""
    held = [one for one in person.documents if one.displaced_at is None]
    return min(held, key=lambda one: (one.verified_at is None, one.created_at), default=None)


def _hash(stored: str | None) -> tuple[str, str]:
    """How an import names a hash of ours, or one we took over."""
    if not stored:
        return "", ""
    tagged = legacy.TAGGED.fullmatch(stored)
    if tagged is None or tagged[1] not in STRONG:
        return OURS, stored
    return tagged[1], tagged[2]


def _columns(row: Any) -> dict[str, object]:
    """Every column that holds no ciphertext."""
    names = [one.key for one in inspect(type(row)).columns if not one.key.endswith("_sealed")]
    return {name: value for name in names if (value := getattr(row, name)) is not None}


def _line(kind: str, told: object) -> str:
    return json.dumps({kind: told}, ensure_ascii=False, default=_plain)


def _plain(value: object) -> object:
    if isinstance(value, frozenset | set):
        return sorted(value)
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
