"""The provider as this portal sees it: an OpenID Connect client made with Authlib's Flask integration."""

from dataclasses import dataclass
from typing import Any

import requests
from authlib.integrations.flask_client import OAuth, OAuthError
from flask import Flask, request, session
from joserfc.errors import JoseError
from werkzeug.wrappers import Response

from examples.relying_party.on_behalf import joined
from examples.relying_party.settings import PortalSettings
from examples.relying_party.troubles import Reason, Trouble, from_error

REFRESH_EARLIER = 10  # seconds before an access token ends


@dataclass(frozen=True)
class SignedIn:
    """The person's claims, and the tokens with which the portal may ask for more."""

    person: dict[str, Any]
    tokens: dict[str, Any]


class Provider:
    """Sends people to sign in, checks what comes back, keeps tokens fresh and says goodbye."""

    def __init__(self, app: Flask, settings: PortalSettings, scope: str, acr_values: str = "") -> None:
        self._settings = settings
        self._wishes = {"scope": scope, "acr_values": acr_values}
        self._client: Any = OAuth(app, update_token=keep_fresh_tokens).register(
            "provider",
            client_id=settings.client_id,
            client_secret=settings.client_secret,
            server_metadata_url=f"{settings.issuer}/.well-known/openid-configuration",
            client_kwargs={  # no scope: Authlib would repeat it at each refresh, even what was declined
                "code_challenge_method": "S256",
                "default_timeout": 5,
                "leeway": REFRESH_EARLIER,
            },
        )

    def send_to_sign_in(self, ui_locales: str, **wished: str) -> Response:
        """
        Redirect with a fresh state, nonce and PKCE challenge (RFC 7636), which the visit remembers.

        `wished` are further parameters, such as prompt, or acr_values and max_age for more than usual.
        """
        self._known_issuer()
        wishes = self._wishes | {"ui_locales": ui_locales, **wished}
        to: Response = self._client.authorize_redirect(
            self._settings.redirect_uri, **{name: value for name, value in wishes.items() if value}
        )
        return to

    def finish_sign_in(self) -> SignedIn:
        """Check the response and exchange its code; raise Trouble when anything is not as it must be."""
        self._response_is_ours()
        if "error" in request.args:
            self._forget_request()
            raise from_error(request.args["error"], request.args.get("error_description", ""))
        try:
            tokens = dict(self._client.authorize_access_token(claims_options=self._expected_claims()))
            id_token = tokens.pop("userinfo")
            person = self._client.userinfo(token=tokens)
        except OAuthError as error:
            raise Trouble(Reason.REFUSED, error.error) from error
        except (JoseError, KeyError, ValueError) as error:
            raise Trouble(Reason.DOUBTFUL) from error
        if person.get("sub") != id_token["sub"]:  # OpenID Connect Core §5.3.4
            raise Trouble(Reason.DOUBTFUL)
        return SignedIn(joined(person, id_token), tokens)

    def call(self, url: str, posted: dict[str, str] | None = None) -> requests.Response:
        """Call an API in the person's name, refreshing the access token when it has run out."""
        tokens = session.get("tokens")
        if tokens is None:
            raise Trouble(Reason.ENDED)
        try:
            answer: requests.Response = (
                self._client.get(url, token=tokens)
                if posted is None
                else self._client.post(url, json=posted, token=tokens)
            )
        except OAuthError as error:  # no refresh token, or it is no longer honoured
            raise Trouble(Reason.ENDED, error.error) from error
        return answer

    def person_now(self) -> dict[str, Any]:
        """Ask what the provider says about the signed-in person at this moment."""
        answer = self.call(self._known_issuer()["userinfo_endpoint"])
        if answer.status_code in (401, 403):
            raise Trouble(Reason.ENDED)
        answer.raise_for_status()
        return dict(answer.json())

    def send_to_sign_out(self, id_token: str, ui_locales: str) -> Response:
        """Redirect to where the sign-in itself ends and all portals are told (RP-Initiated Logout 1.0 §2)."""
        self._known_issuer()
        to: Response = self._client.logout_redirect(
            self._settings.signed_out_uri, id_token, client_id=self._settings.client_id, ui_locales=ui_locales
        )
        return to

    def sign_out_was_ours(self) -> bool:
        """Tell whether the provider's answer belongs to a sign-out that began in this browser."""
        try:
            self._client.validate_logout_response()
        except OAuthError:
            return False
        return True

    def _response_is_ours(self) -> None:
        """Check `state` and `iss` before reading anything else, errors included (RFC 9207 §2.4)."""
        if self._client.framework.get_state_data(session, request.args.get("state", "")) is None:
            raise Trouble(Reason.NOT_OURS)
        if request.args.get("iss") != self._settings.issuer:
            self._forget_request()
            raise Trouble(Reason.NOT_OURS)

    def _forget_request(self) -> None:
        self._client.framework.clear_state_data(session, request.args["state"])

    def _expected_claims(self) -> dict[str, dict[str, Any]]:
        return {
            "iss": {"essential": True, "value": self._settings.issuer},
            "aud": {"essential": True, "value": self._settings.client_id},
        }

    def _known_issuer(self) -> dict[str, Any]:
        """Return the provider's configuration, having seen that it is our issuer's (Discovery 1.0 §4.3)."""
        configuration: dict[str, Any] = self._client.load_server_metadata()
        if configuration.get("issuer") != self._settings.issuer:
            raise Trouble(Reason.PROVIDER_CHANGED)
        return configuration


def keep_fresh_tokens(_name: str, tokens: dict[str, Any], **_spent: str | None) -> None:
    """Remember refreshed tokens; the last ID token stays if none came, since signing out needs one."""
    session["tokens"] = {**session.get("tokens", {}), **tokens}
