"""辽宁 TRS IDS: a login address in base64, one service that takes and gives sealed and signed `data`."""

import base64
import binascii
import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives import hmac as macs
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from flask import Blueprint, Response, abort, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from federation.simulator.docking import STATE_DOCUMENTS, Desk, Told, compact, sign_of
from federation.simulator.province import SANDBOX, Province
from idp.crypto.handles import same

LEVELS = {2: "1", 3: "2", 4: "3"}


def table(url: str) -> dict[str, Any]:
    """The settings of a city that docks here."""
    return {
        "protocol": "dialect",
        "profile": "liaoning",
        "title": "辽宁省统一身份认证平台",
        "issuer": url,
        "client_id": SANDBOX.id,
        "client_secret": SANDBOX.secret,
        "trust": {"national": True},
    }


def routes(province: Province) -> Blueprint:
    """``/ids``; a session of ours (`coSessionId`) is named in the ticket's exchange again."""
    liaoning, desk = Blueprint("liaoning", __name__, url_prefix="/ids"), Desk(province, "liaoning")

    @liaoning.get("/custom/liaoning/login.jsp")
    def login() -> AnyResponse:
        asked = {name: _plain(value) for name, value in request.args.items() if name != "gb"}
        back, session = asked.get("surl", ""), asked.get("coSessionId", "")
        seat = province.seat()
        if seat and seat.citizen.national and request.args.get("gb") != "1":
            abort(HTTPStatus.FORBIDDEN)
        return desk.receive(asked.get("coAppName", ""), back, "ticket", mark=session)

    @liaoning.get("/custom/liaoning/logout.jsp")
    def logout() -> AnyResponse:
        province.signs_out()
        asked = {name: _plain(value) for name, value in request.args.items()}
        application, back = desk.application(asked.get("coAppName", "")), asked.get("surl", "")
        allowed = application is not None and application.may_be_answered_at(back.partition("?")[0])
        return redirect(back if allowed else "/", HTTPStatus.SEE_OTHER)

    @liaoning.post("/service")
    def service() -> Response:
        named = {"validateTicket": "token", "findUserByToken": "user"}
        step = named.get(request.form.get("serviceName", ""), "")
        return province.answered(f"liaoning.{step}", lambda: _service(desk, step))

    return liaoning


def _service(desk: Desk, step: str) -> Response:
    asked = _asked(desk)
    if asked is None:
        return _no("401")
    if step == "token":
        exchanged = desk.exchange(str(asked.get("ticket", "")), SANDBOX.id)
        if exchanged is None or exchanged[1].mark != asked.get("coSessionId"):
            return _no("404")
        token, visit = exchanged
        return _yes(desk, step, {"token": token, "userName": visit.seat.citizen.subject})
    visit_of = desk.visit(str(asked.get("token", "")))
    return _yes(desk, step, _user(desk.told(visit_of))) if visit_of else _no("405")


def _asked(desk: Desk) -> Mapping[str, Any] | None:
    """What was sealed for us, if it was signed with the application's secret just now."""
    posted = request.form
    millis, data = posted.get("timestamp", ""), posted.get("data", "")
    application = desk.application(posted.get("coAppName", ""))
    if application is None or not millis.isdigit():
        return None
    at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=int(millis))
    right = _signature(f"{application.id}{millis}{data}", application.secret)
    if not desk.is_new(at) or not same(right, posted.get("sign", "")):
        return None
    opened: Mapping[str, Any] = json.loads(_open(data, application.secret))
    return opened


def _yes(desk: Desk, step: str, said: Mapping[str, object]) -> Response:
    millis, data = str(int(desk.clock(step).timestamp() * 1000)), _seal(compact(said), SANDBOX.secret)
    sign = desk.signature(step, _signature(f"{SANDBOX.id}{millis}{data}", SANDBOX.secret))
    answer = {"code": "200", "desc": "成功", "timestamp": millis, "data": data, "sign": sign}
    return desk.answered(step, answer)


def _no(code: str) -> Response:
    return Response(compact({"code": code, "desc": "失败"}), content_type="application/json")


def _user(told: Told) -> dict[str, object]:
    citizen = told.citizen
    card = STATE_DOCUMENTS.get(citizen.kind, "") if citizen.number else ""
    if citizen.firm:
        return {
            "userName": told.subject,
            "userType": "corp",
            "corpName": citizen.firm.name,
            "creditCode": citizen.firm.code,
            "corpLevel": sign_of(LEVELS, citizen.firm.level),
            "agentName": citizen.name,
            "agentCardType": card,
            "agentCardNumber": citizen.number,
            "agentMobile": citizen.phone,
        }
    return {
        "userName": told.subject,
        "userType": "person",
        "trueName": citizen.name,
        "cardType": card,
        "cardNumber": citizen.number,
        "mobile": citizen.phone,
        "authLevel": sign_of(LEVELS, citizen.level),
        "gb": "1" if citizen.national else "0",
    }


def _plain(encoded: str) -> str:
    try:
        return base64.b64decode(encoded, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        abort(HTTPStatus.BAD_REQUEST)


def _signature(text: str, secret: str) -> str:
    mac = macs.HMAC(secret.encode(), hashes.SM3())
    mac.update(text.encode())
    return mac.finalize().hex()


def _seal(text: str, secret: str) -> str:
    start, octets = os.urandom(16), text.encode()
    octets += bytes([16 - len(octets) % 16]) * (16 - len(octets) % 16)
    encryptor = _sm4(secret, start).encryptor()
    return base64.b64encode(start + encryptor.update(octets) + encryptor.finalize()).decode()


def _open(sealed: str, secret: str) -> str:
    octets = base64.b64decode(sealed)
    decryptor = _sm4(secret, octets[:16]).decryptor()
    plain = decryptor.update(octets[16:]) + decryptor.finalize()
    return plain[: -plain[-1]].decode()


def _sm4(secret: str, start: bytes) -> Cipher[modes.CBC]:
    digest = hashes.Hash(hashes.SM3())
    digest.update(secret.encode())
    return Cipher(algorithms.SM4(digest.finalize()[:16]), modes.CBC(start))
