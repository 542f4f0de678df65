"""Organisations at `/admin/organisations`: found by their code or a part of their name; one with its people.

What is typed is posted; names of persons are masked, and who sees another part of the country finds nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from flask import Blueprint, abort, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import StringField

from admin_ui import divisions, mandated
from admin_ui.access import HOME, Permission, needs, who
from admin_ui.showing import show
from idp.departments import tree
from idp.mandates import graph, roster
from idp.mandates.models import Mandate
from idp.mandates.scope import Scope
from idp.mandates.statement import Name
from idp.organisations import claim, finding, history
from idp.organisations.models import Organisation, OrganisationRecord
from idp.persons.identifiers import MalformedNumber
from idp.services import current
from idp.web import forms, languages
from idp.web.request_scope import now
from idp.web.showing import masked_name

bp = Blueprint("organisations", __name__, url_prefix=f"{HOME}/organisations")
PAGE = f"{HOME}/organisations"
READ = Permission.READ_ORGANISATIONS
LINES = 50
LONGEST = 200


class Search(forms.Fields):
    """A credit code or an older number in full, or a part of a name."""

    typed = StringField(
        filters=[forms.trimmed],
        validators=[
            forms.required("organisation_typed_required"),
            forms.holds(range(2, LONGEST + 1), "organisation_typed_short", "typed_long"),
        ],
    )


@dataclass(frozen=True)
class Line:
    """One thing that happened to an organisation."""

    at: datetime
    what: str
    who: str
    agent: str
    reason: str
    matter: str
    """Its name, with its code beside it."""


@bp.route("", methods=["GET", "POST"])
@needs(READ)
def find() -> ResponseReturnValue:
    """Ask, and show what was found."""
    form = Search(request.form)
    if request.method == "GET":
        return _page(form)
    if not form.validate():
        return _page(form, status=400)
    with current().database.reading() as db:
        return _page(form, found=_found(db, form.typed.data))


@bp.get("/<uuid:organisation_id>")
@needs(READ)
def see(organisation_id: UUID) -> ResponseReturnValue:
    """Its facts, its people as a table and as a drawing, what happened to it."""
    with current().database.reading() as db:
        organisation = seen(db, organisation_id)
        found = roster.members(db, organisation.id, most=roster.SHOWN + 1)
        mandates, language = found[: roster.SHOWN], languages.of_request()
        nodes = graph.tree(organisation.name, mandates, mandated.agents(db, mandates))
        return show(
            "organisation",
            organisation=organisation,
            place=tree.find(db, organisation.division),
            members=mandated.rows(db, mandates, language),
            waiting=mandated.rows(db, roster.waiting(db, organisation.id, now()), language),
            boxes=graph.laid_out(nodes),
            drawn=graph.size(nodes),
            more=len(found) > roster.SHOWN,
            lines=_lines(db, history.read(db, organisation.id, most=LINES)),
            may_open=divisions.sees(who(), Permission.OPEN_CASES, organisation.division),
        )


def seen(db: Session, organisation_id: UUID, permission: Permission = READ) -> Organisation:
    """An organisation of the administrator's own part of the country; anything else is not there."""
    organisation = db.get(Organisation, organisation_id)
    if organisation is None or not divisions.sees(who(), permission, organisation.division):
        abort(404)
    return organisation


def by_number(db: Session, typed: str, permission: Permission = READ) -> Organisation | None:
    """The organisation of a number that was typed in full, if they may see it."""
    try:
        number = claim.recognise(typed)
    except MalformedNumber:
        return None
    found = claim.by_number(db, number) if number else None
    return found if found and divisions.sees(who(), permission, found.division) else None


def _found(db: Session, typed: str) -> Sequence[Organisation]:
    exact = by_number(db, typed)
    return [exact] if exact else finding.named(db, typed, divisions.seen_by(who(), READ))


def _lines(db: Session, records: Sequence[OrganisationRecord]) -> list[Line]:
    people = roster.people(db, (one.person_id for one in records))
    agents = _agents(db, {one.mandate_id for one in records if one.mandate_id})
    codes = frozenset(filter(None, (one.details.get("matter", "") for one in records)))
    names, language = roster.names(db, [Scope(matters=codes)]).matters, languages.of_request()
    return [
        Line(
            at=one.at,
            what=one.what,
            who=masked_name(people.get(one.person_id, "")) if one.person_id else "",
            agent=agents.get(one.mandate_id, "") if one.mandate_id else "",
            reason=one.details.get("reason", ""),
            matter=_with_name(one.details.get("matter", ""), names, language),
        )
        for one in records
    ]


def _with_name(code: str, names: Mapping[str, Name], language: str) -> str:
    return f"{names[code].said(language)} {code}" if code in names else code


def _agents(db: Session, ids: set[UUID]) -> Mapping[UUID, str]:
    found = db.scalars(select(Mandate).where(Mandate.id.in_(ids))).all()
    return {key: agent.name for key, agent in mandated.agents(db, found).items()}


def _page(form: Search, *, status: int = 200, found: Sequence[Organisation] | None = None) -> Response:
    return show("organisations", status=status, form=form, found=found, most=finding.MOST, action=PAGE)
