"""登记单位: code and name in, what the registry says out; what takes time has a page of its own."""

from datetime import datetime

from flask import Blueprint, redirect, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import BooleanField, StringField

from idp.account import own, sign_in
from idp.account.enterprises import acting
from idp.account.enterprises.acting import LIST
from idp.account.methods.guard import proven_twice
from idp.account.organisations import registrar_of
from idp.account.registering import SENSITIVE
from idp.authenticators import throttle
from idp.consents import rules, texts
from idp.consents.models import ConsentKind
from idp.mandates import founding, holdings
from idp.mandates.founding import Founded, Outcome
from idp.organisations import candidates, claim
from idp.organisations.claim import Typed
from idp.services import current
from idp.web import forms
from idp.web.request_scope import now, source
from idp.web.signed_in import who

bp = Blueprint("registering_organisations", __name__, url_prefix=f"{LIST}/register")
PAGE = f"{LIST}/register"
STEP = "organisation"
NOTICE = "organisation-verification"
PURPOSE = "organisation_registration"
NEEDED = 3
"""The level at which somebody may register anything; to represent it takes more."""
LONGEST_NAME = 200
STATUS = {Outcome.SPENT: 429}
FIELDS = {"number": "number", "name": "name", "licence_number": "licence"}
MALFORMED = {
    "number": "organisation_number_malformed",
    "name": "organisation_name_long",
    "licence_number": "organisation_licence_malformed",
}
"""What the page says of a part that `claim.malformed` names."""


class OrganisationForm(forms.Fields):
    """What stands on the certificate, and the consent to comparing one's own number (PIPL Art. 29)."""

    number = StringField(filters=[forms.compact], validators=[forms.required("organisation_number_required")])
    name = StringField(
        filters=[forms.trimmed],
        validators=[
            forms.required("organisation_name_required"),
            forms.holds(range(1, LONGEST_NAME + 1), "organisation_name_long", "organisation_name_long"),
        ],
    )
    licence = StringField(filters=[forms.compact])
    new = BooleanField()
    sensitive = BooleanField(validators=[forms.required("sensitive_required")])


@bp.get("")
@proven_twice
def ask() -> ResponseReturnValue:
    """The form; below level 3, the way up."""
    with current().database.reading() as db:
        known = candidates.candidate(db, who().person_id, now()) is not None
    return _page(OrganisationForm()) if known else _first()


@bp.post("")
@proven_twice
def register() -> ResponseReturnValue:
    """Ask the registry, under the counters every guess is under."""
    form = OrganisationForm(request.form)
    if not own.token_fits(STEP):
        return _page(form, "form_stale", 400)
    form.validate()
    typed = Typed(form.number.data, form.name.data, form.licence.data or "", bool(form.new.data))
    for part in claim.malformed(typed):
        forms.refuse_once(form[FIELDS[part]], MALFORMED[part])
    if form.errors:
        return _page(form, status=400)
    if throttle.pace(current().state, source(), "identity", current().limits):
        return _page(form, "throttled", 429)
    _consent(now())
    return _concluded(form, founding.register(registrar_of(current()), who().person_id, typed, now()))


def _concluded(form: OrganisationForm, founded: Founded) -> ResponseReturnValue:
    """To the organisation, to what waits, or back to the form with what came of it."""
    if founded.outcome is Outcome.VERIFY_FIRST:
        return _first()
    if founded.outcome in (Outcome.REGISTERED, Outcome.KNOWN) and founded.organisation_id:
        with current().database.reading() as db:
            theirs = _acts_for(db, founded)
        if theirs:
            said = "?said=registered" if founded.outcome is Outcome.REGISTERED else ""
            return redirect(f"{LIST}/{founded.organisation_id}{said}", 303)
    if founded.application_id is not None:
        return redirect(f"{PAGE}/{founded.application_id}", 303)
    return _page(form, f"organisation_{founded.outcome}", STATUS.get(founded.outcome, 200))


def _acts_for(db: Session, founded: Founded) -> bool:
    assert founded.organisation_id is not None
    known = holdings.towards(current().prepared, who().person_id, founded.organisation_id, now())
    return acting.way(known, founded.organisation_id) is not None


def _consent(at: datetime) -> None:
    """What they were told, and the separate consent to sending their number."""
    person_id = who().person_id
    with current().database.writing() as db:
        rules.record(db, person_id, ConsentKind.NOTICE, texts.said(NOTICE), purpose=PURPOSE, now=at)
        rules.record(db, person_id, ConsentKind.SENSITIVE, texts.said(SENSITIVE), purpose=PURPOSE, now=at)


def _first() -> Response:
    """Somebody whom no registry knows registers nothing yet."""
    return own.show(
        "account/enterprises/register_first.html",
        needed=NEEDED,
        way_up=sign_in.known_better(PAGE, NEEDED),
        back_url=LIST,
    )


def _page(form: OrganisationForm, refusal: str = "", status: int = 200) -> Response:
    return own.show(
        "account/enterprises/register.html",
        status=status,
        form=form,
        refusal=refusal,
        notice=texts.TEXTS[NOTICE],
        csrf_token=own.token(STEP),
        action=PAGE,
        back_url=LIST,
    )
