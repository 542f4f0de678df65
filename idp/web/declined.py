"""Where somebody stays who said no, or could not go on, at a service whose protocol cannot be told."""

from urllib.parse import quote, urlencode

from flask import Blueprint
from flask import request as asked
from werkzeug.wrappers import Response

from idp.services import current
from idp.web import languages, showing
from idp.web.pages import render

bp = Blueprint("declined", __name__)
REASONS = ("access_denied", "unmet_level", "no_second_way", "unfinished")


def address(client_id: str, reason: str) -> str:
    """The page's address for one client."""
    return "/declined?" + urlencode({"client_id": client_id, "reason": reason}, quote_via=quote)


@bp.get("/declined")
def page() -> Response:
    """Say that nothing was told to the service, and how to come back to it."""
    client = current().clients.find(asked.args.get("client_id", ""))
    reason = asked.args.get("reason")
    return render(
        "interaction/declined.html",
        service=showing.client_name(client, languages.of_request()) if client else None,
        service_url=client.homepage if client else None,
        reason=reason if reason in REASONS else REASONS[0],
        home_url="/account",
    )
