"""The message services of two clouds, as far as they are asked here: their signatures, templates and answers.

The templates they have approved are our own texts; what is rendered from them arrives in the inbox.
"""

import json
import secrets
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from http import HTTPStatus

from flask import Blueprint, Response, jsonify, request

from connectors import cloud_signing, signing
from connectors.simulator.credentials import SANDBOX, Credentials
from connectors.simulator.faults import FaultKind
from connectors.simulator.platform import CLOCK_SKEW
from connectors.simulator.scene import Scene, json_object
from connectors.simulator.sms_routes import SMS
from idp.notices import texts
from idp.simulator.mischief import GARBAGE

SIGN_NAME = "一通"
KEY_ID = "sandbox-key-id"
APP_ID = "1400000001"
VOICE = ("SingleCallByTts", "SendTtsVoice")


def approved() -> Mapping[str, tuple[str, str]]:
    """Template id → topic and language; what `templates` names."""
    topics = sorted(texts.words(texts.CHINESE))
    return {
        f"{1000 + 10 * number + place}": (topic, language)
        for number, topic in enumerate(topics)
        for place, language in enumerate(sorted(texts.SIGNATURE))
    }


def templates() -> dict[str, str]:
    """Topic and language → template id, as an account's settings name them."""
    return {f"{topic}.{language}": number for number, (topic, language) in approved().items()}


def cloud_values(base_url: str, name: str, credentials: Credentials = SANDBOX) -> dict[str, object]:
    """The values with which `catalogue.sms_gateway("aliyun" or "tencent", …)` reaches the simulator."""
    return {
        "url": f"{base_url}/{name}/",
        "voice_url": f"{base_url}/{name}/",
        "key_id": KEY_ID,
        "key": credentials.sms_key,
        "sign_name": SIGN_NAME,
        "region": "ap-guangzhou",
        "app_id": APP_ID,
        "voice_app_id": APP_ID,
        "templates": templates(),
        "voice_templates": templates(),
    }


def cloud_sms_routes(scene: Scene) -> Blueprint:
    routes = Blueprint("cloud_sms", __name__)
    key = scene.credentials.sms_key

    @routes.post("/aliyun/")
    def aliyun() -> Response:
        """Take a call of either action; refusals are told by `Code`."""
        action = request.headers.get("x-acs-action", "")
        if not _is_signed_by_acs3(key, scene.now()):
            return _refused(HTTPStatus.BAD_REQUEST, {"Code": "SignatureDoesNotMatch", "Message": "签名错误"})
        fault = scene.board.meet(SMS, named_only=True)
        if fault is FaultKind.QUOTA:
            return jsonify(Code="isv.BUSINESS_LIMIT_CONTROL", Message="触发小时级流控Permits:5")

        def answer() -> Response:
            asked, spoken = request.args, action in VOICE
            phone = asked.get("CalledNumber" if spoken else "PhoneNumbers", "")
            values = json.loads(asked.get("TtsParam" if spoken else "TemplateParam", "{}"))
            named = asked.get("TtsCode" if spoken else "TemplateCode", "")
            words = _rendered(named, list(values.values()), "" if spoken else asked.get("SignName", ""))
            if words is None:
                return jsonify(Code="isv.SMS_TEMPLATE_ILLEGAL", Message="模板不合法")
            taken = _received(scene, f"+86{phone}", words, spoken)
            return jsonify({"Code": "OK", "Message": "OK", "CallId" if spoken else "BizId": taken})

        return _answered(scene, fault, answer)

    @routes.post("/tencent/")
    def tencent() -> Response:
        """Take a call of either action; refusals are told inside `Response`."""
        spoken = request.headers.get("x-tc-action") in VOICE
        if not _is_signed_by_tc3(key, "vms" if spoken else "sms", scene.now()):
            return _told({"Error": {"Code": "AuthFailure.SignatureFailure", "Message": "签名错误"}})
        fault = scene.board.meet(SMS, named_only=True)
        if fault is FaultKind.QUOTA:
            return _told({"SendStatusSet": [{"Code": "LimitExceeded.PhoneNumberDailyLimit", "SerialNo": ""}]})

        def answer() -> Response:
            asked = json_object()
            phone = str(asked.get("CalledNumber") if spoken else asked.get("PhoneNumberSet", [""])[0])
            sign_name = "" if spoken else str(asked.get("SignName", ""))
            words = _rendered(str(asked.get("TemplateId")), asked.get("TemplateParamSet", []), sign_name)
            if words is None:
                return _told({"Error": {"Code": "FailedOperation.TemplateUnapprovedOrNotExist"}})
            taken = _received(scene, phone, words, spoken)
            if spoken:
                return _told({"SendStatus": {"CallId": taken, "SessionContext": asked["SessionContext"]}})
            return _told({"SendStatusSet": [{"Code": "Ok", "SerialNo": taken, "PhoneNumber": phone}]})

        return _answered(scene, fault, answer)

    return routes


