"""A portal maps the users it had before to subjects: by the ids they had there, or by their documents.

Decided so, after PIPL Art. 13, 17, 23 and 35. By id: of the accounts it had imported itself, and only once
somebody has proven that such an account is theirs, of which they were told. A government portal needs no
more, for it keeps that account by its statutory duty; any other portal needs their consent as well. By
document: only of people who have said yes to this very portal. Whoever is left out is answered as somebody
nobody knows. A login that an enterprise shared is mapped to the enterprise, whose name and code are public.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from idp.audit import trail
from idp.clients.metadata import Client
from idp.consents.models import Consent
from idp.keys.vault import Vault
from idp.moving import sealing
from idp.moving.events import SubjectsMapped, SubjectTold
from idp.moving.models import ImportedAccount, ImportSource, State
from idp.oauth import subjects
from idp.oauth.models import Authorization
from idp.organisations.models import Organisation
from idp.persons import lookup
from idp.persons.identifiers import DocumentType
from idp.persons.models import Person, PersonStatus
from idp.storage.database import Database
from idp.storage.prepared import Prepared

MOST = 500
"""Questions at once."""
DOCUMENTS = "documents"
"""In the trail, instead of a source."""
KNOWN = (PersonStatus.ACTIVE, PersonStatus.FROZEN, PersonStatus.CLOSING)


class NotYours(LookupError):
    """No such source, or another portal's."""


@dataclass(frozen=True)
class NamedDocument:
    """A document as the portal has it, and what it calls its user."""

    id: str
    kind: DocumentType
    number: str = field(repr=False)
    country: str | None = None


def by_id(
    database: Database,
    prepared: Prepared,
    vault: Vault,
    client: Client,
    source_code: str,
    own_ids: Sequence[str],
    now: datetime,
) -> Mapping[str, str]:
    """Own id → subject, for those this portal may know; raises NotYours."""
    with database.reading() as db:
        source = db.get(ImportSource, source_code)
        if source is None or source.client_id != client.id:
            raise NotYours(source_code)
        names = {sealing.name_of(vault, source.code, own, source.generation): own for own in own_ids}
        rows = db.execute(
            select(ImportedAccount.id, ImportedAccount.person_id, Organisation.id.label("organisation_id"))
            .join(Person, Person.id == ImportedAccount.person_id)
            .outerjoin(Organisation, Organisation.credit_code == ImportedAccount.credit_code)
            .where(
                ImportedAccount.id.in_(names),
                ImportedAccount.state == State.JOINED,
                Person.status.in_(KNOWN),
            )
        ).all()
        people = {names[row.id]: row.person_id for row in rows if row.organisation_id is None}
        if not client.is_government:
            agreed = _agreed(db, client, set(people.values()))
            people = {own: person for own, person in people.items() if person in agreed}
    shared = {names[row.id]: row.organisation_id for row in rows if row.organisation_id is not None}
    told = dict(_told(database, prepared, client, source_code, len(own_ids), people, now))
    return told | {
        own: subjects.ensure_organisation(prepared, client.sector, organisation, now)
        for own, organisation in shared.items()
    }


def by_document(
    database: Database,
    prepared: Prepared,
    vault: Vault,
    client: Client,
    documents: Sequence[NamedDocument],
    now: datetime,
) -> Mapping[str, str]:
    """The portal's id → subject, for those among the holders who have said yes to it."""
    with database.reading() as db:
        held = {
            one.id: lookup.verified_document(db, vault, one.kind, one.number, one.country)
            for one in documents
        }
        holders = {own: document.person_id for own, document in held.items() if document is not None}
        agreed = _agreed(db, client, set(holders.values()))
        found = {own: person for own, person in holders.items() if person in agreed}
    return _told(database, prepared, client, DOCUMENTS, len(documents), found, now)


def _agreed(db: Session, client: Client, people: set[UUID]) -> set[UUID]:
    """Who of them let this portal know them: by a consent or notice in force, or an authorization."""
    consent = select(Consent.person_id).where(
        Consent.client_id == client.id, Consent.withdrawn_at.is_(None), Consent.superseded_at.is_(None)
    )
    authorization = select(Authorization.person_id).where(
        Authorization.client_id == client.id, Authorization.ended_at.is_(None)
    )
    query = select(Person.id).where(
        Person.id.in_(people),
        Person.status.in_(KNOWN),
        or_(Person.id.in_(consent), Person.id.in_(authorization)),
    )
    return set(db.scalars(query))


def _told(
    database: Database,
    prepared: Prepared,
    client: Client,
    source: str,
    asked: int,
    found: Mapping[str, UUID],
    now: datetime,
) -> Mapping[str, str]:
    """The subjects, and a line in the trail that they were told; each person's own timeline has it too."""
    with database.writing() as db:
        trail.record(db, SubjectsMapped(client_id=client.id, source=source, asked=asked, told=len(found)))
        for person_id in set(found.values()):
            trail.record(db, SubjectTold(person_id=person_id, client_id=client.id, source=source))
    return {own: subjects.ensure(prepared, client.sector, person, now) for own, person in found.items()}
