"""Inviting somebody to act: one form, one sentence to sign with a second factor, one page that says what now.

Whether the phone has an account stays unsaid: a message goes to it, and a notice to the inbox there may be.
"""

from dataclasses import replace
from uuid import UUID

from flask import Blueprint, abort, redirect, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from idp.account import own
from idp.account.enterprises import acting, announcing, choices, drafts, seeking
from idp.account.enterprises.acting import Acting
from idp.account.enterprises.choices import Choices
from idp.account.enterprises.drafts import Draft, InvitationForm
from idp.account.methods.guard import proven_twice
from idp.account.organisations import registry_of
from idp.authenticators import throttle
from idp.mandates import granting, refresh, roster, statement
from idp.mandates.granting import GrantRefused, Somebody, Why
from idp.mandates.models import Role
from idp.mandates.statement import GAP, Terms
from idp.matters import catalogue
from idp.organisations.models import Organisation
from idp.services import current
from idp.web import languages
from idp.web.request_scope import now, source
from idp.web.signed_in import login_required, who

bp = Blueprint("inviting", __name__, url_prefix="/account/organisations/<uuid:organisation_id>/invite")
STEP = "invite"
OF_INVITEE = frozenset({"phone_malformed", "invitee_name_malformed", "credit_code_malformed"})
"""Faults after which there is nobody to ask about."""
_OF_SCOPE = frozenset({Why.NOTHING_NAMED, Why.BEYOND_OWN})
MOOT = {
    "sheet_matter_unknown": _OF_SCOPE,
    "grant_nothing_named": _OF_SCOPE,
    "grant_no_action": _OF_SCOPE,
    "action_unknown": _OF_SCOPE,
    "day_malformed": frozenset({Why.ENDS_BEFORE_IT_BEGINS, Why.TOO_LONG, Why.OUTLIVES_OWN}),
}
"""What a fault of the form makes pointless to say beside it."""


@bp.get("")
@login_required  # type: ignore[untyped-decorator]  # flask-login has no types
def ask(organisation_id: UUID) -> ResponseReturnValue:
    """The form, empty, or as it was filled in (`draft=<handle>`)."""
    with current().database.reading() as db:
        here = _granting(db, organisation_id)
        draft = draft_of(here, request.args.get("draft", ""))
        if draft is not None and draft.supersedes is not None:  # to a phone that the grantor need not know
            draft = None
        form = drafts.filled(draft) if draft else InvitationForm()
        if draft is None:
            until = here.path.ends_at
            form.until.data = drafts.usual_day(now(), granting.USUAL, until).isoformat()
            form.q.data = seeking.as_sought(request.args.get("q"))
        if form.q.data:
            return _form(db, here, form, *form.paced(source()))
        return _form(db, here, form)


@bp.post("")
@login_required  # type: ignore[untyped-decorator]  # flask-login has no types
def check(organisation_id: UUID) -> ResponseReturnValue:
    """Read the form, say what cannot be granted, and go on to the sentence."""
    form = InvitationForm(request.form)
    with current().database.reading() as db:
        here = _granting(db, organisation_id)
        if not own.token_fits(STEP):
            return _form(db, here, form, "form_stale", 400)
        if form.only_seeks():
            return _form(db, here, form, *form.paced(source()))
        if throttle.pace(current().state, source(), "invitation", current().limits):
            return _form(db, here, form, "throttled", 429)
        draft = _read(form, here)
        if form.errors:
            return _form(db, here, form, status=400)
        refusal = unfit(db, here, draft, choices.within(db, here.path.own.scope))
        if refusal:
            return _form(db, here, form, refusal, 400)
    return redirect(f"{here.url}/invite/{drafts.drafts().add(draft)}", 303)


