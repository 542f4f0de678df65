"""What can stand between a visitor and the portal, and the status each is told with."""

import re
from enum import StrEnum
from http import HTTPStatus


class Reason(StrEnum):
    """Each has a title, an explanation and a way on in `words.TROUBLES`."""

    PROVIDER_DOWN = "provider_down"
    PROVIDER_BUSY = "provider_busy"
    PROVIDER_CHANGED = "provider_changed"
    NOT_OURS = "not_ours"
    DOUBTFUL = "doubtful"
    DECLINED = "declined"
    LEVEL_TOO_LOW = "level_too_low"
    ONE_WAY_ONLY = "one_way_only"
    REFUSED = "refused"
    ENDED = "ended"
    NOT_FOUND = "not_found"


STATUS = {
    Reason.PROVIDER_DOWN: HTTPStatus.SERVICE_UNAVAILABLE,
    Reason.PROVIDER_BUSY: HTTPStatus.SERVICE_UNAVAILABLE,
    Reason.PROVIDER_CHANGED: HTTPStatus.BAD_GATEWAY,
    Reason.NOT_OURS: HTTPStatus.BAD_REQUEST,
    Reason.DOUBTFUL: HTTPStatus.BAD_GATEWAY,
    Reason.DECLINED: HTTPStatus.OK,
    Reason.LEVEL_TOO_LOW: HTTPStatus.FORBIDDEN,
    Reason.ONE_WAY_ONLY: HTTPStatus.FORBIDDEN,
    Reason.REFUSED: HTTPStatus.BAD_GATEWAY,
    Reason.ENDED: HTTPStatus.UNAUTHORIZED,
    Reason.NOT_FOUND: HTTPStatus.NOT_FOUND,
}

MEANING = {  # RFC 6749 §4.1.2.1, OpenID Connect Core §3.1.2.6, Unmet Authentication Requirements 1.0
    "access_denied": Reason.DECLINED,
    "login_required": Reason.DECLINED,
    "interaction_required": Reason.DECLINED,
    "consent_required": Reason.DECLINED,
    "account_selection_required": Reason.DECLINED,
    "unmet_authentication_requirements": Reason.LEVEL_TOO_LOW,
    "temporarily_unavailable": Reason.PROVIDER_BUSY,
    "server_error": Reason.PROVIDER_BUSY,
}


class Trouble(Exception):
    """Ends the request with a page about `reason`; `code` is the protocol's own word, for support staff."""

    def __init__(self, reason: Reason, code: str = "") -> None:
        super().__init__(reason.value)
        self.reason = reason
        self.code = code if re.fullmatch(r"[a-z_]{1,60}", code) else ""


NO_SECOND_WAY = "the person has not signed in a second way"
"""The description by which the provider tells a missing second way from a missing level."""


def from_error(error: str, description: str = "") -> Trouble:
    """Turn an error response of the provider into what the visitor is told."""
    if MEANING.get(error) is Reason.LEVEL_TOO_LOW and description == NO_SECOND_WAY:
        return Trouble(Reason.ONE_WAY_ONLY, error)
    return Trouble(MEANING.get(error, Reason.REFUSED), error)
