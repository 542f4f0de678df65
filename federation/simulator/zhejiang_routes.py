"""浙江: tickets behind a gateway; people and organisations come by different ways."""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from federation.simulator.docking import Desk, Told, sign_of
from federation.simulator.province import SANDBOX, Province
from idp.crypto.handles import same
from idp.persons.identifiers import DocumentType

SERVICE = "simpleauth-sandbox"
ACCESS_KEY, SECRET_KEY = "sandbox-ak", "sandbox-gateway-secret-of-the-city"
SERVLET, QUERY = f"/restapi/prod/{SERVICE}/sso/servlet/simpleauth", f"/restapi/prod/{SERVICE}/rest/user/query"
CHINA = timezone(timedelta(hours=8))
LEVELS = {1: "1", 3: "2", 4: "3"}
LEVELS_OF_ORGANISATIONS = {1: "4", 3: "3", 4: "2", 5: "1"}
DOCUMENTS = {
    DocumentType.RESIDENT_ID: ("1", "idnum"),
    DocumentType.PRC_PASSPORT: ("2", "passport"),
    DocumentType.HK_MACAO_TRAVEL_PERMIT: ("3", "permitlicense"),
    DocumentType.TAIWAN_TRAVEL_PERMIT: ("4", "taiwanlicense"),
    DocumentType.FOREIGN_PERMANENT_RESIDENT: ("6", "greencard"),
}


def table(url: str) -> dict[str, Any]:
    """The settings of a city that docks here."""
    return {
        "protocol": "dialect",
        "profile": "zhejiang",
        "title": "浙江政务服务网",
        "issuer": url,
        "client_id": SANDBOX.id,
        "client_secret": SANDBOX.secret,
        "options": {"access_key": ACCESS_KEY, "gateway_service": SERVICE},
        "secrets": {"secret_key": SECRET_KEY},
    }


def routes(province: Province) -> Blueprint:
    """``/sso`` and ``/opensso`` for browsers, ``/restapi`` for machines."""
    zhejiang, desk = Blueprint("zhejiang", __name__), Desk(province, "zhejiang")

    @zhejiang.get("/sso/newusp.do")
    def sso() -> AnyResponse:
        asked = request.args
        if asked.get("action") == "ssoLogout":
            province.signs_out()
            application, back = desk.application(asked.get("servicecode", "")), asked.get("goto", "")
            allowed = application is not None and application.may_be_answered_at(back.partition("?")[0])
            return redirect(back if allowed else "/", HTTPStatus.SEE_OTHER)
        return desk.receive(asked.get("servicecode", ""), asked.get("goto", ""), "ticket")

    @zhejiang.get("/opensso/spsaehandler/metaAlias/sp")
    def corporate() -> AnyResponse:
        return desk.receive(SANDBOX.id, request.args.get("spappurl", ""), "ssoToken", organisation=True)

    @zhejiang.post(SERVLET)
    def simpleauth() -> Response:
        step = {"ticketValidation": "token", "getUserInfo": "user"}.get(request.form.get("method", ""), "")
        return province.answered(f"zhejiang.{step}", lambda: _simpleauth(desk, step))

    @zhejiang.post(QUERY)
    def query() -> Response:
        return province.answered("zhejiang.user", lambda: _query(desk))

    return zhejiang


def _simpleauth(desk: Desk, step: str) -> Response:
    posted = request.form.to_dict()
    if not _lets_in(desk, posted):
        return _answer(desk, step, {"result": "2", "errmsg": "签名错误"})
    if step == "token":
        exchanged = desk.exchange(posted.get("st", ""), posted.get("servicecode", ""))
        if exchanged is None:
            return _answer(desk, step, {"result": "3", "errmsg": "票据无效"})
        token, visit = exchanged
        said = {"result": "0", "errmsg": "成功", "token": token, "userid": visit.seat.citizen.subject}
        return _answer(desk, step, said)
    visit_of = desk.visit(posted.get("token", ""))
    if visit_of is None:
        return _answer(desk, step, {"result": "4", "errmsg": "令牌无效"})
    return _answer(desk, step, {"result": "0", "errmsg": "成功", **_user(desk.told(visit_of))})


def _query(desk: Desk) -> Response:
    posted = request.get_json(force=True)
    if not _lets_in(desk, posted):
        return _answer(desk, "user", {"errCode": "2", "errMsg": "签名错误"})
    exchanged = desk.exchange(str(posted.get("ssoToken", "")), str(posted.get("servicecode", "")))
    if exchanged is None:
        return _answer(desk, "user", {"errCode": "3", "errMsg": "票据无效"})
    return _answer(desk, "user", {"errCode": "0", "CorporateUser": _corporate(desk.told(exchanged[1]))})


def _answer(desk: Desk, step: str, said: Mapping[str, object]) -> Response:
    return desk.answered(step, said)


def _user(told: Told) -> dict[str, object]:
    citizen = told.citizen
    said: dict[str, object] = {
        "userid": told.subject,
        "username": citizen.name,
        "authlevel": sign_of(LEVELS, citizen.level),
        "idtype": "",
        "mobile": citizen.phone,
    }
    if citizen.number and citizen.kind in DOCUMENTS:
        said["idtype"], place = DOCUMENTS[citizen.kind]
        said[place] = citizen.number
    return said


def _corporate(told: Told) -> dict[str, object]:
    citizen, firm = told.citizen, told.citizen.firm
    return {
        "userId": told.subject,
        "CompanyName": firm.name if firm else "",
        "uniscid": firm.code if firm else "",
        "realLevel": sign_of(LEVELS_OF_ORGANISATIONS, firm.level if firm else 1),
        "loginType": "Cert" if citizen.aal == 3 else "Password",
        "attnName": citizen.name,
        "attnIDType": DOCUMENTS.get(citizen.kind, ("", ""))[0] if citizen.number else "",
        "attnIDNo": citizen.number,
        "attnPhone": citizen.phone,
    }


def _lets_in(desk: Desk, posted: Mapping[str, Any]) -> bool:
    """Both signatures: the service's own, and the gateway's over this path at this time."""
    application, compact = desk.application(str(posted.get("servicecode", ""))), str(posted.get("time", ""))
    given = request.headers
    try:
        at = datetime.strptime(compact, "%Y%m%d%H%M%S").replace(tzinfo=CHINA)
        date = given.get("X-BG-DATE-TIME", "")
        new = desk.is_new(at) and desk.is_new(parsedate_to_datetime(date))
    except ValueError:
        return False
    own = hashlib.md5(f"{SANDBOX.id}{SANDBOX.secret}{compact}".encode(), usedforsecurity=False).hexdigest()
    message = f"POST\n{request.path}\n\n{ACCESS_KEY}\n{date}\n"
    gateway = base64.b64encode(hmac.digest(SECRET_KEY.encode(), message.encode(), "sha256")).decode()
    return (
        application is not None
        and new
        and same(own, str(posted.get("sign", "")))
        and same(gateway, given.get("X-BG-HMAC-SIGNATURE", ""))
    )
