"""
The data-exchange platform: every registry behind it is asked through here.

A call is signed with the working secret (`signing`, `working_secret`), bounded by one deadline for everything
it needs (secret, connecting, repeats, answer), repeated only when the line broke, kept from a counterpart
that is out of order (`breaker`) and from taking all threads of a worker (`slots`), and logged once by its
request id. The answer's own signature is checked; what it says is the business of the registry's adapter.
"""

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum

import stamina
import structlog
from lxml import etree

from connectors import signing
from connectors.working_secret import SecretCache, Shelf, WorkingSecret
from idp import clock
from idp.calling.breaker import Breakers
from idp.calling.wire import Answer, Deadline, Dropped, TimedOut, TooLong, Wire

REFRESH_SECRET = "/sysapi/auth/refreshappsecret"  # noqa: S105 – a path
REST_PROXY = "/httpproxy"
SOAP_PROXY = "/wsproxy"
SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
REFRESH_SID = "refreshappsecret"
"""Assumption: the platform issues no service code for the refresh, so its name stands in for one."""

log = structlog.get_logger("connectors.gateway")


class Fault(StrEnum):
    """Why a call brought no answer that can be used."""

    TIMEOUT = "timeout"
    TRANSPORT = "transport"
    SERVER_ERROR = "server_error"
    QUOTA = "quota"
    UNTRUSTED_ANSWER = "untrusted_answer"
    BREAKER_OPEN = "breaker_open"
    REFUSED = "refused"


OUTAGES = (Fault.TIMEOUT, Fault.TRANSPORT, Fault.SERVER_ERROR, Fault.UNTRUSTED_ANSWER)
"""The faults that say the counterpart is out of order; a spent quota or a refusal does not."""


class NoAnswer(Exception):
    """The call failed, for this reason."""

    def __init__(self, reason: Fault) -> None:
        super().__init__(reason.value)
        self.reason = reason


@dataclass(frozen=True)
class Requester:
    """Who we are on the platform: the requester id it issued and the long-term application key."""

    rid: str
    app_key: str = field(repr=False)
    prefix: str = signing.PREFIX


@dataclass(frozen=True)
class Limits:
    """How long and how often to try; seconds."""

    total: float = 8.0
    attempts: int = 3
    slots: int = 4
    slot_wait: float = 1.0
    outages: int = 5
    rest: float = 30.0


class _SecretRefused(Exception):
    """The platform no longer takes the working secret."""


