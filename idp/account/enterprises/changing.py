"""Letting a mandate allow less from now on, and renewing it by one that takes its place when accepted."""

from collections.abc import Callable
from datetime import date
from uuid import UUID

from flask import Blueprint, abort, redirect, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from idp.account import own
from idp.account.enterprises import acting, choices, drafts, inviting
from idp.account.enterprises.acting import LIST, Acting
from idp.account.enterprises.drafts import Draft, ScopeForm
from idp.account.methods.guard import proven_twice
from idp.mandates import ending, granting, roster, statement, states, telling
from idp.mandates.ending import EndRefused
from idp.mandates.models import Mandate, Role, State
from idp.mandates.scope import Scope
from idp.organisations.models import Organisation
from idp.persons.models import Person
from idp.services import current
from idp.web.request_scope import now, source
from idp.web.signed_in import login_required, who

bp = Blueprint("changing", __name__, url_prefix=f"{LIST}/<uuid:organisation_id>/mandates/<uuid:mandate_id>")
OPEN = (State.ACTIVE, State.SUSPENDED)


@bp.get("/narrow")
@proven_twice
def ask_to_narrow(organisation_id: UUID, mandate_id: UUID) -> ResponseReturnValue:
    """The boxes that are ticked now, to take some away."""
    with current().database.reading() as db:
        here, mandate = _narrowable(db, organisation_id, mandate_id)
        until = statement.last_day(mandate.valid_until) or date.max
        return _page(db, here, mandate, "narrow", drafts.filled_from(mandate.scope, until))


@bp.post("/narrow")
@proven_twice
def narrow(organisation_id: UUID, mandate_id: UUID) -> ResponseReturnValue:
    """Less, at once, here and in everything granted under it."""
    form = ScopeForm(request.form)
    with current().database.reading() as db:
        here, mandate = _narrowable(db, organisation_id, mandate_id)
        if not own.token_fits(_step("narrow", mandate)):
            return _page(db, here, mandate, "narrow", form, "form_stale", 400)
        if form.only_seeks():
            return _page(db, here, mandate, "narrow", form, *form.paced(source()))
        scope, day = drafts.scope_of(form), drafts.day_of(form)
        group_of = choices.within(db, mandate.scope).group_of
        if form.errors:
            return _page(db, here, mandate, "narrow", form, status=400)
    try:
        with current().database.writing() as db:
            here, mandate = _narrowable(db, organisation_id, mandate_id)
            until = min(drafts.end_of(day), mandate.valid_until)
            ending.narrow(db, here.path, mandate, scope, until, group_of, now())
            below = states.below(db, [mandate.id])
            telling.agents(db, [mandate, *below], "mandate.narrowed", now(), but=who().person_id)
    except EndRefused as refused:
        with current().database.reading() as db:
            return _page(db, here, mandate, "narrow", form, f"end_{refused.reason}", 409)
    return redirect(f"{here.url}/mandates/{mandate_id}", 303)


@bp.get("/renew")
@login_required  # type: ignore[untyped-decorator]  # flask-login has no types
def ask_to_renew(organisation_id: UUID, mandate_id: UUID) -> ResponseReturnValue:
    """The same again until a later day, or as it was filled in (`draft=<handle>`)."""
    with current().database.reading() as db:
        here, mandate = _renewable(db, organisation_id, mandate_id)
        draft = inviting.draft_of(here, request.args.get("draft", ""))
        if draft is not None:
            form = drafts.filled_from(draft.scope, draft.last_day, draft.may_delegate)
        else:
            day = drafts.usual_day(now(), granting.USUAL, here.path.ends_at)
            form = drafts.filled_from(mandate.scope, day, mandate.may_delegate)
        return _page(db, here, mandate, "renew", form)


