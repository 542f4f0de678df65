"""The platform's three routes: the secret's refresh, the SOAP proxy, the REST proxy."""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, jsonify, request

from connectors.catalogue import IDENTITY_CHECK, REAL_PERSON
from connectors.gateway import REFRESH_SECRET, REFRESH_SID, REST_PROXY, SOAP_PROXY
from connectors.simulator import identity_check
from connectors.simulator.credentials import PING
from connectors.simulator.faults import FaultKind
from connectors.simulator.likeness import Studio
from connectors.simulator.offices import Offices
from connectors.simulator.platform import Refusal
from connectors.simulator.scene import Scene, json_object
from idp.simulator.mischief import GARBAGE


def exchange_routes(scene: Scene, studio: Studio, offices: Offices) -> Blueprint:
    routes = Blueprint("exchange", __name__)
    check, faces = (scene.credentials.sids[name] for name in (IDENTITY_CHECK, REAL_PERSON))
    sid = f"{scene.credentials.prefix}sid"

    @routes.post(REFRESH_SECRET)
    def refresh_secret() -> Response:
        """Step one of the two: the working secret."""
        values = json_object()
        fault = scene.board.meet(REFRESH_SID, named_only=True)

        def answer() -> Response:
            granted = jsonify(scene.platform.refresh(values))
            return Response(GARBAGE) if fault is FaultKind.GARBAGE else granted

        return scene.answered(REFRESH_SID, fault, answer)

    @routes.post(SOAP_PROXY)
    def soap_proxy() -> Response:
        """The population base's identity check."""
        asked = identity_check.read(request.get_data())
        secret = scene.platform.admit(asked.values)
        _require(asked.values[sid] == check)
        fault = scene.board.meet(check, asked.number)

        def answer() -> Response:
            body = identity_check.answer(asked, scene.population, scene.credentials, fault)
            return _vouched(scene, asked.values, body, secret, fault, "text/xml; charset=utf-8")

        return scene.answered(check, fault, answer)

    @routes.post(REST_PROXY)
    def rest_proxy() -> Response:
        """Registries of organisations, comparison of faces, a service that says back what it was told."""
        values = {name.lower().replace("-", "_"): value for name, value in request.headers.items()}
        secret = scene.platform.admit(values)
        called, posted = values[sid], json_object()
        _require(called in (PING, faces) or offices.serve(called))
        fault = scene.board.meet(called, _about(called, posted))

        def answer() -> Response:
            said: Mapping[str, object] = {"code": "200", "message": "成功", "data": posted}
            if called == faces:
                said = studio.call(posted, request.host_url, fault)
            elif offices.serve(called):
                said = offices.call(called, posted, fault)
            return _vouched(scene, values, json.dumps(said).encode(), secret, fault, "application/json")

        return scene.answered(called, fault, answer)

    def _about(called: str, posted: Mapping[str, Any]) -> str:
        """The number by which a fault can mean this call."""
        if called == faces:
            return str(posted.get("number", ""))
        return offices.code(called, posted) if offices.serve(called) else ""

    return routes


def _require(served: bool) -> None:
    if not served:
        raise Refusal(HTTPStatus.NOT_FOUND, "-1", "无此服务")


def _vouched(
    scene: Scene, values: dict[str, str], body: bytes, secret: str, fault: FaultKind | None, content_type: str
) -> Response:
    """The signed answer, or what a fault of trust makes of it."""
    if fault is FaultKind.EXPIRED_SECRET:
        raise Refusal(HTTPStatus.UNAUTHORIZED, "E-102", "签名错误或密钥已过期")
    if fault is FaultKind.GARBAGE:
        body = GARBAGE
    signed_with = "another secret" if fault is FaultKind.WRONG_SIGNATURE else secret
    return Response(body, headers=scene.platform.signed(values, body, signed_with), content_type=content_type)