def _answered(scene: Scene, fault: FaultKind | None, answer: Callable[[], Response]) -> Response:
    return scene.answered(SMS, fault, lambda: Response(GARBAGE) if fault is FaultKind.GARBAGE else answer())


def _rendered(template: str, values: list[str], sign_name: str) -> str | None:
    """The words of a template with its places filled in; None where it was never approved."""
    found = approved().get(template)
    if found is None:
        return None
    topic, language = found
    names = ("code", "minutes")
    words = texts.words(language)[topic].format(**dict(zip(names, values, strict=False)))
    return f"【{sign_name}】{words}" if sign_name else words


def _received(scene: Scene, phone: str, words: str, spoken: bool) -> str:
    channel = "voice" if spoken else "text"
    return scene.inbox.receive(phone, words, secrets.token_hex(8), scene.now(), channel)


def _is_signed_by_acs3(key: str, now: datetime) -> bool:
    headers = {name.lower(): value for name, value in request.headers.items()}
    try:
        at = datetime.strptime(headers["x-acs-date"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except (KeyError, ValueError):
        return False
    body = request.get_data()
    if abs(now - at) > CLOCK_SKEW or headers.get("x-acs-content-sha256") != sha256(body).hexdigest():
        return False
    signed = {name: headers.get(name, "") for name in _names_signed(headers) if name != "content-type"}
    asked = cloud_signing.query(request.args.to_dict())
    expected = cloud_signing.acs3_header(KEY_ID, key, request.path, asked, signed, body)
    return {"host", "x-acs-action", "x-acs-date"} <= set(signed) and _same(expected, headers)


def _is_signed_by_tc3(key: str, service: str, now: datetime) -> bool:
    headers = {name.lower(): value for name, value in request.headers.items()}
    at = headers.get("x-tc-timestamp", "0")
    if not at.isdigit() or abs(now.timestamp() - int(at)) > CLOCK_SKEW.total_seconds():
        return False
    signed = {name: headers.get(name, "") for name in _names_signed(headers)}
    if "x-tc-action" in signed:
        signed["x-tc-action"] = signed["x-tc-action"].lower()
    expected = cloud_signing.tc3_header(KEY_ID, key, service, signed, request.get_data(), int(at))
    return {"content-type", "host"} <= set(signed) and _same(expected, headers)


def _names_signed(headers: Mapping[str, str]) -> list[str]:
    named = headers.get("authorization", "").partition("SignedHeaders=")[2].partition(",")[0]
    return [name for name in named.split(";") if name]


def _same(expected: str, headers: Mapping[str, str]) -> bool:
    return signing.same(expected, headers.get("authorization", ""))


def _told(response: dict[str, object]) -> Response:
    return jsonify(Response={**response, "RequestId": secrets.token_hex(8)})


def _refused(status: HTTPStatus, told: dict[str, str]) -> Response:
    response = jsonify(told)
    response.status_code = status
    return response
