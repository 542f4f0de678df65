"""Faults on demand, and what has happened so far."""

from http import HTTPStatus

from flask import Blueprint
from flask.typing import ResponseReturnValue

from connectors.simulator.faults import UnknownOrder
from connectors.simulator.scene import Scene, json_object

HELP = (
    "fault: one of faults, or none/clear; match: empty for every registry call, a service code, "
    "refreshappsecret, sms, ca_crl, ca_ocsp, a persona's key or the SHA-256 of a number; "
    "times: 1 or more, -1 until cleared"
)


def control_routes(scene: Scene) -> Blueprint:
    routes = Blueprint("control", __name__, url_prefix="/control")

    @routes.post("")
    def order() -> ResponseReturnValue:
        """Put a fault in force: ``{"fault","match","times"}``."""
        posted = json_object()
        fault, match, times = posted.get("fault"), posted.get("match") or "", posted.get("times", 1)
        try:
            if not isinstance(fault, str) or not isinstance(match, str) or type(times) is not int:
                raise UnknownOrder("shape")
            scene.board.order(fault, match, times)
        except UnknownOrder:
            return {"error": HELP, "faults": scene.board.state()["faults"]}, HTTPStatus.BAD_REQUEST
        return scene.board.state()

    @routes.get("")
    def state() -> ResponseReturnValue:
        """The faults in force and those met."""
        return scene.board.state()

    @routes.get("/calls")
    def calls() -> ResponseReturnValue:
        """How often each service was called, and how it ended."""
        return {"refreshes": scene.platform.refreshes, **scene.calls.state()}

    return routes