class Gateway:
    """Signed queries to services behind the platform; every failure is a `NoAnswer`."""

    def __init__(
        self,
        wire: Wire,
        requester: Requester,
        *,
        limits: Limits | None = None,
        signed_answers: bool = True,
        shelf: Shelf | None = None,
        now: Callable[[], datetime] = clock.now,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """`signed_answers=False` is for a platform that signs nothing: TLS alone then vouches for it."""
        self._wire = wire
        self._requester = requester
        self._limits = limits or Limits()
        self._signed_answers = signed_answers
        self._now = now
        self._secrets = SecretCache(self._fetch_secret, now, shelf)
        self._slots = threading.BoundedSemaphore(self._limits.slots)
        self._breakers = Breakers(threshold=self._limits.outages, rest=self._limits.rest, clock=monotonic)

    def deadline(self) -> Deadline:
        """A fresh deadline; one question that needs several calls shares one."""
        return Deadline.after(self._limits.total)

    def soap_query(
        self, sid: str, operation: etree._Element, *, request_id: str, deadline: Deadline
    ) -> bytes:
        """The body of a SOAP service's answer; the four values travel in the SOAP header."""

        def send(values: dict[str, str]) -> Answer:
            headers = {"content-type": "text/xml; charset=utf-8"}
            return self._wire.post(SOAP_PROXY, _envelope(operation, values), headers, deadline)

        return self._logged(sid, send, request_id, deadline)

    def rest_query(self, sid: str, body: bytes, *, request_id: str, deadline: Deadline) -> bytes:
        """The body of a REST service's answer; the four values travel as HTTP headers."""

        def send(values: dict[str, str]) -> Answer:
            return self._wire.post(REST_PROXY, body, {"content-type": "application/json", **values}, deadline)

        return self._logged(sid, send, request_id, deadline)

    def _logged(
        self, sid: str, send: Callable[[dict[str, str]], Answer], request_id: str, deadline: Deadline
    ) -> bytes:
        started, outcome = time.monotonic(), "crashed"
        try:
            body = self._guarded(sid, send, deadline)
            outcome = "answered"
            return body
        except NoAnswer as fault:
            outcome = fault.reason.value
            raise
        finally:
            spent = round((time.monotonic() - started) * 1000)
            log.info("exchange.called", sid=sid, request_id=request_id, outcome=outcome, duration_ms=spent)

    def _guarded(self, sid: str, send: Callable[[dict[str, str]], Answer], deadline: Deadline) -> bytes:
        """Behind the bulkhead and the breaker, with the wire's faults translated."""
        if not self._slots.acquire(timeout=min(self._limits.slot_wait, deadline.left())):
            raise NoAnswer(Fault.BREAKER_OPEN)
        try:
            breaker = self._breakers.of(sid)
            if not breaker.admits():
                raise NoAnswer(Fault.BREAKER_OPEN)
            out_of_order = True
            try:
                body = self._authenticated(sid, send, deadline)
                out_of_order = False
                return body
            except NoAnswer as fault:
                out_of_order = fault.reason in OUTAGES
                raise
            finally:
                (breaker.failed if out_of_order else breaker.worked)()
        finally:
            self._slots.release()

    def _authenticated(self, sid: str, send: Callable[[dict[str, str]], Answer], deadline: Deadline) -> bytes:
        """Renew a refused secret once; a call that was refused for it was never carried out."""
        secret = self._secret(deadline)
        try:
            return self._repeated(sid, send, secret, deadline)
        except _SecretRefused:
            secret = self._secret(deadline, refused=secret)
        try:
            return self._repeated(sid, send, secret, deadline)
        except _SecretRefused:
            raise NoAnswer(Fault.REFUSED) from None

    def _secret(self, deadline: Deadline, refused: str | None = None) -> str:
        try:
            return self._secrets.current(deadline, refused=refused)
        except TimedOut:
            raise NoAnswer(Fault.TIMEOUT) from None

    def _repeated(
        self, sid: str, send: Callable[[dict[str, str]], Answer], secret: str, deadline: Deadline
    ) -> bytes:
        return self._accepted(sid, self._delivered(lambda: send(self._values(sid, secret)), deadline), secret)

    def _delivered(self, send: Callable[[], Answer], deadline: Deadline) -> Answer:
        """Repeat what broke on the line while time remains; all calls here are queries and bear repeating."""

        def worth_repeating(fault: Exception) -> bool:
            return isinstance(fault, Dropped) and deadline.left() > 0.5

        try:
            for attempt in stamina.retry_context(
                on=worth_repeating,
                attempts=self._limits.attempts,
                timeout=None,
                wait_initial=0.05,
                wait_max=0.4,
                wait_jitter=0.1,
            ):
                with attempt:
                    return send()
        except Dropped:
            raise NoAnswer(Fault.TRANSPORT) from None
        except TimedOut:
            raise NoAnswer(Fault.TIMEOUT) from None
        except TooLong:
            raise NoAnswer(Fault.UNTRUSTED_ANSWER) from None
        raise AssertionError("retry_context ends by returning or raising")

    def _accepted(self, sid: str, answer: Answer, secret: str) -> bytes:
        if answer.status == 401:
            raise _SecretRefused
        _require_success(answer)
        if self._signed_answers and not self._signature_holds(sid, answer, secret):
            raise NoAnswer(Fault.UNTRUSTED_ANSWER)
        return answer.body

    def _signature_holds(self, sid: str, answer: Answer, secret: str) -> bool:
        rtime = answer.headers.get(f"{self._requester.prefix}rtime", "")
        claimed = answer.headers.get(f"{self._requester.prefix}sign", "")
        return signing.same(
            signing.sign_answer(sid, self._requester.rid, rtime, answer.body, secret), claimed
        )

    def _fetch_secret(self, deadline: Deadline) -> WorkingSecret:
        """First of the two steps: ask for a working secret, signed with the long-term application key."""
        values = self._values(REFRESH_SID, self._requester.app_key)
        headers = {"content-type": "application/json"}
        body = json.dumps(values).encode()
        answer = self._delivered(lambda: self._wire.post(REFRESH_SECRET, body, headers, deadline), deadline)
        if answer.status == 401:
            raise NoAnswer(Fault.REFUSED)
        _require_success(answer)
        return _working_secret(answer.body, self._requester.app_key)

    def _values(self, sid: str, secret: str) -> dict[str, str]:
        rtime = str(int(self._now().timestamp() * 1000))
        return signing.signed_values(
            self._requester.prefix, sid=sid, rid=self._requester.rid, rtime=rtime, secret=secret
        )


def _require_success(answer: Answer) -> None:
    if answer.status == 429:
        raise NoAnswer(Fault.QUOTA)
    if answer.status >= 500:
        raise NoAnswer(Fault.SERVER_ERROR)
    if answer.status != 200:
        raise NoAnswer(Fault.REFUSED)


def _working_secret(body: bytes, app_key: str) -> WorkingSecret:
    """Read ``{"code":"0","data":{"secret":…,"secretEndTime":ms}}``; E-106 means we are not on the list."""
    try:
        answer = json.loads(body)
        code = str(answer["code"])
        if code != "0":
            raise NoAnswer(Fault.SERVER_ERROR if code == "-1" else Fault.REFUSED)
        granted = answer["data"]
        ends = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=int(granted["secretEndTime"]))
        return WorkingSecret(signing.unwrap_secret(str(granted["secret"]), app_key), ends)
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
        raise NoAnswer(Fault.UNTRUSTED_ANSWER) from None


def _envelope(operation: etree._Element, values: dict[str, str]) -> bytes:
    envelope = etree.Element(f"{{{SOAP}}}Envelope", nsmap={"soapenv": SOAP})
    carried = etree.SubElement(etree.SubElement(envelope, f"{{{SOAP}}}Header"), "tongtechheader")
    for name, value in values.items():
        etree.SubElement(carried, name).text = value
    etree.SubElement(envelope, f"{{{SOAP}}}Body").append(operation)
    return bytes(etree.tostring(envelope, xml_declaration=True, encoding="UTF-8"))
