"""The simulator's routes: the platform, the SMS inbox, the control of faults, and a page for people."""

import json
import threading
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, jsonify, render_template, request
from flask.typing import ResponseReturnValue

from connectors import signing
from connectors.catalogue import IDENTITY_CHECK
from connectors.gateway import REFRESH_SECRET, REFRESH_SID, REST_PROXY, SOAP_PROXY
from connectors.safe_xml import Untrusted
from connectors.simulator import identity_check, mischief
from connectors.simulator.credentials import PING, SANDBOX, Credentials
from connectors.simulator.faults import FaultBoard, FaultKind, UnknownOrder
from connectors.simulator.inbox import Inbox
from connectors.simulator.platform import CLOCK_SKEW, Platform, Refusal
from connectors.simulator.population import Population
from connectors.sms import SIGNATURE, TIMESTAMP, sign_message
from idp import clock

SMS = "sms"
"""The name by which a fault's match means the SMS inbox."""


def create_app(
    population: Population,
    *,
    credentials: Credentials = SANDBOX,
    now: Callable[[], datetime] = clock.now,
    secret_life: timedelta = timedelta(hours=1),
    slow_seconds: float = 20.0,
    trickle_seconds: float = 1.0,
) -> Flask:
    """The WSGI application; it keeps everything in memory, so it runs in one process."""
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = 256 * 1024
    platform = Platform(credentials, now, secret_life)
    board = FaultBoard(population, [*credentials.sids.values(), PING, REFRESH_SID, SMS])
    inbox = Inbox()
    calls = Calls()

    def answered(sid: str, fault: FaultKind | None, answer: Callable[[], Response]) -> Response:
        """The answer as the fault leaves it, counted."""
        line = request.environ.get("werkzeug.socket")
        response = mischief.spoiled(fault, line, slow_seconds) or answer()
        calls.count(sid, f"fault:{fault.value}" if fault else str(response.status_code))
        return mischief.trickle(response, line, trickle_seconds) if fault is FaultKind.TRICKLE else response

    @app.errorhandler(Refusal)
    def refused(refusal: Refusal) -> ResponseReturnValue:
        calls.count("refused", refusal.code)
        return {"code": refusal.code, "message": refusal.message}, refusal.status

    @app.errorhandler(Untrusted)
    def malformed(_: Untrusted) -> ResponseReturnValue:
        return {"code": "-1", "message": "报文格式错误"}, HTTPStatus.BAD_REQUEST

    @app.post(REFRESH_SECRET)
    def refresh_secret() -> Response:
        values = _json_object()
        fault = board.meet(REFRESH_SID, named_only=True)
        return answered(REFRESH_SID, fault, lambda: _spoilt(fault, jsonify(platform.refresh(values))))

    @app.post(SOAP_PROXY)
    def soap_proxy() -> Response:
        asked = identity_check.read(request.get_data())
        secret = platform.admit(asked.values)
        if asked.values[f"{credentials.prefix}sid"] != credentials.sids[IDENTITY_CHECK]:
            raise Refusal(HTTPStatus.NOT_FOUND, "-1", "无此服务")
        fault = board.meet(credentials.sids[IDENTITY_CHECK], asked.number)

        def answer() -> Response:
            body = identity_check.answer(asked, population, credentials, fault)
            return _vouched(platform, asked.values, body, secret, fault, "text/xml; charset=utf-8")

        return answered(credentials.sids[IDENTITY_CHECK], fault, answer)

    @app.post(REST_PROXY)
    def rest_proxy() -> Response:
        values = {name.lower(): value for name, value in request.headers.items()}
        secret = platform.admit(values)
        if values[f"{credentials.prefix}sid"] != PING:
            raise Refusal(HTTPStatus.NOT_FOUND, "-1", "无此服务")
        fault = board.meet(PING)
        body = json.dumps({"code": "200", "message": "成功", "data": _json_object()}).encode()
        return answered(
            PING, fault, lambda: _vouched(platform, values, body, secret, fault, "application/json")
        )

    @app.post("/sms/send")
    def send_sms() -> Response:
        timestamp, signature = request.headers.get(TIMESTAMP, ""), request.headers.get(SIGNATURE, "")
        _require_fresh(timestamp, now())
        if not signing.same(sign_message(timestamp, request.get_data(), credentials.sms_key), signature):
            raise Refusal(HTTPStatus.UNAUTHORIZED, "-1", "签名错误")
        message = {name: str(_json_object().get(name, "")) for name in ("phone", "text", "reference")}
        if not message["phone"] or not message["text"]:
            raise Refusal(HTTPStatus.BAD_REQUEST, "-1", "缺少手机号码或内容")
        fault = board.meet(SMS, named_only=True)

        def answer() -> Response:
            message_id = inbox.receive(**message, at=now())
            return _spoilt(fault, jsonify(code="0", message_id=message_id))

        return answered(SMS, fault, answer)

    @app.get("/sms/inbox")
    def read_sms() -> Response:
        return jsonify([message.shown() for message in inbox.of(request.args.get("phone", ""))])

    @app.post("/control")
    def order_fault() -> ResponseReturnValue:
        order = _json_object()
        fault, match, times = order.get("fault"), order.get("match") or "", order.get("times", 1)
        try:
            if not isinstance(fault, str) or not isinstance(match, str) or type(times) is not int:
                raise UnknownOrder("shape")
            board.order(fault, match, times)
        except UnknownOrder:
            return {"error": CONTROL_HELP, "faults": board.state()["faults"]}, HTTPStatus.BAD_REQUEST
        return board.state()

    @app.get("/control")
    def show_faults() -> ResponseReturnValue:
        return board.state()

    @app.get("/control/calls")
    def show_calls() -> ResponseReturnValue:
        return {"refreshes": platform.refreshes, **calls.state()}

    @app.get("/")
    def home() -> str:
        return render_template("home.html", messages=inbox.of()[:50], personas=population.personas)

    return app


