"""What somebody waits for who wants an organisation to be here: where it stands, and what they can do."""

from uuid import UUID

from flask import Blueprint, abort, redirect, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from idp.account import own, sign_in
from idp.account.enterprises import registering
from idp.account.enterprises.acting import LIST
from idp.account.methods.guard import proven_twice
from idp.account.organisations import registrar_of
from idp.mandates import reviewing, waiting
from idp.mandates.founding import Outcome
from idp.organisations import applications, candidates, reviews
from idp.organisations.candidates import NEEDED
from idp.organisations.models import (
    ApplicationStatus,
    Organisation,
    OrganisationApplication,
    OrganisationReview,
    ReviewKind,
)
from idp.organisations.reviews import ReviewRefused
from idp.services import current
from idp.web import forms
from idp.web.request_scope import now
from idp.web.signed_in import login_required, who

bp = Blueprint("organisation_application", __name__, url_prefix=f"{registering.PAGE}/<uuid:application_id>")
KINDS = {"represent": ReviewKind.REPRESENTATIVE, "register": ReviewKind.REGISTER}
MEGABYTE = 1024 * 1024


@bp.get("")
@login_required  # type: ignore[untyped-decorator]  # flask-login has no types
def see(application_id: UUID) -> ResponseReturnValue:
    """Where it stands; whoever has risen to the level it waited for goes on at once."""
    with current().database.reading() as db:
        application = _own(db, application_id)
        ready = application.status == ApplicationStatus.LEVEL_NEEDED and _may_represent(db)
    if ready and application.settled_at is None:
        founded = waiting.resume(registrar_of(current()), who().person_id, now())
        for one in founded:
            if one.outcome is Outcome.REGISTERED and one.credit_code == application.credit_code:
                return redirect(f"{LIST}/{one.organisation_id}?said=registered", 303)
    return _page(application_id)


@bp.post("/paper")
@proven_twice
def hand_in(application_id: UUID) -> ResponseReturnValue:
    """Hand in the certificate, or a better copy while nobody has decided."""
    content, kind = forms.uploaded("file"), KINDS.get(request.form.get("kind", ""))
    if not own.token_fits(_step("paper", application_id)):
        return _page(application_id, "form_stale", 400)
    if kind is None:
        return _page(application_id, "choose_one", 400)
    try:
        handed = reviews.paper(content)
        with current().database.writing() as db:
            application = _own(db, application_id)
            reviewing.hand_in(db, current().vault, application, kind, handed, now())
    except ReviewRefused as refused:
        return _page(application_id, f"paper_{refused.reason}", 409)
    return redirect(f"{registering.PAGE}/{application_id}", 303)


@bp.post("/withdraw")
@login_required  # type: ignore[untyped-decorator]  # flask-login has no types
def withdraw(application_id: UUID) -> ResponseReturnValue:
    """Want it no longer; what was handed in is not looked at any more."""
    with current().database.writing() as db:
        application = _own(db, application_id)
        if own.token_fits(_step("withdraw", application_id)):
            applications.withdraw(db, application, now())
            for review in _handed_in(db, application):
                reviews.withdraw(db, review.id, who().person_id, now())
    return redirect(LIST, 303)


def _own(db: Session, application_id: UUID) -> OrganisationApplication:
    application = db.get(OrganisationApplication, application_id)
    if application is None or application.person_id != who().person_id:
        abort(404)
    return application


def _may_represent(db: Session) -> bool:
    candidate = candidates.candidate(db, who().person_id, now())
    return candidate is not None and candidate.may_represent


def _handed_in(db: Session, application: OrganisationApplication) -> list[OrganisationReview]:
    """The papers that nobody has decided on yet."""
    found = (reviews.waiting(db, application.credit_code, kind, who().person_id) for kind in KINDS.values())
    return [one for one in found if one is not None]


def _step(what: str, application_id: UUID) -> str:
    return f"application.{what}|{application_id}"


def _page(application_id: UUID, refusal: str = "", status: int = 200) -> Response:
    with current().database.reading() as db:
        application = _own(db, application_id)
        handed_in = _handed_in(db, application)
        known = application.organisation_id and db.get(Organisation, application.organisation_id)
        represented = bool(known and known.representative_id)
        enough = _may_represent(db)
    url = f"{registering.PAGE}/{application_id}"
    return own.show(
        "account/enterprises/application.html",
        status=status,
        refusal=refusal,
        application=application,
        handed_in=[(one.kind, one.created_at, one.status) for one in handed_in],
        represented=represented,
        enough=enough,
        needed=NEEDED,
        way_up=sign_in.known_better(url, NEEDED),
        most=reviews.MOST_BYTES // MEGABYTE,
        paper_token=own.token(_step("paper", application_id)),
        withdraw_token=own.token(_step("withdraw", application_id)),
        url=url,
        again_url=registering.PAGE,
        back_url=LIST,
    )
