"""陕西: /sysauthserver/*, a code and two questions, nothing signed."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, request
from werkzeug.wrappers import Response as AnyResponse

from federation.simulator.docking import Desk, Told, sign_of
from federation.simulator.province import SANDBOX, Province
from idp.crypto.handles import same
from idp.persons.identifiers import DocumentType

LEVELS = {1: "0", 3: "1", 4: "2"}
DOCUMENTS = {
    DocumentType.RESIDENT_ID: "1",
    DocumentType.PRC_PASSPORT: "2",
    DocumentType.HK_MACAO_TRAVEL_PERMIT: "3",
    DocumentType.TAIWAN_TRAVEL_PERMIT: "4",
    DocumentType.FOREIGN_PERMANENT_RESIDENT: "5",
}


def table(url: str) -> dict[str, Any]:
    """The settings of a city that docks here."""
    return {
        "protocol": "dialect",
        "profile": "shaanxi",
        "title": "陕西省统一身份认证平台",
        "issuer": url,
        "client_id": SANDBOX.id,
        "client_secret": SANDBOX.secret,
    }


def routes(province: Province) -> Blueprint:
    """Everything below ``/sysauthserver``."""
    shaanxi, desk = Blueprint("shaanxi", __name__, url_prefix="/sysauthserver"), Desk(province, "shaanxi")

    @shaanxi.get("/authorize")
    def authorize() -> AnyResponse:
        asked = request.args
        back = asked.get("redirect_uri", "")
        state = urlencode({"state": asked.get("state", "")})
        return desk.receive(asked.get("client_id", ""), f"{back}?{state}", "code")

    @shaanxi.post("/accessToken")
    def access_token() -> Response:
        return province.answered("shaanxi.token", _access_token)

    def _access_token() -> Response:
        posted = request.form
        application = desk.application(posted.get("client_id", ""))
        if application is None or not same(application.secret, posted.get("client_secret", "")):
            return _error("40001")
        exchanged = desk.exchange(posted.get("code", ""), application.id)
        if exchanged is None or exchanged[1].back.partition("?")[0] != posted.get("redirect_uri"):
            return _error("40002")
        token, visit = exchanged
        said = {"access_token": token, "expires_in": 300, "uid": visit.seat.citizen.subject}
        return desk.answered("token", said)

    @shaanxi.post("/userInfo")
    def user_info() -> Response:
        return province.answered("shaanxi.user", _user_info)

    def _user_info() -> Response:
        visit = desk.visit(request.form.get("access_token", ""))
        if visit is None:
            return _error("40003")
        return desk.answered("user", {"loginUser": _user(desk.told(visit))})

    @shaanxi.post("/logout")
    def logout() -> Response:
        """End the session of a token and send whoever asked on."""
        return province.answered("shaanxi.logout", _logout)

    def _logout() -> Response:
        application = desk.application(request.form.get("client_id", ""))
        if application is None or not same(application.secret, request.form.get("client_secret", "")):
            return _error("40001")
        desk.end(request.form.get("access_token", ""))
        return Response(
            status=HTTPStatus.SEE_OTHER, headers={"Location": request.form.get("redirect_uri", "/")}
        )

    return shaanxi


def _user(told: Told) -> Mapping[str, object]:
    citizen = told.citizen
    card = DOCUMENTS.get(citizen.kind, "") if citizen.number else ""
    if citizen.firm:
        return {
            "uid": told.subject,
            "userType": "2",
            "corpName": citizen.firm.name,
            "creditCode": citizen.firm.code,
            "corpLevel": sign_of(LEVELS, citizen.firm.level),
            "agentName": citizen.name,
            "agentCardType": card,
            "agentCardNo": citizen.number,
            "agentMobile": citizen.phone,
        }
    return {
        "uid": told.subject,
        "userType": "1",
        "userName": citizen.name,
        "cardType": card,
        "cardNo": citizen.number,
        "mobile": citizen.phone,
        "authLevel": sign_of(LEVELS, citizen.level),
        "source": "gjzwfw" if citizen.national else "sx",
    }


def _error(code: str) -> Response:
    return Response(f'{{"errCode":"{code}","errMsg":"error"}}', 200, content_type="application/json")
