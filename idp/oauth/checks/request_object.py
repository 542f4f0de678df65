"""Requests wrapped in a JWT (RFC 9101) or sent by reference are not taken; saying so beats ignoring them."""

from idp.oauth.asked import Asked
from idp.oauth.errors import Redirected

REFUSED = {
    "request": "request_not_supported",
    "request_uri": "request_uri_not_supported",
    "registration": "registration_not_supported",
}
"""Parameter → the error that names it (OIDC Core §3.1.2.6). None of them is ever fetched or parsed."""


def is_absent(asked: Asked) -> None:
    """No request object comes along."""
    for parameter, error in REFUSED.items():
        if asked.get(parameter) is not None:
            raise Redirected(error, f"the parameter {parameter} is not supported")
