"""A province that speaks CAS 3, with attributes."""

from html import escape
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from federation.simulator.docking import Desk, Visit, attributes
from federation.simulator.faults import Lie
from federation.simulator.province import SANDBOX, Province

XML = "application/xml"


def table(url: str) -> dict[str, Any]:
    """The settings of a city that docks here."""
    return {
        "protocol": "cas",
        "title": "省级统一身份认证平台",
        "issuer": f"{url}/cas",
        "client_id": SANDBOX.id,
        "trust": {"levels": {"1": 1, "2": 2, "3": 3, "4": 4, "5": 5}},
    }


def routes(province: Province) -> Blueprint:
    """Everything below ``/cas``."""
    cas, desk = Blueprint("province_cas", __name__, url_prefix="/cas"), Desk(province, "cas", "ST-")

    @cas.get("/login")
    def login() -> AnyResponse:
        asked = request.args
        service = asked.get("service", "")
        if asked.get("gateway") == "true" and province.seat() is None:
            return redirect(service, HTTPStatus.SEE_OTHER)
        if asked.get("renew") == "true" and "again" not in asked:
            return desk.ask_anew()
        return desk.receive(SANDBOX.id, service, "ticket")

    @cas.get("/p3/serviceValidate")
    def validate() -> Response:
        return province.answered("cas.user", lambda: _validated(province, desk))

    @cas.get("/logout")
    def logout() -> AnyResponse:
        province.signs_out()
        back = request.args.get("service", "")
        allowed = SANDBOX.may_be_answered_at(back.partition("?")[0])
        return redirect(back if allowed else "/", HTTPStatus.SEE_OTHER)

    return cas


def _validated(province: Province, desk: Desk) -> Response:
    exchanged = desk.exchange(request.args.get("ticket", ""), SANDBOX.id)
    if exchanged is None:
        return _no("INVALID_TICKET")
    visit = exchanged[1]
    if visit.back != request.args.get("service") or province.lies("cas.user", Lie.WRONG_AUDIENCE):
        return _no("INVALID_SERVICE")
    match province.lies("cas.user", Lie.GARBAGE, Lie.HUGE):
        case Lie.GARBAGE:
            return Response(
                '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>', content_type=XML
            )
        case Lie.HUGE:
            return Response("x" * 4_000_000)
    return _yes(desk, visit)


def _yes(desk: Desk, visit: Visit) -> Response:
    told = desk.told(visit)
    said = {"authenticationDate": visit.seat.at.isoformat(), **attributes(told.citizen)}
    written = "".join(f"<cas:{name}>{escape(value)}</cas:{name}>" for name, value in said.items())
    return _answer(
        f"<cas:authenticationSuccess><cas:user>{escape(told.subject)}</cas:user>"
        f"<cas:attributes>{written}</cas:attributes></cas:authenticationSuccess>"
    )


def _no(code: str) -> Response:
    return _answer(f'<cas:authenticationFailure code="{code}">no</cas:authenticationFailure>')


def _answer(content: str) -> Response:
    answer = f'<cas:serviceResponse xmlns:cas="http://www.yale.edu/tp/cas">{content}</cas:serviceResponse>'
    return Response(answer, content_type=XML)
