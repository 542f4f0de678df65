"""国家政务服务平台: a ticketId, calls and answers signed as the exchange platform signs them, certKey."""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Blueprint, Response, request
from werkzeug.wrappers import Response as AnyResponse

from federation.simulator.docking import STATE_DOCUMENTS, Desk, Told, sign_of
from federation.simulator.province import SANDBOX, Province
from idp.crypto.handles import same

RID, APP_SECRET = "rid-sandbox-province", "sandbox-secret-of-the-province"  # noqa: S105 - of the sandbox
TOKEN_SID, USER_SID = "s_sandbox_token", "s_sandbox_user"  # noqa: S105 - names of services
LEVELS = {2: "2", 3: "3", 4: "4"}


def table(url: str) -> dict[str, Any]:
    """The settings of a province that docks here."""
    return {
        "protocol": "dialect",
        "profile": "national",
        "title": "国家政务服务平台",
        "run_by": "nation",
        "issuer": url,
        "client_id": SANDBOX.id,
        "client_secret": SANDBOX.secret,
        "options": {"rid": RID, "token_sid": TOKEN_SID, "user_sid": USER_SID},
        "secrets": {"app_secret": APP_SECRET},
        "trust": {"national": True},
    }


def routes(province: Province) -> Blueprint:
    """``/uias`` for browsers, ``/sysapi`` for machines."""
    national, desk = Blueprint("national", __name__), Desk(province, "national")

    @national.get("/uias/sso/login")
    def login() -> AnyResponse:
        return desk.receive(request.args.get("appId", ""), request.args.get("backUrl", ""), "ticketId")

    @national.post("/sysapi/auth/accessToken")
    def access_token() -> Response:
        return province.answered("national.token", lambda: _access_token(desk))

    @national.post("/sysapi/auth/userInfo")
    def user_info() -> Response:
        return province.answered("national.user", lambda: _user_info(desk))

    return national


def _access_token(desk: Desk) -> Response:
    posted = request.get_json(force=True)
    if not _lets_in(desk, TOKEN_SID):
        return _answer(desk, "token", TOKEN_SID, {"code": "E-106", "message": "不在授权列表"})
    exchanged = desk.exchange(str(posted.get("ticketId", "")), str(posted.get("appId", "")))
    if exchanged is None:
        return _answer(desk, "token", TOKEN_SID, {"code": "E-103", "message": "票据无效"})
    token, visit = exchanged
    data = {"accessToken": token, "userId": visit.seat.citizen.subject}
    return _answer(desk, "token", TOKEN_SID, {"code": "0", "message": "成功", "data": data})


def _user_info(desk: Desk) -> Response:
    visit = desk.visit(str(request.get_json(force=True).get("token", "")))
    if not _lets_in(desk, USER_SID):
        return _answer(desk, "user", USER_SID, {"code": "E-106", "message": "不在授权列表"})
    if visit is None:
        return _answer(desk, "user", USER_SID, {"code": "E-104", "message": "令牌无效"})
    return _answer(desk, "user", USER_SID, {"code": "0", "message": "成功", "data": _user(desk.told(visit))})


def _user(told: Told) -> dict[str, object]:
    citizen, firm = told.citizen, told.citizen.firm
    said: dict[str, object] = {
        "userType": "LEGAL_PERSON" if firm else "PERSON",
        "personInfo": {
            "userId": told.subject,
            "userName": citizen.name,
            "certType": STATE_DOCUMENTS.get(citizen.kind, "") if citizen.number else "",
            "certNo": citizen.number,
            "mobile": citizen.phone,
            "authLevel": sign_of(LEVELS, citizen.level),
        },
        "certKey": citizen.cert_key if citizen.number else "",
    }
    if firm:
        level = sign_of(LEVELS, firm.level)
        said["legalPersonInfo"] = {
            "unifiedSocialId": firm.code,
            "corpName": firm.name,
            "principal": citizen.name,
            "authLevel": level,
        }
    return said


def _lets_in(desk: Desk, sid: str) -> bool:
    given = request.headers
    millis = given.get("gjzwfwpt_rtime", "")
    if given.get("gjzwfwpt_rid") != RID or given.get("gjzwfwpt_sid") != sid or not millis.isdigit():
        return False
    at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=int(millis))
    return desk.is_new(at) and same(_signature(f"{sid}{RID}{millis}"), given.get("gjzwfwpt_sign", ""))


def _answer(desk: Desk, step: str, sid: str, said: Mapping[str, object]) -> Response:
    """Signed like a call, with the hash of the body behind it."""
    response = desk.answered(step, said)
    millis = str(int(desk.clock(step).timestamp() * 1000))
    digest = hashlib.sha256(response.get_data()).hexdigest()
    response.headers["gjzwfwpt_rtime"] = millis
    response.headers["gjzwfwpt_sign"] = desk.signature(step, _signature(f"{sid}{RID}{millis}{digest}"))
    return response


def _signature(text: str) -> str:
    return base64.b64encode(hmac.digest(APP_SECRET.encode(), text.encode(), "sha256")).decode()
