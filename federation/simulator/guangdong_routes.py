"""广东 TIF: a code, a gateway that wants every call signed, an envelope about somebody."""

import base64
import hashlib
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from federation.simulator.docking import Desk, Told, Visit, compact, sign_of
from federation.simulator.province import SANDBOX, Province
from idp.crypto.handles import same
from idp.persons.identifiers import DocumentType

PAASID, PAASTOKEN = "yitong_city", "sandbox-gateway-token-of-the-city"  # noqa: S105 - of the sandbox
LEVELS = {2: "L0", 3: "L1", 4: "L2", 5: "L3"}
WAYS = {1: "1", 2: "2", 3: "2"}
DOCUMENTS = {
    DocumentType.RESIDENT_ID: "10",
    DocumentType.PRC_PASSPORT: "14",
    DocumentType.FOREIGN_PASSPORT: "20",
    DocumentType.HK_MACAO_TRAVEL_PERMIT: "40",
    DocumentType.TAIWAN_TRAVEL_PERMIT: "50",
    DocumentType.FOREIGN_PERMANENT_RESIDENT: "15",
}


def table(url: str) -> dict[str, Any]:
    """The settings of a city that docks here."""
    return {
        "protocol": "dialect",
        "profile": "guangdong",
        "title": "广东省统一身份认证平台",
        "issuer": url,
        "client_id": SANDBOX.id,
        "client_secret": SANDBOX.secret,
        "options": {"paasid": PAASID},
        "secrets": {"paastoken": PAASTOKEN},
    }


def routes(province: Province) -> Blueprint:
    """Everything below ``/tif/sso/connect``."""
    tif, desk = Blueprint("guangdong", __name__, url_prefix="/tif/sso/connect"), Desk(province, "guangdong")

    @tif.get("/page/oauth2/authorize")
    def authorize() -> AnyResponse:
        asked = request.args
        back = f"{asked.get('redirect_uri', '')}?{urlencode({'state': asked.get('state', '')})}"
        return desk.receive(asked.get("client_id", ""), back, "code")

    @tif.post("/oauth2/access_token")
    def access_token() -> Response:
        return province.answered("guangdong.token", _access_token)

    def _access_token() -> Response:
        posted = request.form
        application = desk.application(posted.get("client_id", ""))
        if application is None or not _gateway_lets_in(desk):
            return _error("-101")
        if not same(application.secret, posted.get("client_secret", "")):
            return _error("-101")
        exchanged = desk.exchange(posted.get("code", ""), application.id)
        if exchanged is None or exchanged[1].back.partition("?")[0] != posted.get("redirect_uri"):
            return _error("-102")
        token, visit = exchanged
        return desk.answered("token", {"access_token": token, "uid": visit.seat.citizen.subject})

    @tif.post("/oauth2/tokeninfo")
    def tokeninfo() -> Response:
        return province.answered("guangdong.user", _tokeninfo)

    def _tokeninfo() -> Response:
        visit = desk.visit(request.form.get("access_token", ""))
        if not _gateway_lets_in(desk):
            return _error("-101")
        return desk.answered("user", _envelope(desk, visit)) if visit else _error("-103")

    @tif.get("/page/logout")
    def logout() -> AnyResponse:
        province.signs_out()
        application, back = desk.application(request.args.get("client_id", "")), request.args["redirect_uri"]
        allowed = application is not None and application.may_be_answered_at(back.partition("?")[0])
        return redirect(back if allowed else "/", HTTPStatus.SEE_OTHER)

    return tif


def _envelope(desk: Desk, visit: Visit) -> dict[str, object]:
    """`signdata` is what was signed; `userobj` beside it is a copy that anybody on the way could change."""
    user = _user(desk.told(visit))
    if not visit.seat.citizen.firm:  # the record of how somebody was proven does not lie with the rest
        shown = sign_of(LEVELS, visit.seat.citizen.level)
        user["creditable_level_of_account_way_list"] = f"L0@MM@||{shown}@GW@"
    signdata = base64.b64encode(compact({"userobj": user, "pareobj": {}}).encode()).decode()
    stamp = str(int(desk.clock("user").timestamp()))
    return {
        "biz_content": {
            "signdata": signdata,
            "userobj": user,
            "pareobj": {},
            "user_creditable_level": user["creditable_level_of_account"],
        },
        "time_stamp": stamp,
        "version": "1.0",
        "sign": desk.signature("user", _signature(stamp, signdata)),
    }


def _user(told: Told) -> dict[str, object]:
    citizen = told.citizen
    card = DOCUMENTS.get(citizen.kind, "") if citizen.number else ""
    if citizen.firm:
        level = sign_of(LEVELS, citizen.firm.level)
        return {
            "uid": told.subject,
            "cn": citizen.firm.name,
            "usertype": 2,
            "idcardtype": "30",
            "idcardnumber": citizen.firm.code,
            "telephonenumber": citizen.phone,
            "link_person_name": citizen.name,
            "link_person_type": card,
            "link_person_code": citizen.number,
            "accout_type": WAYS[citizen.aal],
            "isreal": True,
            "creditable_level_of_account": level,
            "creditable_level_of_account_way_list": f"{level}@IC@",
        }
    level = sign_of(LEVELS, citizen.level)
    return {
        "uid": told.subject,
        "cn": citizen.name,
        "usertype": 1,
        "idcardtype": card,
        "idcardnumber": citizen.number,
        "telephonenumber": citizen.phone,
        "accout_type": WAYS[citizen.aal],
        "isreal": citizen.level >= 3,
        "realtype": "PLV",
        "creditable_level_of_account": level,
    }


def _gateway_lets_in(desk: Desk) -> bool:
    """The four headers of the gateway: who, when, once, signed."""
    given = request.headers
    stamp, nonce = given.get("x-tif-timestamp", ""), given.get("x-tif-nonce", "")
    right = given.get("x-tif-paasid") == PAASID and stamp.isdigit() and len(nonce) == 16
    return (
        right
        and desk.is_new(datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=int(stamp)))
        and same(_signature(stamp, nonce), given.get("x-tif-signature", ""))
    )


def _signature(stamp: str, middle: str) -> str:
    return hashlib.sha256(f"{stamp}{PAASTOKEN}{middle}{stamp}".encode()).hexdigest().upper()


def _error(code: str) -> Response:
    return Response(f'{{"errcode":"{code}","errmsg":"error"}}', 200, content_type="application/json")
