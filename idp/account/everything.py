"""Everything that is kept of a person, as they take it home: nothing masked, no secret, nothing of others."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from federation.models import UpstreamCase, UpstreamLink
from idp.account import timeline
from idp.account.timeline import Wanted
from idp.audit import attribution
from idp.authenticators.models import Credential
from idp.consents.models import Consent
from idp.evidence.models import Evidence
from idp.mandates.models import Mandate
from idp.moving.models import ImportedAccount, ImportedClaim
from idp.notices.models import Declined, Notice
from idp.oauth.models import Authorization, DataRead, Subject
from idp.organisations.models import (
    Organisation,
    OrganisationApplication,
    OrganisationEvidence,
    OrganisationRecord,
)
from idp.persons.models import CertKey, Guardianship, Person, Split
from idp.sessions import logout
from idp.sessions.models import SignInSession
from idp.storage.base import Base

Row = Mapping[str, Any]
Sections = dict[str, list[Row]]
MOST = 20_000
"""Rows of one section, the latest first."""

PERSON = (
    "id", "name", "sex", "birth_date", "phone", "login_name", "address", "realm", "status", "status_reason",
    "locale", "style", "least_aal", "origin", "version", "created_at", "status_changed_at", "close_after",
    "held_until",
)  # fmt: skip
DOCUMENT = ("kind", "country", "number", "created_at", "verified_at", "displaced_at")
TABLES: tuple[tuple[str, type[Base], str, tuple[str, ...]], ...] = (
    (
        "evidence", Evidence, "at",
        ("method", "authority", "request_id", "level", "at", "expires_at", "withdrawn_at",
         "withdrawn_because"),
    ),
    (
        "consents", Consent, "at",
        ("id", "client_id", "kind", "purpose", "scopes", "text_key", "text_version", "text_digest", "channel",
         "at", "withdrawn_at", "superseded_at"),
    ),
    (
        "services", Authorization, "created_at",
        ("client_id", "sub", "scopes", "aal", "amr", "authenticated_at", "created_at", "offline", "ended_at",
         "ended_because"),
    ),
    ("reads", DataRead, "last_at", ("client_id", "day", "scopes", "times", "last_at")),
    ("subjects", Subject, "created_at", ("sector", "sub", "created_at")),
    (
        "credentials", Credential, "created_at",
        ("kind", "name", "created_at", "changed_at", "used_at", "ended_at"),
    ),
    (
        "upstream_links", UpstreamLink, "linked_at",
        ("upstream", "subject", "proven_by", "linked_at", "last_at", "ended_at", "ended_because"),
    ),
    ("upstream_cases", UpstreamCase, "opened_at", ("upstream", "reason", "opened_at", "closed_at")),
    (
        "organisation_applications", OrganisationApplication, "created_at",
        ("credit_code", "name", "status", "created_at", "changed_at", "settled_at"),
    ),
    (
        "organisation_evidence", OrganisationEvidence, "at",
        ("method", "authority", "request_id", "grade", "level", "at", "withdrawn_at", "withdrawn_because"),
    ),
    ("organisation_records", OrganisationRecord, "at", ("what", "client_id", "at")),
    ("cert_keys", CertKey, "at", ("origin", "value", "at")),
    (
        "accounts_of_older_systems", ImportedAccount, "created_at",
        ("source", "created_at", "joined_at", "joined_by"),
    ),
    ("claims_of_shared_logins", ImportedClaim, "at", ("at", "settled_at", "closed_at")),
    ("splits", Split, "opened_at", ("status", "opened_at", "decided_at")),
    ("notices", Notice, "at", ("topic", "at", "read_at")),
    ("notices_declined", Declined, "kind", ("kind", "channel")),
)  # fmt: skip
"""Section, table, what it is sorted by, and the columns; secrets, seeds and digests are not among them."""


def of_person(db: Session, person_id: UUID) -> Sections:
    """Section by section, in the order in which people ask."""
    person = db.get_one(Person, person_id)
    tables = {name: _rows(db, table, order, columns, person_id) for name, table, order, columns in TABLES}
    return {
        "person": [_picked(person, PERSON)],
        "documents": [_picked(document, DOCUMENT) for document in person.documents],
        **tables,
        "mandates": list(_mandates(db, person_id)),
        "sessions": list(_sessions(db, person_id)),
        "family": list(_family(db, person_id)),
        "activity": list(_activity(db, person_id)),
    }


def _rows(db: Session, table: Any, order: str, columns: tuple[str, ...], person_id: UUID) -> list[Row]:
    mine: ColumnElement[bool] = table.person_id == person_id
    query = select(table).where(mine).order_by(getattr(table, order).desc()).limit(MOST)
    return [_picked(row, columns) for row in db.scalars(query)]


def _mandates(db: Session, person_id: UUID) -> Iterator[Row]:
    """For whom they act or acted, and the sentence that was signed; who granted it is another's."""
    columns = (
        "role",
        "state",
        "statement",
        "accepted_at",
        "valid_from",
        "valid_until",
        "ended_at",
        "ended_because",
    )
    mine = select(Mandate, Organisation).join(Organisation, Organisation.id == Mandate.organisation_id)
    query = mine.where(Mandate.agent_person_id == person_id).order_by(Mandate.created_at.desc())
    for mandate, organisation in db.execute(query.limit(MOST)):
        yield {
            "credit_code": organisation.credit_code,
            "name": organisation.name,
            **_picked(mandate, columns),
        }


