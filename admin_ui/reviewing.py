"""Questions about organisations that no registry answers, at `/admin/reviews`: the paper, and deciding."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from flask import Blueprint, abort, redirect, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import BooleanField, SelectField, StringField
from wtforms.validators import Optional

from admin_ui import citizens, divisions, papers
from admin_ui.access import HOME, Permission, needs, who
from admin_ui.citizens import Citizen
from admin_ui.deciding import decider, why
from admin_ui.events import PaperRead
from admin_ui.showing import show
from idp.audit import trail
from idp.mandates import reviewing, roster
from idp.organisations import reviews
from idp.organisations.models import OrganisationReview, ReviewKind, ReviewStatus
from idp.organisations.reviews import GRADES, Decision, ReviewRefused
from idp.services import current
from idp.web import forms
from idp.web.request_scope import now

bp = Blueprint("reviews", __name__, url_prefix=f"{HOME}/reviews")
PAGE = f"{HOME}/reviews"
READ, DECIDE = Permission.READ_ORGANISATIONS, Permission.DECIDE_CASES
ANSWERS = ("approve", "refuse")


class Saying(forms.Fields):
    """Yes or no, and why; how good the paper is, where it is a yes."""

    answer = SelectField(choices=[*ANSWERS], validators=[forms.required("choose_one")])
    grade = SelectField(choices=["", *GRADES], validators=[Optional()], default="")
    original = BooleanField()
    seen = StringField(default="")
    reason = why()


@dataclass(frozen=True)
class Shown:
    """A review as the pages show it."""

    row: OrganisationReview
    applicant: Citizen | None
    """None where a registry's answer is the question."""
    first: str
    second: str
    """Who decided."""
    is_own: bool
    """Whether the administrator who looks is the one who has approved it so far."""

    @property
    def needs_two(self) -> bool:
        """Whether a yes of one is not enough."""
        return self.row.kind == ReviewKind.REPRESENTATIVE or self.row.status == ReviewStatus.PROPOSED


@bp.get("")
@needs(READ)
def waiting() -> ResponseReturnValue:
    """What waits for a decision, the oldest first."""
    with current().database.reading() as db:
        found = reviews.undecided(db, divisions.seen_by(who(), READ))
        return show("reviews", reviews=_shown(db, found), may_open=who().may(Permission.OPEN_CASES))


@bp.get("/<uuid:review_id>")
@needs(READ)
def see(review_id: UUID) -> ResponseReturnValue:
    """One question, its paper, who has said what."""
    with current().database.reading() as db:
        return _page(db, "review", _found(db, review_id, READ))


@bp.get("/<uuid:review_id>/paper")
@needs(DECIDE)
def paper(review_id: UUID) -> ResponseReturnValue:
    """The paper itself; that somebody looked is recorded."""
    with current().database.writing() as db:
        review = _found(db, review_id, DECIDE)
        content = reviews.content_of(db, current().vault, review)
        if content is None or review.media_type is None or review.file_sha256 is None:
            abort(404)
        trail.record(db, PaperRead(case=str(review.id), digest=review.file_sha256))
        return papers.shown(content, review.media_type, review.file_sha256)


@bp.route("/<uuid:review_id>/decide", methods=["GET", "POST"])
@needs(DECIDE, fresh=True)
def decide(review_id: UUID) -> ResponseReturnValue:
    """Say yes or no; where it takes two, the second yes does what follows."""
    form = Saying(request.form)
    with current().database.reading() as db:
        review = _found(db, review_id, DECIDE)
        if request.method == "GET":
            return _page(db, "review_decide", review, form)
        if not form.validate():
            return _page(db, "review_decide", review, form, status=400)
        shown = form.seen.data == reviews.mark(review)
        if shown and form.answer.data == "approve" and not _is_read(db, review):
            return _page(db, "review_decide", review, form, "review_unread", 409)
    said = Decision(
        approve=form.answer.data == "approve",
        reason=form.reason.data,
        grade=form.grade.data or None,
        original=form.original.data,
        seen=form.seen.data or "",
    )
    try:
        with current().database.writing() as db:
            reviewing.decide(db, review_id, decider(db), said, now())
    except ReviewRefused as refused:
        with current().database.reading() as db:
            review = _found(db, review_id, DECIDE)
            return _page(db, "review_decide", review, form, f"review_{refused.reason}", 409)
    return redirect(f"{PAGE}/{review_id}", 303)


def _is_read(db: Session, review: OrganisationReview) -> bool:
    """Whether the one who decides has opened the paper, where there is one."""
    if review.file_sha256 is None:
        return True
    reading = PaperRead(case=str(review.id), digest=review.file_sha256)
    return papers.was_opened(db, reading, review.created_at)


def _found(db: Session, review_id: UUID, permission: Permission) -> OrganisationReview:
    """A review of the administrator's own part of the country; anything else is not there."""
    review = db.get(OrganisationReview, review_id)
    if review is None or not divisions.sees(who(), permission, review.division):
        abort(404)
    return review


def _shown(db: Session, found: Sequence[OrganisationReview]) -> list[Shown]:
    deciders = [one for row in found for one in (row.first_decider_id, row.second_decider_id)]
    staff = roster.people(db, deciders)
    return [
        Shown(
            row=row,
            applicant=citizens.shown(db, row.applicant_id) if row.applicant_id else None,
            first=staff.get(row.first_decider_id, "") if row.first_decider_id else "",
            second=staff.get(row.second_decider_id, "") if row.second_decider_id else "",
            is_own=row.first_decider_id == who().person_id,
        )
        for row in found
    ]


def _page(
    db: Session,
    page: str,
    review: OrganisationReview,
    form: Saying | None = None,
    refusal: str = "",
    status: int = 200,
) -> Response:
    (one,) = _shown(db, [review])
    return show(
        page,
        status=status,
        review=one,
        form=form,
        refusal=refusal,
        mark=reviews.mark(review),
        grades=GRADES,
        waits=review.settled_at is None,
        may_decide=divisions.sees(who(), DECIDE, review.division),
        url=f"{PAGE}/{review.id}",
        action=request.path,
    )
