"""What a member of staff decides about an organisation, and what follows (`organisations.reviews`)."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from idp.keys.vault import Vault
from idp.mandates import founding, standing, states, telling
from idp.organisations import applications, candidates, enrolment, reviews
from idp.organisations.claim import Claim
from idp.organisations.enrolment import Basis
from idp.organisations.models import (
    ApplicationStatus,
    Organisation,
    OrganisationApplication,
    OrganisationMethod,
    OrganisationReview,
    ReviewKind,
    ReviewStatus,
    Standing,
)
from idp.organisations.reviews import Decider, Decision, Paper, ReviewRefused, Why

AUTHORITY = "staff"
KINDS = (ReviewKind.REGISTER, ReviewKind.REPRESENTATIVE)


def hand_in(
    db: Session,
    vault: Vault,
    application: OrganisationApplication,
    kind: ReviewKind,
    handed: Paper,
    now: datetime,
) -> OrganisationReview:
    """
    The applicant hands in the certificate that no registry can speak for; raises ReviewRefused.

    Who says that they represent it is known at level 4, as before a registry.
    """
    if (
        application.settled_at is not None
        or application.status != ApplicationStatus.REVIEW
        or kind not in KINDS
    ):
        raise ReviewRefused(Why.GONE)
    candidate = candidates.candidate(db, application.person_id, now)
    if candidate is None or (kind is ReviewKind.REPRESENTATIVE and not candidate.may_represent):
        raise ReviewRefused(Why.LEVEL)
    return reviews.hand_in(
        db,
        vault,
        kind,
        applications.claim_of(application),
        application.person_id,
        handed,
        now,
        organisation_id=application.organisation_id,
        application_id=application.id,
    )


def open_at_window(
    db: Session,
    vault: Vault,
    opener: Decider,
    claimed: Claim,
    applicant_id: UUID,
    kind: ReviewKind,
    handed: Paper,
    seen: Decision,
    now: datetime,
) -> OrganisationReview:
    """
    The first operator registers an organisation on paper for who cannot do it online; raises ReviewRefused.

    REPRESENTATIVE: for its representative, who is known well enough and hears of it at once. REGISTER: for
    somebody at the counter; then it waits for its representative. Either takes a second operator.
    """
    candidate = candidates.candidate(db, applicant_id, now)
    if candidate is None or (kind is ReviewKind.REPRESENTATIVE and not candidate.may_represent):
        raise ReviewRefused(Why.LEVEL)
    fault = reviews.unfit(applicant_id, opener, seen)
    if fault is not None:
        raise ReviewRefused(fault)
    if reviews.waiting(db, claimed.credit_code, kind, applicant_id) is not None:
        raise ReviewRefused(Why.ALREADY)
    application = applications.note(db, applicant_id, claimed, ApplicationStatus.REVIEW, now)
    review = reviews.hand_in(
        db, vault, kind, claimed, applicant_id, handed, now, application_id=application.id
    )
    reviews.propose(db, review.id, opener, seen, now)
    telling.proposed(db, applicant_id, claimed.credit_code, now)
    return review


def decide(
    db: Session, review_id: UUID, decider: Decider, decision: Decision, now: datetime
) -> OrganisationReview:
    """Say yes or no, and do what follows in the same transaction; raises ReviewRefused."""
    review = reviews.held(db, review_id)
    if decision.approve and review.settled_at is None:
        _still_possible(db, review, now)
    review = reviews.decide(db, review_id, decider, decision, now)
    if review.status == ReviewStatus.APPROVED:
        _approved(db, review, now)
    elif review.status == ReviewStatus.REFUSED:
        _refused(db, review, now)
    return review


def _still_possible(db: Session, review: OrganisationReview, now: datetime) -> None:
    if review.kind != ReviewKind.REPRESENTATIVE:
        return
    candidate = candidates.candidate(db, review.applicant_id, now) if review.applicant_id else None
    if candidate is None or not candidate.may_represent:
        raise ReviewRefused(Why.LEVEL)


def _approved(db: Session, review: OrganisationReview, now: datetime) -> None:
    if review.kind == ReviewKind.STATE or review.applicant_id is None:
        return
    claimed = Claim(review.credit_code, review.name)
    candidate = candidates.candidate(db, review.applicant_id, now)
    represents = review.kind == ReviewKind.REPRESENTATIVE and candidate is not None
    basis = Basis(
        OrganisationMethod.WINDOW if review.seen_original else OrganisationMethod.MANUAL,
        AUTHORITY,
        str(review.id),
        now,
        review.grade,
        candidate.document_id if represents and candidate else None,
    )
    found = enrolment.found(db, claimed, review.name, review.applicant_id, basis, now)
    organisation = states.hold(db, found.id)
    review.organisation_id = organisation.id
    if represents and organisation.standing != Standing.CLOSED:
        founding.represent(db, organisation, review.applicant_id, basis, now)
        _settle(db, review, organisation, ApplicationStatus.CONFIRMED, now)
    else:
        _settle(db, review, organisation, ApplicationStatus.WAITS, now)


def _refused(db: Session, review: OrganisationReview, now: datetime) -> None:
    if review.kind == ReviewKind.STATE and review.organisation_id is not None:
        standing.suspend(db, review.organisation_id, f"review {review.id}", now)
        return
    application = _settle(db, review, None, ApplicationStatus.REFUSED, now)
    if application is not None:
        telling.refused(db, application, now)


def _settle(
    db: Session,
    review: OrganisationReview,
    organisation: Organisation | None,
    status: ApplicationStatus,
    now: datetime,
) -> OrganisationApplication | None:
    """Let the application say what was decided, if it still waits."""
    if review.applicant_id is None:
        return None
    waiting = applications.of_code(db, review.applicant_id, review.credit_code)
    if waiting is None:
        return None
    settled = applications.note(
        db,
        review.applicant_id,
        applications.claim_of(waiting),
        status,
        now,
        organisation_id=organisation.id if organisation else None,
    )
    if status is ApplicationStatus.WAITS and organisation is not None:
        telling.waits(db, organisation, settled, now)
    return settled
