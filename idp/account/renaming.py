"""A new name under the number one holds: the authority is asked again, and its yes overwrites the name.

A number is never exchanged here. Whoever holds another one now shows both documents at a window.
"""

from datetime import timedelta

from flask import Blueprint, redirect, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from idp.account import documents, own, registering, sign_in
from idp.account.records import Checked, Outcome
from idp.account.registering import Refusal
from idp.account.verify import REACHABLE
from idp.audit import trail
from idp.audit.events import IdentityRefused, NameChanged
from idp.authenticators import throttle
from idp.notices.telling import tell
from idp.persons import belongings, checking, enrolment, names
from idp.persons.checking import Spent
from idp.persons.claim import Claim
from idp.persons.enrolment import Taken
from idp.persons.models import Document, Person
from idp.persons.registry import Verified
from idp.services import current
from idp.sessions.models import SignInSession
from idp.web import forms
from idp.web.request_scope import now, source
from idp.web.signed_in import login_required, who

bp = Blueprint("renaming", __name__, url_prefix="/account/profile/renaming")
PAGE = "/account/profile/renaming"
RECENT = timedelta(minutes=5)
"""How old a sign-in may be when the page is opened."""
FILLING_IN = timedelta(minutes=10)
"""What the form may take on top of that."""


@bp.get("")
@login_required  # type: ignore[untyped-decorator]  # flask-login has no types
def ask() -> ResponseReturnValue:
    """Ask for name and number again, soon after a sign-in."""
    with current().database.reading() as db:
        if own.standing(db).level < REACHABLE:
            return redirect("/account/verify", 303)
        if not _proven_within(db, RECENT):
            return sign_in.again(PAGE)
        kinds = [document.kind for document in _held(db)]
    return _page(forms.Document(data={"kind": kinds[0] if kinds else None}), "")


@bp.post("")
@login_required  # type: ignore[untyped-decorator]  # flask-login has no types
def check() -> ResponseReturnValue:
    """Ask the authority about the new name; without a yes everything stays as it is."""
    form = forms.Document(request.form)
    if not own.token_fits("renaming"):
        return _page(form, "form_stale", 400)
    with current().database.reading() as db:
        level, recent = own.standing(db).level, _proven_within(db, RECENT + FILLING_IN)
    if level < REACHABLE or not recent:
        return redirect(PAGE, 303)
    claim = documents.read(form)
    if claim is None:
        return _page(form, "", 400)
    if throttle.pace(current().state, source(), "identity", current().limits):
        return _page(form, "throttled", 429)
    return _judge(form, claim)


def _judge(form: forms.Document, claim: Claim) -> Response:
    """The number first, under the counters of every guess, then name and number together."""
    ours = _is_the_number_held(claim)
    if isinstance(ours, Spent):
        return _page(form, "attempts_spent", 429)
    if not ours:
        _record_refusal("another_number")
        return _page(form, "another_number")
    checked = registering.ask(claim, "verification", str(who().person_id))
    if isinstance(checked, Refusal):
        _record_refusal(checked.reason)
        status = 429 if checked.reason == "attempts_spent" else 200
        return _page(form, checked.reason, status, checked.left)
    return _conclude(form, checked)


def _conclude(form: forms.Document, checked: Checked) -> Response:
    match checked.outcome:
        case Outcome.PENDING:
            return _page(form, "unavailable", 503)
        case Outcome.UNSUPPORTED | Outcome.UNCONFIRMED:
            return _page(form, "cannot_verify")
        case Outcome.VERIFIED:
            assert checked.verified is not None
            return _believe(form, checked.claim, checked.verified)


def _believe(form: forms.Document, claim: Claim, answer: Verified) -> Response:
    """Write the name the authority confirmed, and that it did."""
    services = current()
    hold = timedelta(seconds=services.settings.displacement_hold)
    try:
        with services.database.writing() as db:
            person = db.get_one(Person, who().person_id)
            document = _document(db, claim)
            if document is None:
                return _page(form, "another_number")
            renamed = not names.same(person.name or "", claim.name)
            enrolment.claim_document(db, person, claim, now())
            proof = enrolment.proof_of(answer)
            enrolment.confirm(db, services.vault, person, document, proof, now(), hold)
            if renamed:
                _tell(db, person, answer)
    except Taken:
        return _page(form, "another_number")
    return redirect(f"/account/profile?checked={'renamed' if renamed else 'unchanged'}", 303)


def _tell(db: Session, person: Person, answer: Verified) -> None:
    trail.record(
        db,
        NameChanged(person_id=person.id, authority=answer.authority, registry_request_id=answer.request_id),
    )
    tell(db, person.id, "name.changed", now())


def _is_the_number_held(claim: Claim) -> bool | Spent:
    services, person_id = current(), who().person_id
    with services.database.reading() as db:
        ours = _document(db, claim) is not None
    return checking.compare(
        services.state,
        services.vault,
        claim,
        ours,
        asker=str(person_id),
        limit=services.settings.limit_verifications_per_day,
        now=now(),
    )


def _document(db: Session, claim: Claim) -> Document | None:
    """The person's own verified document with the claimed number."""
    return next((held for held in _held(db) if belongings.claim_of(held).key == claim.key), None)


def _held(db: Session) -> list[Document]:
    """The documents somebody has proven to be theirs, and still are."""
    person = db.get_one(Person, who().person_id)
    return [one for one in person.documents if one.verified_at is not None and one.displaced_at is None]


def _proven_within(db: Session, time: timedelta) -> bool:
    session = db.get_one(SignInSession, who().session_id)
    return now() - session.authenticated_at <= time


def _record_refusal(reason: str) -> None:
    with current().database.writing() as db:
        trail.record(db, IdentityRefused(person_id=who().person_id, reason=reason, registry_request_id=""))


def _page(form: forms.Document, refusal: str, status: int = 200, left: int | None = None) -> Response:
    return own.show(
        "account/renaming.html",
        status=status,
        form=form,
        refusal=refusal,
        attempts_left=left,
        csrf_token=own.token("renaming"),
        action=PAGE,
        **documents.choices(),
    )