def _sessions(db: Session, person_id: UUID) -> Iterator[Row]:
    columns = (
        "id",
        "device",
        "name",
        "aal",
        "amr",
        "started_at",
        "last_seen_at",
        "ended_at",
        "ended_because",
    )
    query = select(SignInSession).where(SignInSession.person_id == person_id)
    for session in db.scalars(query.order_by(SignInSession.started_at.desc()).limit(MOST)):
        yield {**_picked(session, columns), "services": " ".join(logout.clients_of(db, session.id))}


def _family(db: Session, person_id: UUID) -> Iterator[Row]:
    """The links, from either side; of the other only what is the person's own word."""
    columns = ("relation", "grade", "created_at", "agreed_at", "ended_at", "ended_because")
    theirs, mine = Guardianship.guardian_id == person_id, Guardianship.ward_id == person_id
    agreed = Guardianship.agreed_at.is_not(None)
    for link in db.scalars(select(Guardianship).where(theirs, agreed)):
        ward = db.get_one(Person, link.ward_id)
        yield {"role": "guardian", "name": link.name or ward.name, **_picked(link, columns)}
    for link in db.scalars(select(Guardianship).where(mine)):
        yield {"role": "ward", "name": db.get_one(Person, link.guardian_id).name, **_picked(link, columns)}


def _activity(db: Session, person_id: UUID) -> Iterator[Row]:
    for entry in timeline.everything(db, person_id, Wanted(), MOST):
        by_staff = entry.actor not in attribution.NO_STAFF
        yield {
            "at": entry.at,
            "topic": entry.topic,
            "actor": "staff" if by_staff else entry.actor,
            "client_id": entry.client_id,
            "scopes": _plain(entry.scopes),
            "times": entry.times,
            "source": None if by_staff else entry.source,
        }


def _picked(row: object, columns: Iterable[str]) -> Row:
    return {column: _plain(getattr(row, column)) for column in columns}


def _plain(value: Any) -> Any:
    """As JSON can say it, moments excepted."""
    if isinstance(value, frozenset | set):
        return " ".join(sorted(value))
    return str(value) if isinstance(value, UUID) or type(value) is date else value


def written(value: Any) -> str:
    """A moment in JSON: ISO 8601, in UTC."""
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} is not exported")
