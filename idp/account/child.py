"""Putting a child into one's care: the registry is asked for name and number, and the consents are given."""

from flask import Blueprint, redirect, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from idp import clock
from idp.account import documents, elsewhere, own, registering
from idp.account.methods.guard import freshly_proven
from idp.account.records import Checked, Outcome
from idp.account.registering import Refusal
from idp.audit import trail
from idp.audit.events import IdentityRefused
from idp.authenticators import throttle
from idp.consents import rules, texts
from idp.consents.models import ConsentKind
from idp.persons import guardians, hold
from idp.persons.claim import Claim
from idp.persons.guardians import AlreadyListed, Minor
from idp.persons.identifiers import DocumentType
from idp.persons.models import Guardianship, Person
from idp.services import current
from idp.web import forms
from idp.web.request_scope import now, source
from idp.web.signed_in import who

bp = Blueprint("child", __name__, url_prefix="/account/family/add")
PAGE = "/account/family/add"
KINDS = (
    DocumentType.RESIDENT_ID,
    DocumentType.HK_RESIDENCE_PERMIT,
    DocumentType.MACAO_RESIDENCE_PERMIT,
    DocumentType.TAIWAN_RESIDENCE_PERMIT,
)
"""Documents whose number tells the birthday."""
CONSENTS = (
    ("minors", ConsentKind.AGREEMENT, "guardianship"),
    (registering.SENSITIVE, ConsentKind.SENSITIVE, "identity_verification"),
)
"""What a guardian agrees to for a child, and for what (PIPL Art. 29, 31)."""


@bp.get("")
@freshly_proven
def ask() -> ResponseReturnValue:
    """Ask who the child is."""
    return _page(forms.Child(), "") if _may() else redirect("/account/family", 303)


@bp.post("")
@freshly_proven
def check() -> ResponseReturnValue:
    """Ask the registry under the counters every guess is under; it says yes or no, and nothing more."""
    form = forms.Child(request.form)
    if not own.token_fits("child"):
        return _page(form, "form_stale", 400)
    if not _may():
        return redirect("/account/family", 303)
    claim = documents.read(form)
    if not _is_offered(form) or claim is None:
        return _page(form, "", 400)
    with current().database.reading() as db:
        unfit = guardians.unfit(db, who().person_id, claim, now())
        held = hold.until(db.get_one(Person, who().person_id), now())
    if unfit or held:
        return _page(form, unfit or "held")
    if elsewhere.is_elsewhere() and claim.is_for_a_guardian(clock.day(now())):
        return _page(form, "child_elsewhere")
    if throttle.pace(current().state, source(), "identity", current().limits):
        return _page(form, "throttled", 429)
    return _judge(form, claim)


def _judge(form: forms.Child, claim: Claim) -> Response:
    checked = registering.ask(claim, "guardianship", str(who().person_id))
    if isinstance(checked, Refusal):
        _record_refusal(checked.reason)
        status = 429 if checked.reason == "attempts_spent" else 200
        return _page(form, checked.reason, status, checked.left)
    match checked.outcome:
        case Outcome.PENDING:
            return _page(form, "unavailable", 503)
        case Outcome.UNSUPPORTED:
            return _page(form, "cannot_verify")
        case Outcome.VERIFIED | Outcome.UNCONFIRMED:
            return _link(form, checked)


def _link(form: forms.Child, checked: Checked) -> Response:
    assert checked.verified is not None
    minor = Minor(checked.claim, checked.verified, form.relation.data)
    try:
        with current().database.writing() as db:
            guardian = db.get_one(Person, who().person_id)
            made = guardians.link(db, current().vault, guardian, minor, now())
            if made is not None:
                _consent(db, made)
    except AlreadyListed:
        return _page(form, "already_listed")
    return redirect(f"/account/family?added={'asked' if made is None else 'child'}", 303)


def _consent(db: Session, made: Guardianship) -> None:
    for key, kind, purpose in CONSENTS:
        said = texts.said(key)
        rules.record(db, made.ward_id, kind, said, purpose=purpose, now=now(), channel=rules.GUARDIAN)


def _is_offered(form: forms.Child) -> bool:
    if form.kind.data not in KINDS:
        forms.refuse_once(form.kind, "birth_date_unknown")
    if form.relation.data not in guardians.RELATIONS:
        forms.refuse_once(form.relation, "choose_one")
    return not form.errors


def _may() -> bool:
    with current().database.reading() as db:
        return guardians.may_be(db, db.get_one(Person, who().person_id), now())


def _record_refusal(reason: str) -> None:
    with current().database.writing() as db:
        trail.record(db, IdentityRefused(person_id=who().person_id, reason=reason, registry_request_id=""))


def _page(form: forms.Child, refusal: str, status: int = 200, left: int | None = None) -> Response:
    return own.show(
        "account/child.html",
        status=status,
        form=form,
        refusal=refusal,
        attempts_left=left,
        kinds=list(KINDS),
        relations=list(guardians.RELATIONS),
        elsewhere=elsewhere.is_elsewhere(),
        there=elsewhere.named(),
        csrf_token=own.token("child"),
        action=PAGE,
    )
