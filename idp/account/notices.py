"""The inbox: opening it marks everything as read, and one may be left for later."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from flask import Blueprint, redirect, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.account import own
from idp.notices import inbox
from idp.notices.models import Notice
from idp.organisations.models import Organisation
from idp.services import current
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
            about=_organisations(db, told),
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


def _organisations(db: Session, told: Sequence[Notice]) -> Mapping[UUID, str]:
    """The names of the organisations that notices are about; names are public."""
    ids = {notice.id: _id(str(notice.details.get("organisation", ""))) for notice in told}
    query = select(Organisation).where(Organisation.id.in_({one for one in ids.values() if one}))
    names = {organisation.id: organisation.name for organisation in db.scalars(query)}
    return {notice_id: names[one] for notice_id, one in ids.items() if one in names}


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
