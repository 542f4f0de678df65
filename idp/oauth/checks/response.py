"""What kind of answer is wanted, and how it shall travel."""

from idp.oauth.asked import Asked
from idp.oauth.errors import Redirected
from idp.oauth.responses import Mode


def mode_is_known(asked: Asked) -> None:
    """The response mode is one of the client's. It comes first, since it carries the others' errors."""
    mode = asked.get("response_mode")
    if mode is None or "response_mode" in asked.parameters.repeated:
        return
    if mode not in asked.client.response_modes:
        raise Redirected("invalid_request", "response_mode is not supported")
    asked.mode = Mode(mode)


def nothing_is_repeated(asked: Asked) -> None:
    """No parameter is sent twice (RFC 6749 §3.1)."""
    if asked.parameters.repeated:
        raise Redirected("invalid_request", "a parameter was sent more than once")


def type_is_registered(asked: Asked) -> None:
    """The response type is `code`: tokens never travel through the browser (RFC 9700 §2.1.2)."""
    response_type = asked.get("response_type")
    if response_type is None:
        raise Redirected("invalid_request", "response_type is missing")
    if response_type != "code" or "code" not in asked.client.response_types:
        raise Redirected("unsupported_response_type", "only response_type code is supported")
