"""
Questions to the registries of organisations: JSON through the platform's REST proxy.

Every call of one verification carries the same request id and names its purpose, and all of them share one
deadline. What comes back is read here as far as it is JSON; what it says is the business of each adapter.
"""

import json
import re
import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

import structlog

from connectors.gateway import Gateway, NoAnswer
from connectors.public_security import REASONS
from idp.calling.wire import Deadline
from idp.persons.registry import Purpose, Unavailable, UnavailableReason

LONGEST_TEXT = 4000
"""Characters of a value that a registry has reason to send."""
MOST_ROWS = 20

T = TypeVar("T")
log = structlog.get_logger("connectors.registries")


class Untrusted(Exception):
    """The answer is not one to what was asked; the text says where, never what stood there."""


class Declined(Exception):
    """The registry takes no such call; the text is its code, if it looks like one."""

    def __init__(self, code: str) -> None:
        super().__init__(code if re.fullmatch(r"[0-9A-Za-z_-]{1,8}", code) else "?")


class Broken(Exception):
    """The registry says itself that it is out of order."""


class Inquiry:
    """One question to one registry, with an id and a purpose for all its calls."""

    def __init__(self, gateway: Gateway, purpose: Purpose, deadline: Deadline) -> None:
        self.request_id = str(uuid.uuid4())
        self._gateway = gateway
        self._purpose = {"system": purpose.system, "matter": purpose.matter, "operator": purpose.operator}
        self._deadline = deadline

    def call(self, sid: str, asked: Mapping[str, object]) -> Mapping[str, object]:
        """The JSON object a service answers; raises NoAnswer or Untrusted."""
        body = json.dumps({**asked, **self._purpose}).encode()
        answer = self._gateway.rest_query(sid, body, request_id=self.request_id, deadline=self._deadline)
        return json_object(answer)


def answered(inquiry: Inquiry, authority: str, ask: Callable[[], T]) -> T | Unavailable:
    """What came of asking, with every fault as the port has it, logged under the request's id."""
    try:
        return ask()
    except NoAnswer as fault:
        return Unavailable(REASONS[fault.reason])
    except Declined as fault:
        reason, why = UnavailableReason.REFUSED, str(fault)
    except Broken as fault:
        reason, why = UnavailableReason.TRANSPORT, str(fault)
    except Untrusted as fault:
        reason, why = UnavailableReason.UNTRUSTED_ANSWER, str(fault)
    log.warning(
        "registry.answer_refused",
        authority=authority,
        request_id=inquiry.request_id,
        reason=reason.value,
        why=why,
    )
    return Unavailable(reason)


def json_object(body: bytes | str) -> Mapping[str, object]:
    """The object in this text; raises Untrusted for anything else."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        raise Untrusted("not JSON") from None
    if not isinstance(found, dict):
        raise Untrusted("no object")
    return found


def text(row: Mapping[str, object], key: str) -> str:
    """A value as trimmed text, empty when it is absent; numbers count as text, lists and objects do not."""
    value = row.get(key)
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int) or len(str(value)) > LONGEST_TEXT:
        raise Untrusted(key)
    return str(value).strip()


def part(row: Mapping[str, object], key: str) -> Mapping[str, object]:
    """The object under this key, empty when it is absent."""
    value = row.get(key)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise Untrusted(key)
    return value


def rows(row: Mapping[str, object], key: str, most: int = MOST_ROWS) -> Sequence[Mapping[str, object]]:
    """The list of objects under this key, empty when it is absent."""
    value = row.get(key)
    if value is None:
        return ()
    if not isinstance(value, list) or len(value) > most or not all(isinstance(one, dict) for one in value):
        raise Untrusted(key)
    return value
