"""Ask the provider what somebody may do for an organisation at this moment.

A token says what held when it was made. Before anything is done for an organisation the portal asks again, in
its own name, and says what for: the organisation's own people can read at the provider who did what.
"""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from authlib.integrations.requests_client import OAuth2Session, OAuthError

from examples.relying_party.settings import PortalSettings
from examples.relying_party.troubles import Reason, Trouble

SCOPE = "mandates"


@dataclass(frozen=True)
class Verdict:
    """Yes or no; the reason as the provider's word for it; the level this matter asks of the person."""

    allowed: bool
    reason: str
    minimum_acr: str


class Mandates:
    """The provider's mandate API, called with a token of the portal's own (client credentials)."""

    def __init__(self, settings: PortalSettings) -> None:
        self._issuer = settings.issuer
        self._client: Any = OAuth2Session(
            settings.client_id,
            settings.client_secret,
            scope=SCOPE,
            token_endpoint=f"{settings.issuer}/oauth/token",
            grant_type="client_credentials",
            leeway=10,
            default_timeout=5,
        )

    def check(
        self, person: str, organisation: str, matter: str, action: str, purpose: str, use: bool = False
    ) -> Verdict:
        """
        May this person (`act.sub`) do this for this organisation now?

        With `use` it is done now: a mandate for a single act is used up by it. Nothing is allowed while no
        answer comes: that raises requests.RequestException.
        """
        question = {"sub": person, "organisation": organisation, "matter": matter, "action": action}
        said = self._asked("check", {**question, "purpose": purpose, "use": use})
        return Verdict(said["allowed"] is True, str(said["reason"]), str(said["minimum_acr"]))

    def organisations(self, person: str, purpose: str) -> list[dict[str, Any]]:
        """For whom may this person act in this portal's matters?"""
        return list(self._asked("organisations", {"sub": person, "purpose": purpose})["organisations"])

    def _asked(self, what: str, question: dict[str, Any]) -> dict[str, Any]:
        try:
            if not self._client.token:
                self._client.fetch_token()
            answer = self._client.post(f"{self._issuer}/api/v1/mandates/{what}", json=question)
        except OAuthError as error:  # this portal itself is not let in: its registration is wrong
            raise Trouble(Reason.REFUSED, error.error) from error
        if answer.status_code == HTTPStatus.UNAUTHORIZED:
            self._client.token = None
        answer.raise_for_status()
        return dict(answer.json())
