"""Registering an organisation on paper at `/admin/reviews/new/paper`, for whoever cannot do it online.

Its representative may be absent: if they have an account at level 4 they represent it once two operators have
agreed, and hear of it at once; otherwise it is registered for who stands at the counter, and waits for them.
"""

from uuid import UUID

from flask import Blueprint, redirect, request
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response
from wtforms import BooleanField, Field, SelectField, StringField

from admin_ui import citizens, divisions, papers
from admin_ui.access import HOME, Permission, needs, who
from admin_ui.deciding import decider, why
from admin_ui.finding import Purpose
from admin_ui.showing import show
from idp.mandates import reviewing
from idp.organisations import claim
from idp.organisations.claim import Claim, NotOnline, Typed
from idp.organisations.models import ReviewKind
from idp.organisations.reviews import GRADES, Decision, Paper, ReviewRefused
from idp.persons.identifiers import MalformedNumber
from idp.persons.names import MalformedName
from idp.services import current
from idp.web import forms
from idp.web.request_scope import now

bp = Blueprint("registering", __name__, url_prefix=f"{HOME}/reviews/new/paper")
PAGE = f"{HOME}/reviews/new/paper"
KINDS = (ReviewKind.REPRESENTATIVE, ReviewKind.REGISTER)


class Registration(forms.Fields):
    """The organisation as its certificate has it, who it is registered for, the paper."""

    code = StringField(filters=[forms.compact], validators=[forms.required("credit_code_malformed")])
    name = StringField(filters=[forms.trimmed], validators=[forms.required("organisation_name_malformed")])
    kind = SelectField(choices=[*KINDS], validators=[forms.required("choose_one")], default=KINDS[0])
    typed = StringField(filters=[forms.trimmed], validators=[forms.required("typed_required")])
    paper = Field()
    grade = papers.grade()
    original = BooleanField()
    reason = why()


@bp.route("", methods=["GET", "POST"])
@needs(Permission.OPEN_CASES, fresh=True)
def register() -> ResponseReturnValue:
    """Ask, and be the first of two."""
    form = Registration(request.form)
    if request.method == "GET":
        return _page(form)
    form.validate()
    handed, claimed = papers.uploaded(form.paper), _claim(form)
    if form.errors or handed is None or claimed is None:
        return _again(form)
    try:
        person_id = citizens.find(form.typed.data, Purpose.COUNTER)
    except citizens.TooOften:
        return _again(form, "throttled", 429)
    if person_id is None:
        forms.refuse(form.typed, "citizen_unknown")
        return _again(form)
    try:
        review_id = _open(form, claimed, person_id, handed)
    except ReviewRefused as refused:
        return _again(form, f"review_{refused.reason}", 409)
    return redirect(f"{HOME}/reviews/{review_id}", 303)


def _open(form: Registration, claimed: Claim, person_id: UUID, handed: Paper) -> UUID:
    services = current()
    seen = Decision(True, form.reason.data, form.grade.data, form.original.data)
    with services.database.writing() as db:
        review = reviewing.open_at_window(
            db,
            services.vault,
            decider(db),
            claimed,
            person_id,
            ReviewKind(form.kind.data),
            handed,
            seen,
            now(),
        )
        return review.id


def _claim(form: Registration) -> Claim | None:
    """What the certificate says, if its authority is in the operator's part of the country."""
    try:
        with current().database.reading() as db:
            claimed = claim.read(db, Typed(form.code.data or "", form.name.data or ""))
    except MalformedNumber:
        forms.refuse(form.code, "credit_code_malformed")
    except MalformedName:
        forms.refuse(form.name, "organisation_name_malformed")
    except NotOnline:
        forms.refuse(form.code, "organisation_not_online")
    else:
        if divisions.sees(who(), Permission.OPEN_CASES, claimed.division):
            return claimed
        forms.refuse(form.code, "not_here")
    return None


def _again(form: Registration, refusal: str = "", status: int = 400) -> Response:
    papers.again(form.paper)
    return _page(form, refusal, status)


def _page(form: Registration, refusal: str = "", status: int = 200) -> Response:
    return show(
        "review_new", status=status, form=form, refusal=refusal, kinds=KINDS, grades=GRADES, action=PAGE
    )
