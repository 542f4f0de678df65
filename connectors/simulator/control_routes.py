"""Faults on demand, and what has happened so far."""

from http import HTTPStatus

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from connectors.simulator.faults import UnknownOrder
from connectors.simulator.registered import UnknownChange, shown
from connectors.simulator.scene import Scene, json_object

HELP = (
    "fault: one of faults, or none/clear; match: empty for every registry call, a service code, "
    "refreshappsecret, sms, ca_crl, ca_ocsp, the key of a persona or an organisation, "
    "or the SHA-256 of a number or credit code; "
    "times: 1 or more, -1 until cleared"
)
CHANGE = (
    "credit_code: a code or key; and what is to change: state (live, licence_revoked, deregistered, "
    'cancelled, moved_out, liquidation, unknown), representative ({"persona": key}), name, '
    "valid_to (a day, or null), "
    "moved_to (six digits of an authority), unknown_to (a list of registries)"
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

    @routes.post("/organisations")
    def change() -> ResponseReturnValue:
        """Change an organisation, which also puts it on the list of changes."""
        wanted = json_object()
        code = str(wanted.pop("credit_code", ""))
        try:
            changed = scene.register.change(code, wanted, scene.now())
        except UnknownChange as fault:
            return {"error": CHANGE, "fault": str(fault)}, HTTPStatus.BAD_REQUEST
        return shown(scene.register, [changed])[0]

    @routes.get("/organisations")
    def organisations() -> ResponseReturnValue:
        """Every organisation, as it is now."""
        return jsonify(shown(scene.register, scene.register.all()))

    return routes
