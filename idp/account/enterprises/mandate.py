"""One mandate: what it says, how it came about, and ending it: taken back, revoked, given back, objected to.

Ending shows first what else ends with it, and takes a fresh second factor; so does saying no to a link, which
cannot be taken back. An offer that nobody has answered is taken back with one press.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from flask import Blueprint, abort, redirect
from flask.typing import ResponseReturnValue
from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from idp.account import own
from idp.account.enterprises import acting
from idp.account.enterprises.acting import LIST, Acting
from idp.account.enterprises.changing import may_renew
from idp.account.enterprises.shown import shown
from idp.account.methods.guard import proven_twice
from idp.mandates import ending, granting, linking, roster, statement, telling
from idp.mandates.ending import EndRefused
from idp.mandates.granting import GrantRefused
from idp.mandates.linking import LinkRefused
from idp.mandates.models import Mandate, State
from idp.oauth.models import Authorization
from idp.services import current
from idp.web import languages
from idp.web.request_scope import now
from idp.web.signed_in import login_required, who

bp = Blueprint("mandate", __name__, url_prefix=f"{LIST}/<uuid:organisation_id>/mandates/<uuid:mandate_id>")
OPEN = (State.ACTIVE, State.SUSPENDED, State.COOLING)


@dataclass(frozen=True)
class Story:
    """How a mandate came about, as far as the reader may know."""

    granted_by: str
    """Empty where a registry, an operator or somebody whose name is not theirs to read did."""
    signed_at: datetime | None
    accepted_at: datetime | None
    ended_at: datetime | None
    basis: str


@bp.get("")
@login_required  # type: ignore[untyped-decorator]  # flask-login has no types
def see(organisation_id: UUID, mandate_id: UUID) -> ResponseReturnValue:
    """What it says, and what may be done with it."""
    with current().database.reading() as db:
        here, mandate = _found(db, organisation_id, mandate_id)
        return _page(db, here, mandate)


@bp.post("/cancel")
@login_required  # type: ignore[untyped-decorator]  # flask-login has no types
def cancel(organisation_id: UUID, mandate_id: UUID) -> ResponseReturnValue:
    """Take an offer back that nobody has answered."""
    try:
        with current().database.writing() as db:
            here, mandate = _found(db, organisation_id, mandate_id)
            if not own.token_fits(_step("cancel", mandate)):
                return redirect(_url(here, mandate), 303)
            if not here.may_end(db, mandate):
                abort(404)
            granting.cancel(db, mandate, who().person_id, now())
    except GrantRefused as refused:
        return _again(organisation_id, mandate_id, f"grant_{refused.reason}")
    return redirect(f"{here.url}?said=cancelled", 303)


@bp.get("/object")
@proven_twice
def ask_to_object(organisation_id: UUID, mandate_id: UUID) -> ResponseReturnValue:
    """What saying no to a link means."""
    with current().database.reading() as db:
        here, mandate = _cooling(db, organisation_id, mandate_id)
        return _preview(db, here, mandate, step="object")


@bp.post("/object")
@proven_twice
def object_to(organisation_id: UUID, mandate_id: UUID) -> ResponseReturnValue:
    """Say no to what was linked at a window, while its cooling-off lasts."""
    try:
        with current().database.writing() as db:
            here, mandate = _cooling(db, organisation_id, mandate_id)
            if not own.token_fits(_step("object", mandate)):
                return redirect(f"{_url(here, mandate)}/object", 303)
            linking.object_to(db, mandate.id, here.path, now())
    except LinkRefused:
        return _again(organisation_id, mandate_id, "end_not_open")
    return redirect(_url(here, mandate), 303)


@bp.get("/end")
@proven_twice
def preview(organisation_id: UUID, mandate_id: UUID) -> ResponseReturnValue:
    """What else ends with it."""
    with current().database.reading() as db:
        here, mandate = _endable(db, organisation_id, mandate_id)
        return _preview(db, here, mandate)


@bp.post("/end")
@proven_twice
def end(organisation_id: UUID, mandate_id: UUID) -> ResponseReturnValue:
    """End it, and what rests on it."""
    try:
        with current().database.writing() as db:
            here, mandate = _endable(db, organisation_id, mandate_id)
            if not own.token_fits(_step("end", mandate)):
                return redirect(f"{_url(here, mandate)}/end", 303)
            gone = ending.revoke(db, here.path, mandate, "revoked", now())
            telling.agents(db, gone, "mandate.ended", now(), but=who().person_id)
    except EndRefused as refused:
        with current().database.reading() as db:
            here, mandate = _endable(db, organisation_id, mandate_id)
            return _preview(db, here, mandate, f"end_{refused.reason}", 409)
    return redirect(f"{here.url}?said=ended", 303)


@bp.get("/resign")
@proven_twice
def ask_to_resign(organisation_id: UUID, mandate_id: UUID) -> ResponseReturnValue:
    """What giving it back means."""
    with current().database.reading() as db:
        here, mandate = _own(db, organisation_id, mandate_id)
        return _preview(db, here, mandate, step="resign")


@bp.post("/resign")
@proven_twice
def resign(organisation_id: UUID, mandate_id: UUID) -> ResponseReturnValue:
    """Give one's own mandate back."""
    try:
        with current().database.writing() as db:
            here, mandate = _own(db, organisation_id, mandate_id)
            if not own.token_fits(_step("resign", mandate)):
                return redirect(f"{_url(here, mandate)}/resign", 303)
            gone = ending.resign(db, mandate, who().person_id, now())
            telling.agents(db, gone, "mandate.ended", now(), but=who().person_id)
            _tell_grantor(db, mandate)
    except EndRefused as refused:
        with current().database.reading() as db:
            here, mandate = _own(db, organisation_id, mandate_id)
            return _preview(db, here, mandate, f"end_{refused.reason}", 409, step="resign")
    return redirect(f"{LIST}?said=resigned", 303)


