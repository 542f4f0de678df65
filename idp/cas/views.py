"""The CAS routes that show pages, and what the interaction calls back (`services.RelyingProtocol`)."""

from urllib.parse import quote, urlencode

from flask import Blueprint, Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from idp import clock
from idp.cas import sso
from idp.cas.tickets import Cas
from idp.clients import services
from idp.interaction.record import Facts, Interaction
from idp.oauth.errors import Fault
from idp.oauth.machine import ANSWER
from idp.oauth.responses import FormPost, Redirect, Shown
from idp.oauth.views import fault, form_post
from idp.services import Goto, PostTo
from idp.web import declined


class ServiceTickets:
    """Answers the service when the interaction has ended."""

    def __init__(self, cas: Cas) -> None:
        self._cas = cas

    def finish(self, interaction: Interaction, facts: Facts) -> Goto | PostTo:
        """A ticket; what cannot be answered begins anew and shows its fault."""
        answer = sso.finish(self._cas, interaction, facts, clock.now())
        if isinstance(answer, Redirect):
            return Goto(answer.url)
        if isinstance(answer, FormPost):
            return PostTo(answer.action, answer.fields)
        return Goto(self.restart(interaction))

    def decline(self, interaction: Interaction, reason: str) -> Goto | PostTo:
        """The protocol has no word for no, and a service that gets no ticket would ask again."""
        return Goto(declined.address(interaction.demand.client_id, reason))

    def restart(self, interaction: Interaction) -> str:
        """Where the same request begins again."""
        return sso.restart(interaction.request)


def create_blueprint(cas: Cas) -> Blueprint:
    """The pages under `/cas/`."""
    pages = Blueprint("cas", __name__)

    @pages.get("/cas/login")
    def login() -> Response:
        answer = request.environ.get(ANSWER)
        if isinstance(answer, FormPost):
            return form_post(answer)
        return fault(answer.fault if isinstance(answer, Shown) else Fault.REQUEST_UNREADABLE)

    @pages.get("/cas/logout")
    def logout() -> AnyResponse:
        """On to the one page that signs out; a service counts if it is registered (CAS 3.0 §2.3.1)."""
        service = services.normalised(request.args.get("service"))
        client = cas.entrances.of_service(service) if service else None
        if service is None or client is None:
            return redirect("/oauth/logout", 303)
        asked = {"client_id": client.id, "post_logout_redirect_uri": service}
        return redirect(f"/oauth/logout?{urlencode(asked, quote_via=quote)}", 303)

    return pages
