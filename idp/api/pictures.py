"""`/api/v1/sign-ins/<id>/qr`: a screen of a client's own asks a phone that is signed in.

What a page shows comes as data: the text of the picture, the number for who cannot scan, and the two digits
once a phone has come. The phone's side is our pages alone. The screen asks every few seconds what has become
of it, and each question is answered at once.
"""

from http import HTTPStatus
from typing import Any

from flask import Blueprint
from pydantic import BaseModel, Field

from idp.api import callers
from idp.api.asking import Nothing, Status
from idp.api.callers import Refused, like
from idp.api.devices import Device
from idp.api.stepping import INTERVAL, asked, at_device, judged, polling, status
from idp.authenticators import qr as pairing_rules
from idp.authenticators.qr import State
from idp.authenticators.throttle import Wait
from idp.clients.metadata import Client
from idp.persons.models import Realm
from idp.services import current
from idp.sign_in import qr
from idp.sign_in.proof import Proving
from idp.web.request_scope import now

bp = Blueprint("api_pictures", __name__, url_prefix="/api/v1/sign-ins")
ONE = "/<sign_in>/qr"
SHOWN: dict[str, Any] = {
    "state": "waiting",
    "content": "https://id.example.gov.cn/account/qr/p4Yt…",
    "number": "40519273",
    "typed_at": "id.example.gov.cn/account/qr",
    "interval": INTERVAL,
    "expires_in": 120,
}


class Picture(BaseModel):
    """What the screen shows, and how it stands."""

    state: State
    content: str | None = Field(default=None, description="The text of the picture to draw.")
    number: str | None = Field(default=None, description="For who cannot scan, with `typed_at`.")
    typed_at: str | None = None
    shown: str | None = Field(
        default=None, description="Two digits to show in large: the phone asks for them."
    )
    interval: int = Field(description="Seconds to wait between two questions.")
    expires_in: int

    model_config = like(SHOWN)


class PictureAsked(Status):
    """Where the sign-in stands, and the picture while it waits for a phone."""

    qr: Picture | None = None

    model_config = like(
        {"sign_in": "…", "next": "sign-in", "ways": ["password", "qr"], "expires_in": 1800, "qr": SHOWN}
    )


@bp.post(ONE)
@at_device
def begin(_client: Client, sign_in: str, device: Device) -> dict[str, Any]:
    """Ask by a new picture; one that was shown before is worth nothing any more."""
    callers.sent(Nothing)
    asking = qr.begun(_asked(device))
    if isinstance(asking, Wait):
        raise Refused(HTTPStatus.TOO_MANY_REQUESTS, "throttled", seconds=asking.seconds)
    return status(sign_in, device, qr=_shown(asking))


@bp.post(f"{ONE}/state")
@polling
def look(_client: Client, sign_in: str, device: Device) -> dict[str, Any]:
    """What has become of it; once a phone has confirmed, the answer is the next step, to one question."""
    callers.sent(Nothing)
    proving = _asked(device)
    if qr.WAY not in proving.kept:
        raise Refused(HTTPStatus.CONFLICT, "not_due", "show a picture first")
    pairing = qr.pairing_of(proving)
    if pairing is None or pairing.state is not State.CONFIRMED:
        return status(sign_in, device, qr=_shown(proving))
    outcome = qr.picked_up(proving, pairing)
    if outcome is None:  # asked twice at once, and the other question has it
        return status(sign_in, device)
    return status(sign_in, judged(sign_in, device, proving, outcome))


def _asked(device: Device) -> Proving:
    proving = asked(device)
    if proving.interaction.realm != Realm.CITIZEN or qr.WAY not in current().extras:
        raise Refused(HTTPStatus.CONFLICT, "not_due", "this way is none here")
    return proving


def _shown(proving: Proving) -> dict[str, Any]:
    """While it waits, everything; from then on the digits alone, for nobody else shall come."""
    pairing = qr.pairing_of(proving)
    state = qr.state_of(pairing)
    told: dict[str, Any] = {"state": state.value, "interval": INTERVAL, "expires_in": 0}
    if pairing is None or state not in {State.WAITING, State.CLAIMED}:
        return told
    left = pairing_rules.LIFETIME - (now() - pairing.asking.at)
    told["expires_in"] = max(0, int(left.total_seconds()))
    if state is State.CLAIMED:
        return told | {"shown": pairing.shown}
    return told | {
        "content": qr.address_of(proving),
        "number": pairing.number,
        "typed_at": qr.typed_at(),
    }
