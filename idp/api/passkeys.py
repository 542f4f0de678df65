"""`/api/v1/sign-ins/<id>/passkey`: the question for a device's passkeys as data, and its answer.

The passkeys are those of our host: an app asks for them as one that belongs to it, and an answer made for any
other relying party or origin is worth nothing.
"""

import json
from http import HTTPStatus
from typing import Any, Literal

from flask import Blueprint
from pydantic import BaseModel, Field

from idp.api import callers
from idp.api.asking import Nothing, Status
from idp.api.callers import Asked, Refused, like
from idp.api.devices import Device
from idp.api.stepping import asked, at_device, judged, status
from idp.authenticators.ceremonies import RelyingParty
from idp.clients.metadata import Client
from idp.sign_in import passkey
from idp.sign_in.proof import Proving
from idp.web import zones

bp = Blueprint("api_passkeys", __name__, url_prefix="/api/v1/sign-ins")
ONE = "/<sign_in>/passkey"
QUESTION: dict[str, Any] = {
    "challenge": "mK3v…",
    "timeout": 300000,
    "rpId": "id.example.gov.cn",
    "allowCredentials": [],
    "userVerification": "required",
}
SIGNED: dict[str, Any] = {
    "id": "9x2L…",
    "rawId": "9x2L…",
    "type": "public-key",
    "response": {
        "clientDataJSON": "eyJ0…",
        "authenticatorData": "SZYN…",
        "signature": "MEUC…",
        "userHandle": "AZMf…",
    },
}


class Credential(Asked):
    """What the device gave: a PublicKeyCredential with an assertion, as JSON (WebAuthn Level 3 §5.1)."""

    credential: dict[str, Any] = Field(repr=False)

    model_config = like({"credential": SIGNED})


class PasskeyOptions(BaseModel):
    """What goes to `navigator.credentials.get`, or to what a phone's system has instead of it."""

    public_key: dict[str, Any] = Field(description="PublicKeyCredentialRequestOptionsJSON.")
    mediation: Literal["conditional", "required"] = Field(
        description="conditional: it may be offered beside a login field at once, whoever sits there."
    )

    model_config = like({"public_key": QUESTION, "mediation": "conditional"})


class PasskeyAsked(Status):
    """Where the sign-in stands, and the question."""

    passkey: PasskeyOptions

    model_config = like(
        {
            "sign_in": "…",
            "next": "sign-in",
            "ways": ["password", "passkey"],
            "expires_in": 1800,
            "passkey": {"public_key": QUESTION, "mediation": "conditional"},
        }
    )


@bp.post(f"{ONE}/options")
@at_device
def options(_client: Client, sign_in: str, device: Device) -> dict[str, Any]:
    """A challenge of this sign-in; passkeys are named only once it is known whose must answer."""
    callers.sent(Nothing)
    proving = asked(device)
    question = passkey.question(proving, _party(proving))
    mediation = "conditional" if proving.confirms is None else "required"
    return status(sign_in, device, passkey={"public_key": question, "mediation": mediation})


@bp.post(ONE)
@at_device
def prove(_client: Client, sign_in: str, device: Device) -> dict[str, Any]:
    """Judge what the device has signed; the challenge is spent by the first right answer."""
    given, proving = callers.sent(Credential), asked(device)
    outcome = passkey.judge(proving, _party(proving), json.dumps(given.credential))
    return status(sign_in, judged(sign_in, device, proving, outcome))


def _party(proving: Proving) -> RelyingParty:
    party = zones.passkey_party()
    if party is None or not passkey.may(proving):
        raise Refused(HTTPStatus.CONFLICT, "not_due", "this way is none here")
    return party