@bp.get("/<handle>")
@proven_twice
def confirm(organisation_id: UUID, handle: str) -> ResponseReturnValue:
    """The sentence; once it is signed, what happens now."""
    with current().database.reading() as db:
        here = _granting(db, organisation_id)
        draft = draft_of(here, handle)
        return redirect(f"{here.url}/invite", 303) if draft is None else _sentence(db, here, draft, handle)


@bp.post("/<handle>")
@proven_twice
def sign(organisation_id: UUID, handle: str) -> ResponseReturnValue:
    """Sign it: exactly once, under what the grantor holds at this moment."""
    with current().database.reading() as db:
        here = _granting(db, organisation_id)
        draft = draft_of(here, handle)
        if draft is None:
            return redirect(f"{here.url}/invite", 303)
        if draft.sent:
            return redirect(f"{here.url}/invite/{handle}", 303)
        if not own.token_fits(f"{STEP}|{handle}"):
            return _sentence(db, here, draft, handle, "form_stale", 400)
        if not drafts.drafts().spend(handle):
            return redirect(f"{here.url}/invite/{handle}", 303)
        risky = draft.scope.everything or catalogue.is_risky(db, draft.scope.matters, draft.scope.groups)
    if risky:  # what the registry says this minute, before anybody is let in that far (domain: life cycle)
        refresh.before_risk(current().database, registry_of(current()), organisation_id, now())
    try:
        link = _offer(here, draft)
    except GrantRefused as refused:
        with current().database.reading() as db:
            return _sentence(db, here, draft, handle, f"grant_{refused.reason}", 409)
    drafts.drafts().revise(handle, replace(draft, sent=link))
    return redirect(f"{here.url}/invite/{handle}", 303)


def _offer(here: Acting, draft: Draft) -> str:
    """Sign under the path that stands now, and tell whom it is for; gives the handle of the link."""
    with current().database.writing() as db:
        again = acting.acting_for(db, here.organisation.id)
        return signed(db, again, draft, choices.within(db, again.path.own.scope))


def signed(db: Session, here: Acting, draft: Draft, held: Choices) -> str:
    """Sign one and tell whom it is for; gives the handle of its link, raises GrantRefused."""
    invitee, names = _invitee(db, draft), roster.names(db, [draft.scope])
    made = draft.offer(now(), statement.sentence(_terms(here.organisation, draft), names))
    vault = current().vault
    offered = granting.offer(db, vault, here.path, invitee, made, held.group_of, now())
    announcing.to_invitee(db, invitee, offered.mandate, languages.of_request())
    return offered.handle


def _granting(db: Session, organisation_id: UUID) -> Acting:
    here = acting.acting_for(db, organisation_id)
    if not here.may_grant:
        abort(404)
    return here


def draft_of(here: Acting, handle: str) -> Draft | None:
    """A draft of this person for this organisation."""
    found = drafts.drafts().find(handle)
    mine = found is not None and (found.organisation_id, found.grantor_id) == (
        here.organisation.id,
        who().person_id,
    )
    return found if mine else None


def _read(form: InvitationForm, here: Acting) -> Draft:
    phone, name, code = drafts.invitee_of(form)
    role = drafts.role_of(form)
    return Draft(
        organisation_id=here.organisation.id,
        grantor_id=who().person_id,
        role=role,
        scope=drafts.scope_of(form),
        last_day=drafts.day_of(form),
        may_delegate=bool(form.may_delegate.data) and role is Role.AGENT and not code,
        phone=phone,
        name=name,
        code=code,
    )


def unfit(db: Session, here: Acting, draft: Draft, held: Choices) -> str:
    """Why it cannot be signed, before anybody is asked for a second factor; empty if it can.

    `held` is what the grantor's own mandate lets them give.
    """
    invitee = _found(db, draft)
    if invitee is None:
        return "organisation_unknown"
    if not held.offers(draft.scope):
        return "grant_beyond_own"
    made = draft.offer(now())
    why = granting.unfit(here.path, here.organisation, made, held.group_of, now()) or granting.unfit_together(
        db, current().vault, here.path, invitee, made
    )
    return f"grant_{why}" if why else ""


