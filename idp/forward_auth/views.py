"""The page of what cannot be followed, and what the interaction calls back (`services.RelyingProtocol`)."""

from urllib.parse import quote, urlencode

from flask import Blueprint, Response, request

from idp import clock
from idp.forward_auth import entering
from idp.forward_auth.verdicts import ForwardAuth
from idp.interaction.record import Facts, Interaction
from idp.oauth.errors import Fault
from idp.oauth.machine import ANSWER
from idp.oauth.responses import Redirect, Shown
from idp.oauth.views import fault
from idp.services import Goto, PostTo
from idp.web import declined

bp = Blueprint("forward_auth", __name__)


class Handovers:
    """Brings people to the protected site when the interaction has ended."""

    def __init__(self, forward: ForwardAuth) -> None:
        self._forward = forward

    def finish(self, interaction: Interaction, facts: Facts) -> Goto | PostTo:
        """A handover; what cannot be answered begins anew and shows its fault."""
        answer = entering.finish(self._forward, interaction, facts, clock.now())
        return Goto(answer.url if isinstance(answer, Redirect) else self.restart(interaction))

    def decline(self, interaction: Interaction, reason: str) -> Goto | PostTo:
        """A site that knows no protocol cannot be told."""
        return Goto(declined.address(interaction.demand.client_id, reason))

    def restart(self, interaction: Interaction) -> str:
        """Where the same request begins again."""
        return f"/forward-auth/start?{urlencode(interaction.request, quote_via=quote)}"


@bp.get("/forward-auth/start")
def start() -> Response:
    """What is wrong with a way in that leads nowhere."""
    answer = request.environ.get(ANSWER)
    return fault(answer.fault if isinstance(answer, Shown) else Fault.REQUEST_UNREADABLE)
