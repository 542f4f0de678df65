"""A request to one of the endpoints that clients call, as Authlib's core expects to find it."""

from dataclasses import dataclass, field
from datetime import datetime

from authlib.oauth2.rfc6749.requests import OAuth2Payload, OAuth2Request

from idp.clients.metadata import Client
from idp.oauth.message import Parameters, Request


class Payload(OAuth2Payload):  # type: ignore[misc]  # Authlib is not typed
    """The parameters, under Authlib's names."""

    def __init__(self, form: Parameters) -> None:
        self.form = form

    @property
    def data(self) -> Parameters:
        """What the inherited properties look into."""
        return self.form


@dataclass(slots=True)
class TokenRequest(OAuth2Request):  # type: ignore[misc]
    """Authlib's request without its look at the scheme: TLS ends before us, and the edge sees to it."""

    message: Request
    now: datetime
    client: Client = field(init=False)
    payload: Payload = field(init=False)

    def __post_init__(self) -> None:
        self.payload = Payload(self.message.form)

    @property
    def method(self) -> str:
        """The HTTP method."""
        return self.message.method

    @property
    def form(self) -> Parameters:
        """The parameters of the body."""
        return self.message.form
