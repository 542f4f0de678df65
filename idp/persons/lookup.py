"""Find a person by what they type: login name, proven phone, or the number of a verified document."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import phonenumbers
from phonenumbers import PhoneNumberType
from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from idp import clock
from idp.keys.vault import Vault
from idp.persons.identifiers import DocumentNumber, DocumentType, recognise
from idp.persons.models import Document, DocumentIndex, Person, PhoneIndex

LOGIN_NAME = re.compile(r"[a-z][a-z0-9_-]{5,31}")

PHONE = "phone"
PERSON_BY = {
    PHONE: "select i.person_id from phone_indexes i where i.generation = :generation and i.digest = :digest",
    "document": """
        select d.person_id from document_indexes i join documents d on d.id = i.document_id
         where i.generation = :generation and i.digest = :digest
    """,
    "login": "select n.id from persons n where n.login_name = :login",
}
"""How a person is found by one of `keys`, for prepared statements."""


@dataclass(frozen=True)
class Typed:
    """What was typed into the one box, read once."""

    text: str = field(repr=False)
    phone: str | None = field(repr=False)
    """In E.164, where it can be one."""
    documents: Sequence[tuple[DocumentType, str]] = field(repr=False)
    """Every document whose number it could be, as it is filed."""


REACHED_BY_TEXT = frozenset({PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE})
"""Kinds of numbers that get our messages; premium-rate and satellite ones would earn whoever names them."""


def normalise_phone(raw: str) -> str | None:
    """The mobile phone in E.164, or None when it is none; mainland numbers need no +86."""
    try:
        number = phonenumbers.parse(raw.strip(), "CN")
    except phonenumbers.NumberParseException:
        return None
    if phonenumbers.number_type(number) not in REACHED_BY_TEXT:
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def is_login_name(text: str, now: datetime) -> bool:
    """Starts with a letter and can be read as neither phone nor document."""
    return bool(LOGIN_NAME.fullmatch(text)) and not recognise(text, clock.day(now))


def document_key(kind: DocumentType, number: str, country: str | None = None) -> str:
    """What is digested for a document: its kind, the country of a foreign passport, the number."""
    return f"{kind}|{country or ''}|{number}"


def filed_as(document: DocumentNumber) -> tuple[DocumentType, str]:
    """The kind and number a document is kept under: an old fifteen-digit one is what it became in 1999."""
    upgraded = document.derived.get("upgraded_18")
    return (DocumentType.RESIDENT_ID, upgraded) if upgraded else (document.kind, document.value)


def read(typed: str, now: datetime) -> Typed:
    """What the text in the one box can be."""
    text = typed.strip()
    numbers = recognise(text, clock.day(now))
    return Typed(text, normalise_phone(text), [filed_as(number) for number in numbers])


def by_login(db: Session, vault: Vault, typed: str, now: datetime) -> Person | None:
    """The person behind whatever was typed into the one box; every way is asked, whatever the first says."""
    known = read(typed, now)
    owners = [] if known.phone is None else [phone_owner(db, vault, known.phone)]
    owners += [_document_owner(db, vault, document_key(*one)) for one in known.documents]
    owners.append(db.scalar(select(Person.id).where(Person.login_name == known.text.lower())))
    person_id = next((one for one in owners if one is not None), None)
    return None if person_id is None else db.get(Person, person_id)


def keys(vault: Vault, typed: Typed) -> list[tuple[str, dict[str, object]]]:
    """Every way of `PERSON_BY` that may lead from what was typed to its person, in the order of `by_login`.

    Ask all of them, whatever the first says: then nobody who is known is answered sooner.
    """
    wanted = [] if typed.phone is None else [(PHONE, vault.digests(PHONE, typed.phone))]
    wanted += [
        ("document", vault.digests("document", document_key(kind, number)))
        for kind, number in typed.documents
    ]
    found: list[tuple[str, dict[str, object]]] = [
        (way, {"generation": generation, "digest": digest})
        for way, digests in wanted
        for generation, digest in digests.items()
    ]
    return found or [("login", {"login": typed.text.lower()})]


def by_phone(db: Session, vault: Vault, phone: str) -> Person | None:
    """The person who has proven this phone (E.164)."""
    person_id = phone_owner(db, vault, phone)
    return None if person_id is None else db.get(Person, person_id)


def phone_owner(db: Session, vault: Vault, phone: str) -> UUID | None:
    """Whose phone (E.164) this is, by their id alone: it takes as long for nobody."""
    indexed = _filed(PhoneIndex, vault.digests(PHONE, phone))
    return db.scalar(select(PhoneIndex.person_id).where(indexed))


def by_document(
    db: Session, vault: Vault, kind: DocumentType, number: str, country: str | None = None
) -> Person | None:
    """The person who holds this verified document."""
    person_id = _document_owner(db, vault, document_key(kind, number, country))
    return None if person_id is None else db.get(Person, person_id)


def verified_document(
    db: Session, vault: Vault, kind: DocumentType, number: str, country: str | None = None
) -> Document | None:
    """The verified document with this normalised number."""
    filed = _filed_under(vault, document_key(kind, number, country))
    return db.scalar(select(Document).join(DocumentIndex).where(filed))


def _document_owner(db: Session, vault: Vault, key: str) -> UUID | None:
    return db.scalar(select(Document.person_id).join(DocumentIndex).where(_filed_under(vault, key)))


def _filed_under(vault: Vault, key: str) -> ColumnElement[bool]:
    return _filed(DocumentIndex, vault.digests("document", key))


def _filed(
    index: type[PhoneIndex] | type[DocumentIndex], digests: Mapping[int, bytes]
) -> ColumnElement[bool]:
    """Filed under any generation of a digest; all in one question, so that none is answered sooner."""
    return or_(*(and_(index.generation == one, index.digest == digest) for one, digest in digests.items()))


def who(vault: Vault, typed: Typed) -> str:
    """A blind digest of whom an attempt is about, the same for every spelling; for counters only."""
    number = typed.documents[0][1] if typed.documents else typed.text.casefold()
    return vault.digest("attempt", typed.phone or number).hex()