CONTROL_HELP = (
    "fault: one of faults, or none/clear; match: empty for every registry call, a service code, "
    f"{REFRESH_SID}, {SMS}, a persona's key or the SHA-256 of a number; times: 1 or more, -1 until cleared"
)


class Calls:
    """How often each service was called, and with what outcome; never by whom or about whom."""

    def __init__(self) -> None:
        self._counts: dict[str, Counter[str]] = {}
        self._lock = threading.Lock()

    def count(self, sid: str, outcome: str) -> None:
        with self._lock:
            self._counts.setdefault(sid, Counter())[outcome] += 1

    def state(self) -> dict[str, object]:
        with self._lock:
            return {
                "total": sum(counter.total() for counter in self._counts.values()),
                "by_sid": {sid: dict(counter) for sid, counter in self._counts.items()},
            }


def _vouched(
    platform: Platform,
    values: dict[str, str],
    body: bytes,
    secret: str,
    fault: FaultKind | None,
    content_type: str,
) -> Response:
    """The signed answer, or what a fault of trust makes of it."""
    if fault is FaultKind.EXPIRED_SECRET:
        raise Refusal(HTTPStatus.UNAUTHORIZED, "E-102", "签名错误或密钥已过期")
    if fault is FaultKind.GARBAGE:
        body = mischief.GARBAGE
    headers = platform.signed(
        values, body, "another secret" if fault is FaultKind.WRONG_SIGNATURE else secret
    )
    return Response(body, headers=headers, content_type=content_type)


def _spoilt(fault: FaultKind | None, answer: Response) -> Response:
    return Response(mischief.GARBAGE) if fault is FaultKind.GARBAGE else answer


def _json_object() -> dict[str, Any]:
    posted = request.get_json(force=True, silent=True)
    return posted if isinstance(posted, dict) else {}


def _require_fresh(timestamp: str, now: datetime) -> None:
    sent = (
        int(timestamp) / 1000 if timestamp.isascii() and timestamp.isdigit() and len(timestamp) == 13 else 0
    )
    if abs(now.timestamp() - sent) > CLOCK_SKEW.total_seconds():
        raise Refusal(HTTPStatus.UNAUTHORIZED, "-1", "请求时间超出允许范围")
