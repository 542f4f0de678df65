"""Give a fresh answer again instead of asking the registry anew (政务数据共享条例: collect once)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.evidence.levels import is_valid
from idp.evidence.models import Evidence, Method
from idp.keys.vault import Vault
from idp.organisations.models import Organisation
from idp.persons import lookup, names
from idp.persons.claim import Claim
from idp.persons.models import Person, PersonStatus
from idp.storage import purging
from idp.storage.database import Database
from idp.verifications.models import Verification

LONGEST = timedelta(days=90)
"""How old an answer may be at most; older ones are deleted."""
CONCLUSIVE = (
    Method.REGISTRY_MATCH,
    Method.REGISTRY_PHONE_MATCH,
    Method.REAL_PERSON,
    Method.WINDOW,
    Method.CERTIFICATE,
)
SEARCHED = "verification"


@dataclass(frozen=True)
class Known:
    """An answer that was given before."""

    authority: str
    request_id: str
    at: datetime
    state: str = ""


def key_of(claim: Claim) -> str:
    """What is digested of a question about a person."""
    return f"{claim.key}\0{names.comparable(claim.name)}"


def key_of_organisation(credit_code: str, name: str) -> str:
    """The same about an organisation."""
    return f"{credit_code}\0{names.comparable(name)}"


def found(db: Session, vault: Vault, key: str, since: datetime) -> Known | None:
    """The newest answer to this question, if it is no older than that."""
    digests = list(vault.digests(SEARCHED, key).values())
    query = select(Verification).where(Verification.digest.in_(digests), Verification.at >= since)
    row = db.scalar(query.order_by(Verification.at.desc()).limit(1))
    return None if row is None else Known(row.authority, row.request_id, row.at, row.state)


def keep(db: Session, vault: Vault, key: str, known: Known) -> None:
    """Keep a yes."""
    db.add(
        Verification(
            digest=vault.digest(SEARCHED, key),
            authority=known.authority,
            request_id=known.request_id,
            state=known.state,
            at=known.at,
        )
    )


def holder(db: Session, vault: Vault, claim: Claim) -> Person | None:
    """Who holds the document under this very name, and lives."""
    person = lookup.by_document(db, vault, claim.kind, claim.number, claim.country)
    if person is None or person.status not in {
        PersonStatus.ACTIVE,
        PersonStatus.FROZEN,
        PersonStatus.CLOSING,
    }:
        return None
    return person if names.same(person.name or "", claim.name) else None


def proven_by(records: Iterable[Evidence], since: datetime, now: datetime) -> Known | None:
    """The newest conclusive proof among what is known of a holder, if it is no older than that."""
    fresh = [one for one in records if one.method in CONCLUSIVE and is_valid(one, now) and one.at >= since]
    best = max(fresh, key=lambda one: one.at, default=None)
    return None if best is None else Known(best.authority, best.request_id or "", best.at)


def registered(organisation: Organisation | None, name: str, since: datetime) -> Known | None:
    """What its registry said of an organisation of ours, if it is no older than that."""
    if organisation is None or organisation.checked_at is None or organisation.checked_at < since:
        return None
    if not names.same(organisation.name, name):
        return None
    return Known("yitong", "", organisation.checked_at, organisation.state)


def forget_old(database: Database, now: datetime) -> int:
    """Delete answers nobody may be given any more."""
    return purging.purge(database, Verification, Verification.at < now - LONGEST)