def _tell_grantor(db: Session, mandate: Mandate) -> None:
    """Whoever granted it hears that it was given back."""
    telling.grantors(db, [mandate], "mandate.resigned", now())


def _found(db: Session, organisation_id: UUID, mandate_id: UUID) -> tuple[Acting, Mandate]:
    here = acting.acting_for(db, organisation_id)
    return here, acting.mandate_of(db, here, mandate_id)


def _endable(db: Session, organisation_id: UUID, mandate_id: UUID) -> tuple[Acting, Mandate]:
    here, mandate = _found(db, organisation_id, mandate_id)
    if not here.may_end(db, mandate):
        abort(404)
    return here, mandate


def _own(db: Session, organisation_id: UUID, mandate_id: UUID) -> tuple[Acting, Mandate]:
    here, mandate = _found(db, organisation_id, mandate_id)
    if mandate.agent_person_id != who().person_id:
        abort(404)
    return here, mandate


def _cooling(db: Session, organisation_id: UUID, mandate_id: UUID) -> tuple[Acting, Mandate]:
    """What was linked at a window and is not in force yet, for who leads the organisation."""
    here, mandate = _found(db, organisation_id, mandate_id)
    if not here.administers or mandate.state != State.COOLING:
        abort(404)
    return here, mandate


def _url(here: Acting, mandate: Mandate) -> str:
    return f"{here.url}/mandates/{mandate.id}"


def _step(what: str, mandate: Mandate) -> str:
    return f"mandate.{what}|{mandate.id}"


def _again(organisation_id: UUID, mandate_id: UUID, refusal: str) -> Response:
    with current().database.reading() as db:
        here, mandate = _found(db, organisation_id, mandate_id)
        return _page(db, here, mandate, refusal, 409)


def _story(db: Session, here: Acting, mandate: Mandate) -> Story:
    granted_by = ""
    if here.administers and mandate.granted_by is not None:
        granted_by = roster.people(db, [mandate.granted_by]).get(mandate.granted_by, "")
    return Story(granted_by, mandate.signed_at, mandate.accepted_at, mandate.ended_at, mandate.basis)


def _page(db: Session, here: Acting, mandate: Mandate, refusal: str = "", status: int = 200) -> Response:
    (one,) = shown(db, here, [mandate], languages.of_request())
    terms, names = acting.terms_of(here.organisation, mandate), acting.names_of(db, mandate)
    return own.show(
        "account/enterprises/mandate.html",
        status=status,
        refusal=refusal,
        organisation=here.organisation,
        mandate=one,
        story=_story(db, here, mandate),
        sentence=statement.sentence(terms, names, agent=one.agent),
        sentence_in_english=statement.sentence(terms, names, "en", one.agent),
        is_open=mandate.state in OPEN,
        is_waiting=mandate.state == State.INVITED,
        may_renew=may_renew(here, mandate),
        administers=here.administers,
        csrf_token=own.token(_step("cancel", mandate)),
        url=_url(here, mandate),
        back_url=here.url,
    )


def _sign_ins(db: Session, mandates: Sequence[Mandate]) -> int:
    """How many sessions somebody has entered a service in under these."""
    ids = [one.id for one in mandates]
    query = select(func.count(Authorization.session_id.distinct())).where(
        or_(Authorization.mandate_id.in_(ids), Authorization.through_id.in_(ids)),
        Authorization.ended_at.is_(None),
    )
    return db.scalar(query) or 0


def _preview(
    db: Session,
    here: Acting,
    mandate: Mandate,
    refusal: str = "",
    status: int = 200,
    step: str = "end",
) -> Response:
    found = ending.preview(db, mandate)
    one, *below = shown(db, here, [mandate, *found.below], languages.of_request())
    return own.show(
        "account/enterprises/end.html",
        status=status,
        refusal=refusal,
        organisation=here.organisation,
        mandate=one,
        below=below,
        sign_ins=_sign_ins(db, [mandate, *found.below]),
        what=step,
        administers=here.administers,
        csrf_token=own.token(_step(step, mandate)),
        action=f"{_url(here, mandate)}/{step}",
        back_url=_url(here, mandate),
    )
