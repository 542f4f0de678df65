"""Why may this person act for this company? `/admin/organisations/<id>/why` asks the rules, link by link."""

from dataclasses import dataclass
from typing import cast
from uuid import UUID

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import SelectField, StringField

from admin_ui import citizens, mandated
from admin_ui.access import HOME, Permission, needs, who
from admin_ui.citizens import Citizen
from admin_ui.finding import Purpose
from admin_ui.mandated import Link, Row
from admin_ui.organisations import READ, seen
from admin_ui.showing import show
from idp.mandates import holdings, roster, rules
from idp.mandates.models import Mandate
from idp.mandates.rules import Reason
from idp.mandates.scope import Act
from idp.matters import catalogue
from idp.matters.catalogue import Catalogue
from idp.matters.models import Action
from idp.organisations.models import Organisation
from idp.services import current
from idp.web import forms, languages
from idp.web.request_scope import now

bp = Blueprint("explaining", __name__, url_prefix=f"{HOME}/organisations/<uuid:organisation_id>/why")
OFFERED = 300
"""So many matters are offered to choose from; any other is named by its code."""


class Question(forms.Fields):
    """Who, by a mandate of the table or by what they give; which matter and action."""

    member = SelectField(validate_choice=False)
    typed = StringField(filters=[forms.trimmed])
    purpose = SelectField(choices=[*Purpose], default=Purpose.DISPUTE)
    matter = StringField(filters=[forms.trimmed], validators=[forms.required("matter_required")])
    action = SelectField(choices=[*Action], validators=[forms.required("choose_one")], default=Action.APPLY)


@dataclass(frozen=True)
class Answer:
    """Yes or no, why, and by which way."""

    person: Citizen
    matter: str
    action: Action
    reason: Reason
    links: list[Link]

    @property
    def allowed(self) -> bool:
        """Whether they may."""
        return self.reason is Reason.ALLOWED


@bp.route("", methods=["GET", "POST"])
@needs(READ)
def why(organisation_id: UUID) -> ResponseReturnValue:
    """The question, and its answer by the rules that answer portals."""
    form = Question(request.form)
    with current().database.reading() as db:
        seen(db, organisation_id)
    if request.method == "GET" or not form.validate():
        return _page(organisation_id, form, status=200 if request.method == "GET" else 400)
    try:
        person_id = _person(organisation_id, form)
    except citizens.TooOften:
        return _page(organisation_id, form, "throttled", status=429)
    if person_id is None:
        forms.refuse(form.typed, "citizen_unknown")
        return _page(organisation_id, form, status=400)
    return _page(organisation_id, form, answer=_answer(organisation_id, person_id, form))


def _person(organisation_id: UUID, form: Question) -> UUID | None:
    """Whom the question is about; auditors choose from the table, for they look nobody up."""
    if form.typed.data and who().may(Permission.FIND_PERSONS):
        return citizens.find(form.typed.data, Purpose(form.purpose.data))
    with current().database.reading() as db:
        mandate = db.get(Mandate, _id(form.member.data))
        mine = mandate is not None and mandate.organisation_id == organisation_id
        return mandate.agent_person_id if mandate and mine else None


def _answer(organisation_id: UUID, person_id: UUID, form: Question) -> Answer:
    services = current()
    listed = cast(Catalogue, services.extras["matters"]).find(form.matter.data)
    action, language = Action(form.action.data), languages.of_request()
    known = holdings.towards(services.prepared, person_id, organisation_id, now())
    act = Act(listed, action) if listed else None
    verdict = rules.may(known.towards(organisation_id), known.sides, act, now())
    with services.database.reading() as db:
        name = listed.name if listed else form.matter.data
        if listed and language != languages.CHINESE:
            name = listed.name_en or listed.name
        return Answer(
            person=citizens.shown(db, person_id),
            matter=name,
            action=action,
            reason=verdict.reason,
            links=mandated.links(db, verdict.path, language) if verdict.path else [],
        )


def _page(
    organisation_id: UUID,
    form: Question,
    refusal: str = "",
    *,
    status: int = 200,
    answer: Answer | None = None,
) -> Response:
    with current().database.reading() as db:
        organisation = db.get_one(Organisation, organisation_id)
        return show(
            "why",
            status=status,
            organisation=organisation,
            form=form,
            refusal=refusal,
            answer=answer,
            members=_members(db, organisation_id),
            matters=catalogue.listed(db)[:OFFERED],
            actions=[*Action],
            purposes=[*Purpose],
            may_find=who().may(Permission.FIND_PERSONS),
            action=f"{HOME}/organisations/{organisation_id}/why",
        )


def _members(db: Session, organisation_id: UUID) -> list[Row]:
    found = mandated.rows(db, roster.members(db, organisation_id), languages.of_request())
    return [one for one in found if not one.agent_is_organisation]


def _id(text: str | None) -> UUID:
    try:
        return UUID(text or "")
    except ValueError:
        return UUID(int=0)
