"""Family 家人: the children in one's care, and who says that one is in theirs."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from flask import Blueprint, redirect, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from idp.account import own
from idp.consents import texts
from idp.persons import guardians, wards
from idp.persons.identifiers import mask
from idp.persons.models import Guardianship, Person
from idp.services import current
from idp.web.request_scope import now
from idp.web.signed_in import login_required, who

bp = Blueprint("family", __name__, url_prefix="/account/family")
PAGE = "/account/family"


@dataclass(frozen=True)
class LinkShown:
    """A guardian and a minor, as one of the two sees it."""

    id: UUID
    name: str
    number: str
    relation: str
    grade: str
    since: datetime
    agreed: bool
    may_register: bool
    """A child that has become old enough for an account of their own."""


@bp.get("")
@login_required  # type: ignore[untyped-decorator]  # flask-login has no types
def family() -> ResponseReturnValue:
    """List both."""
    person_id = who().person_id
    with current().database.reading() as db:
        person = db.get_one(Person, person_id)
        children = [_child(db, one) for one in guardians.of_guardian(db, person_id)]
        mine = [_guardian(db, one) for one in guardians.of_ward(db, person_id)]
        may_add = guardians.may_be(db, person, now())
    return own.show(
        "account/family.html",
        children=children,
        guardians=mine,
        may_add=may_add,
        added=request.args.get("added", ""),
        rules=texts.TEXTS["minors"],
        csrf_token=own.token("family"),
        action=PAGE,
    )


@bp.post("")
@login_required  # type: ignore[untyped-decorator]  # flask-login has no types
def decide() -> ResponseReturnValue:
    """Say yes to a guardian (`agree=<id>`), or end a link from either side (`end=<id>`)."""
    if own.token_fits("family"):
        person_id = who().person_id
        agreed, ended = _id(request.form.get("agree", "")), _id(request.form.get("end", ""))
        with current().database.writing() as db:
            if agreed:
                guardians.agree(db, person_id, agreed, now())
            if ended:
                guardians.end(db, ended, person_id, "own_wish", now())
    return redirect(PAGE, 303)


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _child(db: Session, link: Guardianship) -> LinkShown:
    """What a guardian sees: what they said themselves, or a name and no number."""
    ward = db.get_one(Person, link.ward_id)
    theirs = ward.origin == wards.ORIGIN
    numbers = [mask(document.number or "") for document in ward.documents] if theirs else []
    young = guardians.needs_guardian(ward, now())
    return _shown(link, link.name or ward.name, "".join(numbers[:1]), may_register=theirs and not young)


def _guardian(db: Session, link: Guardianship) -> LinkShown:
    """What a minor sees: who it is."""
    return _shown(link, db.get_one(Person, link.guardian_id).name, "", may_register=False)


def _shown(link: Guardianship, name: str | None, number: str, may_register: bool) -> LinkShown:
    return LinkShown(
        id=link.id,
        name=name or "",
        number=number,
        relation=link.relation,
        grade=link.grade,
        since=link.agreed_at or link.created_at,
        agreed=link.agreed_at is not None,
        may_register=may_register,
    )
