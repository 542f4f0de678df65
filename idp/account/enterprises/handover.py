"""交接: what a former representative left, for the new one to confirm or end in one list."""

from uuid import UUID

from flask import Blueprint, abort, redirect, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from idp.account import own
from idp.account.enterprises import acting
from idp.account.enterprises.acting import LIST, Acting
from idp.account.enterprises.shown import shown
from idp.account.methods.guard import proven_twice
from idp.mandates import states, succession
from idp.mandates.models import Role
from idp.services import current
from idp.web import languages
from idp.web.request_scope import now
from idp.web.signed_in import who

bp = Blueprint("handover", __name__, url_prefix=f"{LIST}/<uuid:organisation_id>/handover")
STEP = "handover"


@bp.get("")
@proven_twice
def ask(organisation_id: UUID) -> ResponseReturnValue:
    """Everything that waits, each with a choice and none of them made."""
    with current().database.reading() as db:
        return _page(db, _representing(db, organisation_id))


@bp.post("")
@proven_twice
def decide(organisation_id: UUID) -> ResponseReturnValue:
    """Confirm some (`<id>=confirm`), end others (`<id>=end`); what is left blank waits on."""
    with current().database.reading() as db:
        here = _representing(db, organisation_id)
        if not own.token_fits(STEP):
            return _page(db, here, "form_stale", 400)
    chosen, by = (_chosen("confirm"), _chosen("end")), who().person_id
    try:
        with current().database.writing() as db:
            organisation = states.hold(db, organisation_id)
            _representing(db, organisation_id)
            decided = succession.decide(db, organisation, *chosen, now(), by=by)
    except LookupError:  # another came to represent it meanwhile
        abort(404)
    return redirect(f"{here.url}/handover" if decided.left else f"{here.url}?said=decided", 303)


def _chosen(what: str) -> list[UUID]:
    chosen = (key for key, value in request.form.items() if value == what)
    return [one for one in map(_id, chosen) if one is not None]


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _representing(db: Session, organisation_id: UUID) -> Acting:
    """Its representative, while the organisation lives."""
    here = acting.acting_for(db, organisation_id)
    if here.role is not Role.REPRESENTATIVE or not acting.stands_now(here):
        abort(404)
    return here


def _page(db: Session, here: Acting, refusal: str = "", status: int = 200) -> Response:
    left = succession.left_behind(db, here.organisation.id)
    waiting = [one for one in left if one.valid_until > now()]
    return own.show(
        "account/enterprises/handover.html",
        status=status,
        refusal=refusal,
        organisation=here.organisation,
        mandates=shown(db, here, waiting, languages.of_request()),
        csrf_token=own.token(STEP),
        action=f"{here.url}/handover",
        back_url=here.url,
    )
