"""The inbox: opening it marks everything as read, and one may be left for later."""

from collections.abc import Iterable
from uuid import UUID

from flask import Blueprint, redirect, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from idp.account import own
from idp.mandates import roster
from idp.notices import inbox
from idp.notices.models import Notice
from idp.services import current
from idp.web import languages
from idp.web.request_scope import now
from idp.web.signed_in import login_required, who

bp = Blueprint("notices", __name__, url_prefix="/account/notices")
PAGE = "/account/notices"


@bp.get("")
@login_required  # type: ignore[untyped-decorator]  # flask-login has no types
def notices() -> ResponseReturnValue:
    """Show what the person was told; new ones are marked new this once."""
    person_id, before = who().person_id, _id(request.args.get("before", ""))
    unread_only, kept = request.args.get("show") == "unread", "kept" in request.args
    with current().database.reading() as db:
        told = inbox.of_person(db, person_id, inbox.SHOWN + 1, before, unread_only)
        page = own.show(
            "account/notices.html",
            notices=told[: inbox.SHOWN],
            organisations=_organisations(db, told),
            matters=_matters(db, told),
            unread_only=unread_only,
            older_url=f"{PAGE}?before={told[inbox.SHOWN - 1].id}" if len(told) > inbox.SHOWN else None,
            csrf_token=own.token("notices"),
            action=PAGE,
        )
    if not kept:
        with current().database.writing() as db:
            inbox.mark_read(db, person_id, now())
    return page


@bp.post("")
@login_required  # type: ignore[untyped-decorator]  # flask-login has no types
def leave_for_later() -> ResponseReturnValue:
    """Mark one as unread again (`unread=<id>`)."""
    notice_id = _id(request.form.get("unread", ""))
    if notice_id and own.token_fits("notices"):
        with current().database.writing() as db:
            inbox.mark_unread(db, who().person_id, notice_id)
    return redirect(f"{PAGE}?kept=yes", 303)


def _organisations(db: Session, told: Iterable[Notice]) -> dict[UUID, str]:
    """The names of the organisations that notices are about, by the notices' ids."""
    about = {one.id: _id(str(one.details.get("organisation", ""))) for one in told}
    found = roster.organisations(db, about.values())
    return {key: found[value].name for key, value in about.items() if value is not None and value in found}


def _matters(db: Session, told: Iterable[Notice]) -> dict[UUID, str]:
    """The names of the matters that notices are about, or their codes, by the notices' ids."""
    about = {one.id: str(one.details["matter"]) for one in told if "matter" in one.details}
    found, language = roster.matters(db, about.values()), languages.of_request()
    return {key: found[code].said(language) if code in found else code for key, code in about.items()}


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
