"""Every refusal of the protocol, by who is told.

    OAuth2Error (Authlib)
    ├── Displayed          the person sees it: there is nowhere safe to send it
    ├── Redirected         the client gets it at its redirect URI, which has matched
    ├── Answered           the client gets it in the body: token, introspection, revocation
    └── Challenged         whoever showed an access token gets it, with WWW-Authenticate

Descriptions are our own constants and never repeat what was sent. `detail` is for the log.
"""

from enum import StrEnum
from typing import Any

from authlib.oauth2.base import OAuth2Error

from idp.oauth.message import Response, json_response


class Fault(StrEnum):
    """Why a request is shown to the person instead of being answered; pages have a text for each."""

    CLIENT_MISSING = "client_missing"
    CLIENT_UNKNOWN = "client_unknown"
    REDIRECT_MISSING = "redirect_missing"
    REDIRECT_UNKNOWN = "redirect_unknown"
    RETURN_UNKNOWN = "return_unknown"
    SERVICE_UNKNOWN = "service_unknown"
    REQUEST_UNREADABLE = "request_unreadable"
    UNAVAILABLE = "unavailable"


class Displayed(OAuth2Error):  # type: ignore[misc]  # Authlib is not typed
    """The request cannot be answered to any client (RFC 6749 §4.1.2.1, first paragraph)."""

    error = "invalid_request"

    def __init__(self, fault: Fault) -> None:
        super().__init__()
        self.fault = fault


class Redirected(OAuth2Error):  # type: ignore[misc]
    """An error for the client's redirect URI; raised only after that has matched."""

    def __init__(self, error: str, description: str = "") -> None:
        super().__init__(description=description or None, error=error)


class Answered(OAuth2Error):  # type: ignore[misc]
    """An error in the body (RFC 6749 §5.2)."""

    def __init__(self, error: str, description: str = "", status: int = 400, basic: bool = False) -> None:
        super().__init__(description=description or None, error=error, status_code=status)
        self.basic = basic


class Challenged(OAuth2Error):  # type: ignore[misc]
    """An access token is missing or not enough (RFC 6750 §3)."""

    def __init__(self, error: str | None, description: str = "", status: int = 401) -> None:
        super().__init__(description=description or None, error=error, status_code=status)


def refuse_client(basic: bool = False) -> Answered:
    """Which of the two it was is told to nobody; `basic`: the client tried HTTP Basic (RFC 6749 §5.2)."""
    description = "the client is unknown, or did not prove itself by the method it registered"
    return Answered("invalid_client", description, status=401, basic=basic)


def refuse_grant(description: str) -> Answered:
    """The code or refresh token is not good (RFC 6749 §5.2)."""
    return Answered("invalid_grant", description)


def as_response(refusal: OAuth2Error) -> Response:
    """What goes over the wire."""
    body: dict[str, Any] = {"error": refusal.error} if refusal.error else {}
    if refusal.description:
        body["error_description"] = refusal.description
    headers = []
    if isinstance(refusal, Challenged):
        quoted = "".join(f', {name}="{value}"' for name, value in body.items())
        headers = [("WWW-Authenticate", f'Bearer realm="userinfo"{quoted}')]
    elif isinstance(refusal, Answered) and refusal.basic:
        headers = [("WWW-Authenticate", 'Basic realm="token"')]
    return json_response(refusal.status_code, body, headers)
