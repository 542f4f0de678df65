"""The platform's own rules: who may call what, when, and with which secret."""

import secrets
import threading
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from connectors import signing
from connectors.simulator.credentials import PING, Credentials

CLOCK_SKEW = timedelta(minutes=5)
KEPT = 64
"""Working secrets that stay valid side by side."""


class Refusal(Exception):
    """The platform declines a call; -1 and E-106 are documented, for the refresh under status 200."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


class Platform:
    """Issues working secrets, and lets a call through with the secret it was signed with."""

    def __init__(self, credentials: Credentials, now: Callable[[], datetime], secret_life: timedelta) -> None:
        self._credentials = credentials
        self._now = now
        self._life = secret_life
        self._issued: dict[str, datetime] = {}
        self._lock = threading.Lock()
        self.refreshes = 0

    def refresh(self, values: Mapping[str, str]) -> dict[str, object]:
        """The first step: a new working secret, wrapped under the application key."""
        self._require_requester(values)
        if not self._signed_with(values, self._credentials.app_key):
            raise Refusal(401, "-1", "签名错误")
        secret, ends = secrets.token_urlsafe(32), self._now() + self._life
        with self._lock:
            self.refreshes += 1
            self._issued[secret] = ends
            for forgotten in list(self._issued)[:-KEPT]:
                del self._issued[forgotten]
        wrapped = signing.wrap_secret(secret, self._credentials.app_key)
        granted = {"secret": wrapped, "secretEndTime": str(int(ends.timestamp() * 1000))}
        return {"code": "0", "message": "成功", "data": granted}

    def admit(self, values: Mapping[str, str]) -> str:
        """The working secret a call was signed with; raises Refusal for a call that may not pass."""
        self._require_requester(values)
        if self._value(values, "sid") not in {*self._credentials.sids.values(), PING}:
            raise Refusal(403, "E-106", "未在授权列表中")
        with self._lock:
            live = [secret for secret, ends in self._issued.items() if self._now() < ends]
        for secret in live:
            if self._signed_with(values, secret):
                return secret
        raise Refusal(401, "E-102", "签名错误或密钥已过期")

    def signed(self, values: Mapping[str, str], body: bytes, secret: str) -> dict[str, str]:
        """The headers with which the platform vouches for an answer."""
        prefix, rtime = self._credentials.prefix, str(int(self._now().timestamp() * 1000))
        mac = signing.sign_answer(self._value(values, "sid"), self._value(values, "rid"), rtime, body, secret)
        return {f"{prefix}rtime": rtime, f"{prefix}sign": mac}

    def _require_requester(self, values: Mapping[str, str]) -> None:
        if self._value(values, "rid") != self._credentials.rid:
            raise Refusal(403, "E-106", "未在授权列表中")
        rtime = self._value(values, "rtime")
        called = int(rtime) / 1000 if rtime.isascii() and rtime.isdigit() and len(rtime) == 13 else 0
        if abs(self._now().timestamp() - called) > CLOCK_SKEW.total_seconds():
            raise Refusal(403, "-1", "请求时间超出允许范围")

    def _signed_with(self, values: Mapping[str, str], secret: str) -> bool:
        sid, rid, rtime = (self._value(values, name) for name in ("sid", "rid", "rtime"))
        return signing.same(signing.sign(sid, rid, rtime, secret), self._value(values, "sign"))

    def _value(self, values: Mapping[str, str], name: str) -> str:
        return str(values.get(f"{self._credentials.prefix}{name}", ""))