@bp.post("/renew")
@login_required  # type: ignore[untyped-decorator]  # flask-login has no types
def renew(organisation_id: UUID, mandate_id: UUID) -> ResponseReturnValue:
    """On to the sentence, as for a new invitation."""
    form = ScopeForm(request.form)
    with current().database.reading() as db:
        here, mandate = _renewable(db, organisation_id, mandate_id)
        if not own.token_fits(_step("renew", mandate)):
            return _page(db, here, mandate, "renew", form, "form_stale", 400)
        if form.only_seeks():
            return _page(db, here, mandate, "renew", form, *form.paced(source()))
        draft = _renewal(db, here, mandate, drafts.scope_of(form), form)
        if form.errors:
            return _page(db, here, mandate, "renew", form, status=400)
        if not (draft.phone or draft.code):  # nobody could ever accept it
            return _page(db, here, mandate, "renew", form, "renewal_unreachable", 409)
        refusal = inviting.unfit(db, here, draft, choices.within(db, here.path.own.scope))
        if refusal:
            return _page(db, here, mandate, "renew", form, refusal, 400)
    return redirect(f"{here.url}/invite/{drafts.drafts().add(draft)}", 303)


def _renewal(db: Session, here: Acting, mandate: Mandate, scope: Scope, form: ScopeForm) -> Draft:
    """To the same agent, by the phone they have now; the grantor need not know it."""
    phone, name, code = "", "", ""
    if mandate.agent_organisation_id is not None:
        code = db.get_one(Organisation, mandate.agent_organisation_id).credit_code
    else:
        person = db.get_one(Person, mandate.agent_person_id)
        phone, name = person.phone or "", person.name or ""
    role = Role(mandate.role)
    return Draft(
        organisation_id=here.organisation.id,
        grantor_id=who().person_id,
        role=role,
        scope=scope,
        last_day=drafts.day_of(form),
        may_delegate=bool(form.may_delegate.data) and role is Role.AGENT and not code,
        phone=phone,
        name=name,
        code=code,
        supersedes=mandate.id,
    )


def _narrowable(db: Session, organisation_id: UUID, mandate_id: UUID) -> tuple[Acting, Mandate]:
    return _open(db, organisation_id, mandate_id, lambda here, mandate: here.may_end(db, mandate))


def _renewable(db: Session, organisation_id: UUID, mandate_id: UUID) -> tuple[Acting, Mandate]:
    return _open(db, organisation_id, mandate_id, may_renew)


def may_renew(here: Acting, mandate: Mandate) -> bool:
    """Whether the reader may offer it anew: to others, in a role that is theirs to give."""
    gives = granting.GRANTED_BY[here.path.own.role] if here.may_grant else frozenset[Role]()
    return mandate.role in gives and mandate.agent_person_id != who().person_id and mandate.state in OPEN


def _open(
    db: Session, organisation_id: UUID, mandate_id: UUID, may: Callable[[Acting, Mandate], bool]
) -> tuple[Acting, Mandate]:
    here = acting.acting_for(db, organisation_id)
    mandate = acting.mandate_of(db, here, mandate_id)
    if mandate.state not in OPEN or not may(here, mandate):
        abort(404)
    return here, mandate


def _step(what: str, mandate: Mandate) -> str:
    return f"mandate.{what}|{mandate.id}"


def _page(
    db: Session,
    here: Acting,
    mandate: Mandate,
    what: str,
    form: ScopeForm,
    refusal: str = "",
    status: int = 200,
) -> Response:
    bound = mandate.scope if what == "narrow" else here.path.own.scope
    ends = mandate.valid_until if what == "narrow" else here.path.ends_at
    url, held = f"{here.url}/mandates/{mandate.id}", choices.within(db, bound)
    return own.show(
        "account/enterprises/change.html",
        status=status,
        organisation=here.organisation,
        agent=roster.agents(db, [mandate])[mandate.id].name,
        what=what,
        form=form,
        refusal=refusal,
        choices=held,
        picking=form.picking(held),
        may_pass_on=what == "renew" and here.administers and mandate.agent_organisation_id is None,
        latest=statement.last_day(ends),
        csrf_token=own.token(_step(what, mandate)),
        action=f"{url}/{what}",
        back_url=url,
    )
