"""Objecting at `/account/merges` when operators are about to join an account of one's own with another."""

from contextlib import suppress
from uuid import UUID

from flask import Blueprint, redirect
from flask.typing import ResponseReturnValue

from idp.account import own
from idp.persons import merging
from idp.persons.merge_rules import MergeRefused
from idp.services import current
from idp.web.request_scope import now
from idp.web.signed_in import login_required, who

bp = Blueprint("merges", __name__, url_prefix="/account/merges")
PAGE = "/account/merges"


@bp.get("")
@login_required  # type: ignore[untyped-decorator]  # flask-login has no types
def announced() -> ResponseReturnValue:
    """What is about to be joined, and until when one may object; of the other account nothing is said."""
    with current().database.reading() as db:
        found = [
            {"id": one.id, "until": one.cools_until, "stays": one.survivor_id == who().person_id}
            for one in merging.announced_to(db, who().person_id)
        ]
    return own.show("account/merges.html", merges=found, csrf_token=own.token("merges"), action=PAGE)


@bp.post("/<uuid:merge_id>")
@login_required  # type: ignore[untyped-decorator]  # flask-login has no types
def object_to(merge_id: UUID) -> ResponseReturnValue:
    """Say no: both accounts stay as they are. What is none of theirs, or over, changes nothing."""
    if own.token_fits("merges"):
        with suppress(MergeRefused), current().database.writing() as db:
            merging.object_to(db, merge_id, who().person_id, now())
    return redirect(PAGE, 303)
