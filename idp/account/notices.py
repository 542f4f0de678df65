"""The inbox; opening it marks everything as read."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from idp.account import own
from idp.notices import inbox
from idp.services import current
from idp.web.request_scope import now
from idp.web.signed_in import login_required, who

bp = Blueprint("notices", __name__, url_prefix="/account/notices")


@bp.get("")
@login_required  # type: ignore[untyped-decorator]  # flask-login has no types
def notices() -> ResponseReturnValue:
    """Show what the person was told; new ones are marked new this once."""
    person_id = who().person_id
    with current().database.reading() as db:
        told = inbox.of_person(db, person_id)
        page = own.show("account/notices.html", notices=told)
    with current().database.writing() as db:
        inbox.mark_read(db, person_id, now())
    return page
