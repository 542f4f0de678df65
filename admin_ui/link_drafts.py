"""Opening a case at `/admin/links/new`: whom for which organisation, what until when, then the letter.

Between the steps the case is a draft of this operator's, for half an hour; nothing is kept before the letter
is there and its sentence was shown.
"""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import cast
from uuid import UUID

from flask import Blueprint, abort, redirect, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import Field, StringField

from admin_ui import citizens, divisions, organisations, papers
from admin_ui.access import HOME, Permission, needs, who
from admin_ui.deciding import decider, why
from admin_ui.finding import Purpose
from admin_ui.showing import show
from idp import clock
from idp.account.enterprises import choices, drafts
from idp.account.enterprises.choices import Choices
from idp.account.enterprises.drafts import ScopeForm
from idp.keys.vault import Vault
from idp.mandates import granting, linking, roster, statement
from idp.mandates.linking import Letter, LinkRefused
from idp.mandates.models import LinkCase, Role
from idp.mandates.scope import WHOLE, Scope
from idp.mandates.statement import Terms
from idp.organisations.models import Organisation
from idp.organisations.reviews import GRADES, Paper
from idp.persons.models import Person
from idp.services import current
from idp.storage.state import Collection, StateStore
from idp.web import forms, languages
from idp.web.request_scope import now

bp = Blueprint("link_drafts", __name__, url_prefix=f"{HOME}/links/new")
NEW = f"{HOME}/links/new"
OPEN = Permission.OPEN_CASES
LIFETIME = 1800.0


@dataclass(frozen=True)
class LinkDraft:
    """A case that is not opened yet."""

    operator_id: UUID
    organisation_id: UUID
    agent_id: UUID
    scope: Scope = Scope()
    last_day: date | None = None


class Whom(forms.Fields):
    """Which organisation, by its code, and whom, by what they give."""

    code = StringField(filters=[forms.compact], validators=[forms.required("credit_code_malformed")])
    typed = StringField(filters=[forms.trimmed], validators=[forms.required("typed_required")])


class LetterForm(forms.Fields):
    """The letter, how good a paper it is, and which one it is."""

    letter = Field()
    grade = papers.grade()
    reason = why()


def create_link_drafts(state: StateStore, vault: Vault) -> Collection[LinkDraft]:
    """Where they are; `wsgi.py` keeps it in `Services.extras["link_drafts"]`."""
    return Collection(state, LinkDraft, "link-draft", LIFETIME, vault.sealer("link-draft"))


def _drafts() -> Collection[LinkDraft]:
    return cast("Collection[LinkDraft]", current().extras["link_drafts"])


@bp.route("", methods=["GET", "POST"])
@needs(OPEN)
def whom() -> ResponseReturnValue:
    """Ask for both, who stand before the operator: the code on the letter, the agent's document."""
    form = Whom(request.form)
    if request.method == "GET":
        form.code.data = request.args.get("code", "")
        return _whom(form)
    if not form.validate():
        return _whom(form, status=400)
    with current().database.reading() as db:
        organisation = organisations.by_number(db, form.code.data, OPEN)
        organisation_id = organisation.id if organisation else None
    if organisation_id is None:
        forms.refuse(form.code, "organisation_unknown_here")
        return _whom(form, status=400)
    try:
        agent_id = citizens.find(form.typed.data, Purpose.COUNTER)
    except citizens.TooOften:
        return _whom(form, "throttled", 429)
    if agent_id is None:
        forms.refuse(form.typed, "citizen_unknown")
        return _whom(form, status=400)
    handle = _drafts().add(LinkDraft(who().person_id, organisation_id, agent_id))
    return redirect(f"{NEW}/{handle}", 303)


@bp.route("/<draft>", methods=["GET", "POST"])
@needs(OPEN)
def what(draft: str) -> ResponseReturnValue:
    """Ask what the letter names, within which limits, until when."""
    known = _known(draft)
    if known is None:
        return redirect(NEW, 303)
    if request.method == "GET":
        last_day = known.last_day or clock.day(now()) + granting.USUAL
        return _what(draft, known, drafts.filled_from(known.scope, last_day))
    form = ScopeForm(request.form)
    if form.only_seeks():
        return _what(draft, known, form, *form.paced(who().person_id.hex))
    scope, last_day = drafts.scope_of(form), drafts.day_of(form)
    with current().database.reading() as db:
        offered = _offered(db)
    if not form.errors and not offered.offers(scope):
        forms.refuse(form.matter, "grant_beyond_own")
    if not clock.day(now()) <= last_day < clock.day(now()) + granting.LONGEST:
        forms.refuse(form.until, "link_too_long")
    if form.errors:
        return _what(draft, known, form, "", 400)
    _drafts().revise(draft, replace(known, scope=scope, last_day=last_day))
    return redirect(f"{NEW}/{draft}/paper", 303)


