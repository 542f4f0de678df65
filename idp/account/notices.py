"""The inbox: opening it marks everything as read, and one may be left for later."""

from uuid import UUID

from flask import Blueprint, redirect, request
from flask.typing import ResponseReturnValue

from idp.account import own
from idp.notices import inbox
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


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
