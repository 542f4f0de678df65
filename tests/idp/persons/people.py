"""Applicants and persons for the tests of this product's rules; every number is synthetic."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from sqlalchemy.orm import Session

from idp.keys.vault import Vault
from idp.persons import claim as claims
from idp.persons import enrolment, synthetic
from idp.persons.claim import Claim
from idp.persons.enrolment import Applicant
from idp.persons.identifiers import DocumentType
from idp.persons.models import Person
from idp.persons.registry import PhoneMatch, Unavailable, UnavailableReason, Unsupported, Verified

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
HOLD = timedelta(hours=24)
YES = Verified("public_security", "request-1", NOW)
YES_WITH_PHONE = replace(YES, phone=PhoneMatch.MATCH)
ANOTHER_PHONE = replace(YES, phone=PhoneMatch.MISMATCH)
AWAY = Unavailable(UnavailableReason.TIMEOUT)
UNKNOWN_KIND = Unsupported()


def phone(index: int = 1) -> str:
    """A phone nobody has."""
    return f"+861990000{index:04d}"


def claim(index: int = 0, name: str = "林晓云") -> Claim:
    """A citizen's claim; another index is another citizen."""
    number = synthetic.resident_id(date(1990, 1, 1) + timedelta(days=index), "F")
    return claims.read(DocumentType.RESIDENT_ID, number, name, None, NOW.date())


def applicant(index: int = 0, **changes: object) -> Applicant:
    """A verified applicant with a phone of their own."""
    return replace(Applicant(claim(index), YES, phone(index)), **changes)  # type: ignore[arg-type]


def person(db: Session, vault: Vault, index: int = 0, **changes: object) -> Person:
    """Somebody who has registered."""
    return enrolment.enrol(db, vault, applicant(index, **changes), NOW, HOLD)