@bp.route("/<draft>/paper", methods=["GET", "POST"])
@needs(OPEN, fresh=True)
def letter(draft: str) -> ResponseReturnValue:
    """Show the sentence, take the letter, open the case."""
    known = _known(draft)
    if known is None or known.last_day is None:
        return redirect(f"{NEW}/{draft}" if known else NEW, 303)
    form = LetterForm(request.form)
    if request.method == "GET":
        return _letter(draft, known, form)
    form.validate()
    paper = papers.uploaded(form.letter)
    if form.errors or paper is None:
        papers.again(form.letter)
        return _letter(draft, known, form, status=400)
    if not _drafts().spend(draft):
        return redirect(f"{HOME}/links", 303)
    try:
        case = _open(known, paper, form)
    except LinkRefused as refused:
        again = _drafts().add(known)
        papers.again(form.letter)
        return _letter(again, known, form, f"link_{refused.reason}", 409)
    return redirect(f"{HOME}/links/{case.id}", 303)


def _open(known: LinkDraft, paper: Paper, form: LetterForm) -> LinkCase:
    services = current()
    assert known.last_day is not None
    with services.database.writing() as db:
        organisation, offered = organisations.seen(db, known.organisation_id, OPEN), _offered(db)
        kept = statement.sentence(_terms(organisation, known), roster.names(db, [known.scope]))
        until = drafts.end_of(known.last_day)
        letter = Letter(paper, form.grade.data, known.scope, until, form.reason.data, kept)
        return linking.open_case(
            db,
            services.vault,
            decider(db),
            organisation.id,
            db.get_one(Person, known.agent_id),
            letter,
            offered.group_of,
            now(),
        )


def _known(draft: str) -> LinkDraft | None:
    """The draft, if it is this operator's; in another part of the country there is none."""
    found = _drafts().find(draft)
    if found is None:
        return None
    with current().database.reading() as db:
        division = db.get_one(Organisation, found.organisation_id).division
    if not divisions.sees(who(), OPEN, division):
        abort(404)
    return found if found.operator_id == who().person_id else None


def _offered(db: Session) -> Choices:
    """Everything in the catalogue by name; a letter does not make somebody a second representative."""
    return replace(choices.within(db, WHOLE), everything=False)


def _terms(organisation: Organisation, known: LinkDraft) -> Terms:
    assert known.last_day is not None
    return Terms(organisation.name, Role.AGENT, known.scope, drafts.end_of(known.last_day))


def _whom(form: Whom, refusal: str = "", status: int = 200) -> Response:
    return show("link_whom", status=status, form=form, refusal=refusal, action=NEW)


def _what(draft: str, known: LinkDraft, form: ScopeForm, refusal: str = "", status: int = 200) -> Response:
    with current().database.reading() as db:
        offered = _offered(db)
        return show(
            "link_what",
            status=status,
            form=form,
            refusal=refusal,
            organisation=db.get_one(Organisation, known.organisation_id),
            agent=citizens.shown(db, known.agent_id),
            choices=offered,
            picking=form.picking(offered),
            action=f"{NEW}/{draft}",
        )


def _letter(draft: str, known: LinkDraft, form: LetterForm, refusal: str = "", status: int = 200) -> Response:
    with current().database.reading() as db:
        organisation = db.get_one(Organisation, known.organisation_id)
        agent = citizens.shown(db, known.agent_id)
        terms, names = _terms(organisation, known), roster.names(db, [known.scope])
        return show(
            "link_letter",
            status=status,
            form=form,
            refusal=refusal,
            organisation=organisation,
            agent=agent,
            sentence=statement.sentence(terms, names, languages.CHINESE, agent.name),
            sentence_in_english=statement.sentence(terms, names, "en", agent.name),
            grades=GRADES,
            hours=linking.COOLING // timedelta(hours=1),
            action=f"{NEW}/{draft}/paper",
            back_url=f"{NEW}/{draft}",
        )
