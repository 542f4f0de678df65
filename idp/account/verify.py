"""Verify now: a person below level 3 has themselves checked, and goes back to the service that asked."""

from datetime import timedelta
from uuid import UUID

from flask import Blueprint, redirect, request
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from idp import clock
from idp.account import documents, own, registering, wizards
from idp.account.records import Checked, Outcome
from idp.account.registering import Refusal
from idp.audit import trail
from idp.audit.events import IdentityRefused
from idp.authenticators import throttle
from idp.evidence import levels
from idp.evidence.models import Method
from idp.notices.telling import tell
from idp.persons import belongings, enrolment
from idp.persons.claim import Claim
from idp.persons.enrolment import Confirmation, Taken
from idp.persons.models import Person
from idp.persons.registry import Unavailable
from idp.services import current
from idp.web import forms
from idp.web.pages import render
from idp.web.request_scope import now, source
from idp.web.signed_in import login_required, who

bp = Blueprint("verify", __name__, url_prefix="/account/verify")
REACHABLE = levels.SUPPORTS[Method.REGISTRY_MATCH]
"""The level one can reach here; more takes a window or a certificate."""


@bp.get("")
@login_required  # type: ignore[untyped-decorator]  # flask-login has no types
def ask() -> ResponseReturnValue:
    """Ask for the document, filled in as far as the person told us before."""
    with current().database.reading() as db:
        if own.standing(db).level >= REACHABLE:
            return redirect(_back(), 303)
        person = db.get_one(Person, who().person_id)
        claimed = next((document.kind for document in person.documents), None)
        form = forms.Document(data={"name": person.name, "kind": claimed or "resident_id_18"})
    return _page(form, "")


@bp.post("")
@login_required  # type: ignore[untyped-decorator]  # flask-login has no types
def check() -> ResponseReturnValue:
    """Ask the authority; raise the level, queue the check, or say what does not fit."""
    form = forms.Document(request.form)
    if not own.token_fits("verify"):
        return _page(form, "form_stale", 400)
    with current().database.reading() as db:
        standing = own.standing(db)
        phone = db.get_one(Person, who().person_id).phone
    if standing.pending or standing.level >= REACHABLE:
        return redirect(_here(), 303)
    claim = documents.read(form) if form.validate() else None
    if claim is None:
        return _page(form, "", 400)
    if claim.is_for_a_guardian(clock.day(now())):
        return render("register/under_age.html", destination=None, home_url="/account")
    if throttle.pace(current().state, source(), "identity", current().limits):
        return _page(form, "throttled", 429)
    if phone is None:
        return _page(form, "unconfirmed")
    checked = registering.ask(claim, "verification", str(who().person_id), phone=phone)
    if isinstance(checked, Refusal):
        _record_refusal(checked)
        return _page(form, checked.reason, 429 if checked.reason == "attempts_spent" else 200, checked.left)
    return _conclude(form, checked)


def _conclude(form: forms.Document, checked: Checked) -> Response:
    match checked.outcome:
        case Outcome.UNSUPPORTED:
            return _page(form, "cannot_verify")
        case Outcome.PENDING:
            _queue(checked)
            return redirect(_here(), 303)
        case Outcome.VERIFIED | Outcome.UNCONFIRMED:
            return _raise(form, checked)


def _raise(form: forms.Document, checked: Checked) -> Response:
    """Believe it; somebody else's document ends where a registration with it would."""
    services, user = current(), who()
    assert checked.verified is not None
    hold = timedelta(seconds=services.settings.displacement_hold)
    try:
        with services.database.writing() as db:
            person = db.get_one(Person, user.person_id)
            document = enrolment.claim_document(db, person, checked.claim, now())
            proof = enrolment.proof_of(checked.verified)
            outcome = enrolment.confirm(db, services.vault, person, document, proof, now(), hold)
            if outcome is Confirmation.RAISED:
                tell(db, person.id, "identity.verified", now())
    except Taken:
        return _taken(checked.claim)
    if outcome is Confirmation.DOUBTED:
        return _page(form, "unconfirmed")
    return redirect(_back() if outcome is Confirmation.RAISED else _here(), 303)


def _taken(claim: Claim) -> Response:
    services, user = current(), who()
    with services.database.reading() as db:
        phone = db.get_one(Person, user.person_id).phone or ""
        owner = belongings.held(db, services.vault, claim, now())
        owner_id: UUID | None = owner.document.person_id if owner else None
    if owner_id is not None:
        registering.warn(owner_id, "registration.repeated")
    registering.warn(user.person_id, "verification.taken")
    return render(
        "register/check_messages.html",
        destination=None,
        phone=wizards.masked(phone) if phone else "",
        back_url=_back(),
    )


def _queue(checked: Checked) -> None:
    assert checked.unavailable is not None
    with current().database.writing() as db:
        person = db.get_one(Person, who().person_id)
        document = enrolment.claim_document(db, person, checked.claim, now())
        enrolment.queue_check(db, person, document, Unavailable(checked.unavailable), now())


def _record_refusal(refusal: Refusal) -> None:
    with current().database.writing() as db:
        trail.record(
            db, IdentityRefused(person_id=who().person_id, reason=refusal.reason, registry_request_id="")
        )


def _here() -> str:
    return f"/account/verify{wizards.carried(wizards.asked_interaction())}"


def _back() -> str:
    """The service that asked, or the start page."""
    interaction = wizards.asked_interaction()
    return f"/interaction/{interaction}" if interaction else "/account"


def _page(form: forms.Document, refusal: str, status: int = 200, left: int | None = None) -> Response:
    with current().database.reading() as db:
        standing = own.standing(db)
    interaction = wizards.asked_interaction()
    return own.show(
        "account/verify.html",
        status=status,
        form=form,
        refusal=refusal,
        attempts_left=left,
        pending=standing.pending,
        return_url=_back() if interaction else None,
        csrf_token=own.token("verify"),
        action=_here(),
        **{**wizards.surroundings(interaction), **documents.choices()},
    )
