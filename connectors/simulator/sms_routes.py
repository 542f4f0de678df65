"""The SMS gateway that delivers to an inbox anybody can read."""

from datetime import datetime
from http import HTTPStatus

from flask import Blueprint, Response, jsonify, request

from connectors import signing
from connectors.simulator.faults import FaultKind
from connectors.simulator.platform import CLOCK_SKEW, Refusal
from connectors.simulator.scene import Scene, json_object
from connectors.sms import SIGNATURE, TIMESTAMP, sign_message
from idp.simulator.mischief import GARBAGE

SMS = "sms"
"""The name by which a fault's match means these routes."""


def sms_routes(scene: Scene) -> Blueprint:
    routes = Blueprint("sms", __name__, url_prefix="/sms")

    @routes.post("/send")
    def send() -> Response:
        """Take a signed message; the same reference is taken once."""
        _require_signature(scene.credentials.sms_key, scene.now())
        posted = json_object()
        message = {name: str(posted.get(name, "")) for name in ("phone", "text", "reference")}
        if not message["phone"] or not message["text"]:
            raise Refusal(HTTPStatus.BAD_REQUEST, "-1", "缺少手机号码或内容")
        channel = "voice" if posted.get("channel") == "voice" else "text"
        fault = scene.board.meet(SMS, named_only=True)

        def answer() -> Response:
            message_id = scene.inbox.receive(**message, at=scene.now(), channel=channel)
            taken = jsonify(code="0", message_id=message_id)
            return Response(GARBAGE) if fault is FaultKind.GARBAGE else taken

        return scene.answered(SMS, fault, answer)

    @routes.get("/inbox")
    def inbox() -> Response:
        """Messages, newest first; with ``?phone=`` those to one phone."""
        return jsonify([message.shown() for message in scene.inbox.of(request.args.get("phone", ""))])

    return routes


def _require_signature(key: str, now: datetime) -> None:
    timestamp, signature = request.headers.get(TIMESTAMP, ""), request.headers.get(SIGNATURE, "")
    well_formed = timestamp.isascii() and timestamp.isdigit() and len(timestamp) == 13
    if not well_formed or abs(now.timestamp() - int(timestamp) / 1000) > CLOCK_SKEW.total_seconds():
        raise Refusal(HTTPStatus.UNAUTHORIZED, "-1", "请求时间超出允许范围")
    if not signing.same(sign_message(timestamp, request.get_data(), key), signature):
        raise Refusal(HTTPStatus.UNAUTHORIZED, "-1", "签名错误")