def all_unfit(db: Session, here: Acting, draft: Draft, held: Choices, known: frozenset[str]) -> list[str]:
    """Everything for which it cannot be signed, without what merely follows from faults `known` before."""
    moot = frozenset[Why]().union(*(MOOT.get(fault, frozenset()) for fault in known))
    made, invitee = draft.offer(now()), None if known & OF_INVITEE else _found(db, draft)
    whys = list(granting.all_unfit(here.path, here.organisation, made, held.group_of, now()))
    if not held.offers(draft.scope):
        whys.append(Why.BEYOND_OWN)
    if invitee is not None:
        together = granting.unfit_together(db, current().vault, here.path, invitee, made)
        whys += [together] if together else []
    unknown = ["organisation_unknown"] if invitee is None and not known & OF_INVITEE else []
    return [*unknown, *(f"grant_{why}" for why in dict.fromkeys(whys) if why not in moot)]


def _found(db: Session, draft: Draft) -> Somebody | Organisation | None:
    if not draft.code:
        return Somebody(draft.phone, draft.name)
    return db.scalar(select(Organisation).where(Organisation.credit_code == draft.code))


def _invitee(db: Session, draft: Draft) -> Somebody | Organisation:
    found = _found(db, draft)
    if found is None:
        raise GrantRefused(granting.Why.NOT_THE_INVITEE)
    return found


def _terms(organisation: Organisation, draft: Draft) -> Terms:
    return Terms(
        organisation=organisation.name,
        role=draft.role,
        scope=draft.scope,
        valid_until=drafts.end_of(draft.last_day),
        may_delegate=draft.may_delegate,
    )


def _change_url(here: Acting, draft: Draft, handle: str) -> str:
    """Where what was typed can be changed: the form it came from."""
    if draft.supersedes is None:
        return f"{here.url}/invite?draft={handle}"
    return f"{here.url}/mandates/{draft.supersedes}/renew?draft={handle}"


def _form(db: Session, here: Acting, form: InvitationForm, refusal: str = "", status: int = 200) -> Response:
    held: Choices = choices.within(db, here.path.own.scope)
    return own.show(
        "account/enterprises/invite.html",
        status=status,
        organisation=here.organisation,
        form=form,
        refusal=refusal,
        choices=held,
        picking=form.picking(held),
        roles=[role for role in drafts.OFFERED if role in granting.GRANTED_BY[here.path.own.role]],
        may_pass_on=here.administers,
        latest=statement.last_day(here.path.ends_at),
        csrf_token=own.token(STEP),
        action=f"{here.url}/invite",
        back_url=here.url,
    )


def _sentence(
    db: Session, here: Acting, draft: Draft, handle: str, refusal: str = "", status: int = 200
) -> Response:
    names, terms = roster.names(db, [draft.scope]), _terms(here.organisation, draft)
    found = _found(db, draft)
    agent = found.name if found is not None else GAP
    return own.show(
        "account/enterprises/sent.html" if draft.sent else "account/enterprises/confirm.html",
        status=status,
        organisation=here.organisation,
        refusal=refusal,
        everything=draft.scope.everything,
        sentence=statement.sentence(terms, names, languages.CHINESE, agent),
        sentence_in_english=statement.sentence(terms, names, "en", agent),
        agent=agent,
        to_organisation=bool(draft.code),
        phone=draft.phone.removeprefix("+86"),
        link=f"{current().settings.issuer}/account/invitations/{draft.sent}" if draft.sent else "",
        answer_within=granting.ANSWER_WITHIN.days,
        csrf_token=own.token(f"{STEP}|{handle}"),
        action=f"{here.url}/invite/{handle}",
        change_url=_change_url(here, draft, handle),
        renewal=draft.supersedes is not None,
        back_url=here.url,
    )
