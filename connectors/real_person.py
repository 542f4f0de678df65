"""
The real-person comparison 实人比对 behind the exchange platform, as our `LikenessService`.

Two calls of one REST service: ``begin`` names the person and our page to return to, ``result`` asks what came
of it, with the ticket that the service gave to the browser in which the face was shown. Pictures pass between
that browser and the service alone. The answer carries a digest of our reference, name and number: what was
found about somebody else is no answer.
"""

import hashlib
import hmac
import json
import uuid
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import structlog

from connectors.gateway import Gateway, NoAnswer
from connectors.public_security import KNOWN, REASONS
from idp import clock
from idp.persons.likeness import Band, Compared, Outcome, Sitting
from idp.persons.registry import IdentityClaim, Unavailable, UnavailableReason, Unsupported

AUTHORITY = "real_person"
LONGEST = 512
"""Characters of a token or address that a service may give us."""
log = structlog.get_logger("connectors.real_person")


class Untrusted(Exception):
    """The answer is not one to what was asked."""


def subject(reference: str, number: str, name: str) -> str:
    """What ties a comparison to one person and one question, without telling who it is."""
    return hashlib.sha256(f"{reference}|{number}|{name}".encode()).hexdigest()


class RealPerson:
    """Asks the comparison service; only documents that the population base knows have a photograph there."""

    def __init__(
        self,
        gateway: Gateway,
        *,
        sid: str,
        pages: str,
        now: Callable[[], datetime] = clock.now,
    ) -> None:
        """`pages` is the address below which the service's own pages lie; a browser is sent nowhere else."""
        self._gateway = gateway
        self._sid = sid
        self._pages = pages.rstrip("/") + "/"
        self._now = now

    @property
    def origin(self) -> str:
        """Where its pages are."""
        parts = urlsplit(self._pages)
        return f"{parts.scheme}://{parts.netloc}"

    def begin(self, claim: IdentityClaim, return_url: str) -> Sitting | Unavailable | Unsupported:
        """Prepare one comparison; see the port."""
        if claim.kind not in KNOWN:
            return Unsupported()
        reference = uuid.uuid4().hex
        asked = {"returnUrl": return_url, "matter": claim.purpose.matter, "system": claim.purpose.system}
        answer = self._asked("begin", claim, reference, asked)
        if isinstance(answer, Unavailable):
            return answer
        token, url = answer.get("token"), answer.get("url")
        if not (_is_text(token) and _is_text(url) and str(url).startswith(self._pages)):
            return self._untrusted("begin")
        return Sitting(reference, str(token), str(url))

    def finish(self, claim: IdentityClaim, sitting: Sitting, ticket: str) -> Compared | Unavailable:
        """Ask what came of it; see the port."""
        asked = {"token": sitting.token, "ticket": ticket[:LONGEST]}
        answer = self._asked("result", claim, sitting.reference, asked)
        if isinstance(answer, Unavailable):
            return answer
        try:
            return self._compared(answer)
        except (ValueError, KeyError, TypeError):
            return self._untrusted("result")

    def _compared(self, answer: Mapping[str, Any]) -> Compared:
        outcome, band = Outcome(answer["result"]), answer.get("band")
        return Compared(
            outcome, Band(band) if band else None, AUTHORITY, str(answer["requestId"])[:64], self._now()
        )

    def _asked(
        self, operation: str, claim: IdentityClaim, reference: str, more: Mapping[str, str]
    ) -> dict[str, Any] | Unavailable:
        """One signed call; its answer must be about this person and this question."""
        told = {"operation": operation, "reference": reference, "number": claim.number, "name": claim.name}
        body = json.dumps({**told, **more}, ensure_ascii=False).encode()
        try:
            answered = self._gateway.rest_query(
                self._sid, body, request_id=reference, deadline=self._gateway.deadline()
            )
            return _about(answered, subject(reference, claim.number, claim.name))
        except NoAnswer as fault:
            return Unavailable(REASONS[fault.reason])
        except Untrusted:
            return self._untrusted(operation)

    def _untrusted(self, operation: str) -> Unavailable:
        log.warning("real_person.answer_refused", operation=operation)
        return Unavailable(UnavailableReason.UNTRUSTED_ANSWER)


def _about(body: bytes, wanted: str) -> dict[str, Any]:
    """The answer's data, if it is about whom we asked."""
    try:
        answer = json.loads(body)
        found = answer["data"] if str(answer["code"]) == "200" else None
    except (ValueError, KeyError, TypeError, RecursionError):
        raise Untrusted from None
    if not isinstance(found, dict) or not hmac.compare_digest(
        str(found.get("subject", "")).encode("utf-8", "surrogatepass"), wanted.encode()
    ):
        raise Untrusted
    return found


def _is_text(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= LONGEST and value.isascii() and value.isprintable()
