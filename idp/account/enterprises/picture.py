"""授权关系图: the mandates of an organisation as a drawing made here, with the same as a table beside it."""

from uuid import UUID

from flask import Blueprint
from flask.typing import ResponseReturnValue

from idp.account import own
from idp.account.enterprises import acting
from idp.account.enterprises.acting import LIST
from idp.account.enterprises.shown import shown
from idp.mandates import graph, roster
from idp.services import current
from idp.web import languages
from idp.web.signed_in import login_required

bp = Blueprint("picture", __name__, url_prefix=f"{LIST}/<uuid:organisation_id>/picture")


@bp.get("")
@login_required  # type: ignore[untyped-decorator]  # flask-login has no types
def draw(organisation_id: UUID) -> ResponseReturnValue:
    """The first hundred; who has more reads the list."""
    with current().database.reading() as db:
        here = acting.administering(db, organisation_id)
        found = roster.members(db, organisation_id, most=roster.SHOWN + 1)
        mandates = found[: roster.SHOWN]
        nodes = graph.tree(here.organisation.name, mandates, roster.agents(db, mandates))
        members = shown(db, here, mandates, languages.of_request())
    return own.show(
        "account/enterprises/picture.html",
        organisation=here.organisation,
        boxes=graph.laid_out(nodes),
        drawn=graph.size(nodes),
        members=members,
        more=len(found) > roster.SHOWN,
        url=here.url,
    )
