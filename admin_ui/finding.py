"""Finding a person at `/admin/persons` by the exact number, phone or login they give, and for a purpose."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import SelectField, StringField

from admin_ui.access import HOME, Permission, needs, who
from admin_ui.events import PersonLookedUp
from admin_ui.showing import show
from idp.audit import trail
from idp.authenticators import throttle
from idp.evidence import levels
from idp.persons import lookup
from idp.persons.identifiers import mask
from idp.persons.models import Person, Realm
from idp.services import current
from idp.web import forms
from idp.web.request_scope import now
from idp.web.showing import masked_claims, masked_name

bp = Blueprint("persons", __name__, url_prefix=f"{HOME}/persons")
PAGE = f"{HOME}/persons"


class Purpose(StrEnum):
    """Why somebody is looked for; the person is told."""

    COUNTER = "counter"
    COMPLAINT = "complaint"
    DISPUTE = "dispute"
    SAFETY = "safety"


class Search(forms.Fields):
    """What they give, and why they are looked for."""

    typed = StringField(
        filters=[forms.trimmed],
        validators=[
            forms.required("typed_required"),
            forms.holds(range(129), "typed_required", "typed_long"),
        ],
    )
    purpose = SelectField(choices=[*Purpose], validators=[forms.required("purpose_required")])


@dataclass(frozen=True)
class Found:
    """What an operator sees of somebody: enough to know that it is them."""

    name: str
    phone: str
    login: str
    documents: list[tuple[str, str, bool]]
    """Kind, masked number, whether it was verified."""
    status: str
    level: int
    created_at: datetime


@bp.route("", methods=["GET", "POST"])
@needs(Permission.FIND_PERSONS)
def find() -> ResponseReturnValue:
    """Ask; what is typed is posted, so that no number is ever in an address."""
    form = Search(request.form)
    if request.method == "GET":
        return _page(form)
    if not form.validate():
        return _page(form, status=400)
    services = current()
    if throttle.pace(services.state, who().person_id.hex, "find-person", services.limits):
        return _page(form, refusal="throttled", status=429)
    with services.database.writing() as db:
        person = lookup.by_login(db, services.vault, form.typed.data, now())
        if person is not None and person.realm != Realm.CITIZEN:
            person = None
        looked = PersonLookedUp(
            person_id=person.id if person else None, purpose=form.purpose.data, found=person is not None
        )
        trail.record(db, looked)
        found = masked(db, person) if person else None
    return _page(form, found=found, searched=True)


def masked(db: Session, person: Person) -> Found:
    """As much of somebody as an operator sees."""
    claims = masked_claims(person)
    return Found(
        name=masked_name(person.name),
        phone=claims["phone_number"],
        login=_masked_login(person.login_name),
        documents=[
            (one.kind, mask(one.number or ""), one.verified_at is not None)
            for one in person.documents
            if one.displaced_at is None
        ],
        status=person.status,
        level=levels.identity_level(db, person.id, now()),
        created_at=person.created_at,
    )


def _masked_login(login: str | None) -> str:
    return f"{login[:2]}***{login[-1]}" if login else ""


def _page(
    form: Search, *, status: int = 200, refusal: str = "", found: Found | None = None, searched: bool = False
) -> Response:
    return show(
        "persons",
        status=status,
        form=form,
        refusal=refusal,
        found=found,
        searched=searched,
        purposes=[*Purpose],
        action=PAGE,
    )
