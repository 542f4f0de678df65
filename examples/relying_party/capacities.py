"""Two more addresses, for a portal to which people come for organisations: choose anew, and be told of ends.

`/events` is the `events_uri` of the registration, for the events it names in `events_requested`.
"""

from dataclasses import dataclass, field
from http import HTTPStatus

from flask import Blueprint, Response, jsonify, request, session
from werkzeug.wrappers import Response as AnyResponse

from examples.relying_party.language import UI_LOCALES, language_of
from examples.relying_party.logout_tokens import SeenTokens
from examples.relying_party.on_behalf import SWITCH
from examples.relying_party.portal import Portal
from examples.relying_party.security_events import MEDIA_TYPE, EventRefused, follow, verify


@dataclass(frozen=True)
class Capacities:
    """As what people come, as long as it holds."""

    portal: Portal
    seen: SeenTokens = field(default_factory=SeenTokens)

    def routes(self) -> Blueprint:
        """Make the blueprint."""
        routes = Blueprint("capacities", __name__)
        routes.get("/switch")(self.switch)
        routes.post("/events")(self.hear)
        return routes

    def switch(self) -> AnyResponse:
        """Let the person choose again; the answer is a sign-in of its own, and no token is ever changed."""
        session.pop("back_to", None)
        return self.portal.provider.send_to_sign_in(UI_LOCALES[language_of(request)], prompt=SWITCH)

    def hear(self) -> Response:
        """Take one event (RFC 8935 §2.2), and end the visits it is about."""
        us = self.portal.settings
        try:
            if request.mimetype != MEDIA_TYPE:
                raise EventRefused("invalid_request")
            happened = verify(
                request.get_data(as_text=True), self.portal.keys, us.issuer, us.client_id, self.seen
            )
        except EventRefused as refused:
            answer = jsonify(err=refused.code, description="the event was not taken")
            answer.status_code = HTTPStatus.BAD_REQUEST
            return answer
        follow(happened, self.portal.visits)
        return Response(status=HTTPStatus.ACCEPTED)
