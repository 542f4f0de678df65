"""An organisation comes into being here once a registry, or a member of staff, has confirmed code and name.

One organisation per code: the unique index of the database decides between two at once, and the second finds
what the first one made. Nobody acts for it before its representative is confirmed (`mandates.founding`).
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from idp.audit import trail
from idp.organisations import finding, history, lifecycle
from idp.organisations.claim import Claim, by_code
from idp.organisations.events import OrganisationRegistered
from idp.organisations.lifecycle import Because
from idp.organisations.models import (
    Organisation,
    OrganisationEvidence,
    OrganisationMethod,
    Standing,
)
from idp.organisations.registry import Confirmed, RegisteredState

SUPPORTS = {
    OrganisationMethod.FORMAT: 2,
    OrganisationMethod.REGISTRY_MATCH: 3,
    OrganisationMethod.REGISTRY_FOUR_ELEMENTS: 4,
    OrganisationMethod.MANUAL: 4,
    OrganisationMethod.WINDOW: 5,
}
"""The level of an organisation that each method supports; from 4 on somebody came who represents it."""


@dataclass(frozen=True)
class Basis:
    """By what something about an organisation was confirmed."""

    method: OrganisationMethod
    authority: str
    request_id: str
    at: datetime
    grade: str | None = None
    document_id: UUID | None = None
    """The representative's, where one was confirmed."""


def found(
    db: Session, claim: Claim, name: str, person_id: UUID | None, basis: Basis, now: datetime
) -> Organisation:
    """The organisation of a confirmed code, made if need be; `name` is the registry's spelling."""
    known = by_code(db, claim.credit_code)
    if known is not None:
        return known
    made = Organisation(
        credit_code=claim.credit_code,
        organisation_code=claim.organisation_code,
        name=name,
        former_names=[],
        division=claim.division,
        standing=Standing.WAITING,
        standing_because=Because.UNCONFIRMED,
        level=SUPPORTS[OrganisationMethod.FORMAT],
        registered_by=person_id,
        created_at=now,
    )
    try:
        with db.begin_nested():
            db.add(made)
            db.flush()
            finding.index(db, made)
    except IntegrityError:
        return db.scalars(select(Organisation).where(Organisation.credit_code == claim.credit_code)).one()
    trail.record(
        db,
        OrganisationRegistered(
            person_id=person_id,
            organisation=str(made.id),
            authority=basis.authority,
            registry_request_id=basis.request_id,
        ),
    )
    history.note(db, made.id, "organisation.registered", now, person_id=person_id)
    note_evidence(db, made, basis)
    return made


def note_evidence(
    db: Session, organisation: Organisation, basis: Basis, person_id: UUID | None = None
) -> OrganisationEvidence:
    """Keep by what it was confirmed; `person_id` is whom that confirmed as its representative."""
    evidence = OrganisationEvidence(
        organisation_id=organisation.id,
        person_id=person_id,
        document_id=basis.document_id,
        method=basis.method,
        authority=basis.authority,
        request_id=basis.request_id,
        grade=basis.grade,
        level=SUPPORTS[basis.method],
        state=organisation.state,
        at=basis.at,
    )
    db.add(evidence)
    organisation.level = max(organisation.level, evidence.level)
    return evidence


def confirm(db: Session, organisation: Organisation, now: datetime) -> None:
    """Its representative is confirmed: it may do what its state lets it, unless an operator stopped it."""
    if organisation.standing_because == Because.OPERATOR:
        return
    state = RegisteredState(organisation.state)
    lifecycle.become(db, organisation, *lifecycle.standing(state, organisation.valid_to, now), now)


def keep_licence(db: Session, organisation: Organisation, licence_number: str | None) -> None:
    """Let it be found by its old licence number too, unless another one is."""
    if licence_number is None or organisation.licence_number is not None:
        return
    query = select(Organisation.id).where(Organisation.licence_number == licence_number)
    if db.scalar(query) is not None:
        return
    try:
        with db.begin_nested():
            organisation.licence_number = licence_number
    except IntegrityError:
        organisation.licence_number = None


def basis_of(answer: Confirmed, document_id: UUID | None = None) -> Basis:
    """What a registry's answer confirms: code and name, or with a document all four elements."""
    four = OrganisationMethod.REGISTRY_FOUR_ELEMENTS if document_id else OrganisationMethod.REGISTRY_MATCH
    return Basis(four, answer.authority, answer.request_id, answer.at, document_id=document_id)
