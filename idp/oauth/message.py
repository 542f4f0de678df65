"""HTTP with the framework taken off: what a protocol endpoint is asked, and what it answers."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple
from urllib.parse import unquote_plus

from pydantic_core import to_json

FORM = "application/x-www-form-urlencoded"
MOST_PARAMETERS = 64
REPEATABLE = frozenset({"resource", "audience"})
"""Parameters that RFC 8707 §2 and RFC 8693 §2.1 allow more than once."""

Headers = list[tuple[str, str]]


class Malformed(Exception):
    """The parameters cannot be read at all: not UTF-8, or far too many."""


class Parameters(NamedTuple):
    """Named values as they came; those sent without a value count as not sent (RFC 6749 §3.1)."""

    values: Mapping[str, str] = MappingProxyType({})
    repeated: frozenset[str] = frozenset()
    several: frozenset[str] = frozenset()
    """Which of `REPEATABLE` have come with different values."""

    def get(self, name: str) -> str | None:
        """The value, or None when it was not sent."""
        return self.values.get(name)


NOTHING = Parameters()


class Request(NamedTuple):
    """One request. `form` is the body's parameters, or the query's where an endpoint takes either."""

    method: str
    form: Parameters = NOTHING
    authorization: str | None = None
    """The Authorization header as sent."""


class Response(NamedTuple):
    """One answer; `headers` include the content type."""

    status: int
    body: bytes
    headers: Headers


def parse(text: str) -> Parameters:
    """Read an urlencoded text; raises Malformed."""
    values: dict[str, str] = {}
    repeated, several = set(), set()
    pairs = text.split("&", MOST_PARAMETERS)
    if len(pairs) > MOST_PARAMETERS:
        raise Malformed("too many parameters")
    for pair in pairs:
        name, _, value = pair.partition("=")
        if not value:
            continue
        name, value = _decoded(name), _decoded(value)
        if name in values and name not in REPEATABLE:
            repeated.add(name)
        if values.setdefault(name, value) != value and name in REPEATABLE:
            several.add(name)
    return Parameters(values, frozenset(repeated), frozenset(several))


def _decoded(text: str) -> str:
    if "%" not in text and "+" not in text and text.isascii():
        return text
    try:
        decoded = unquote_plus(text, errors="strict")
    except UnicodeDecodeError as failure:
        raise Malformed("not UTF-8") from failure
    if "\x00" in decoded:
        raise Malformed("a NUL character")
    return decoded


JSON_HEADERS: Headers = [
    ("Content-Type", "application/json"),
    ("Cache-Control", "no-store"),
    ("Pragma", "no-cache"),
]


def json_response(status: int, body: Mapping[str, Any], headers: Headers | None = None) -> Response:
    """An answer that nobody may keep (RFC 6749 §5.1)."""
    return Response(status, to_json(body), JSON_HEADERS + (headers or []))


def bearer(request: Request) -> str | None:
    """The access token in the Authorization header, the only place where we take one (RFC 6750 §2.1)."""
    scheme, _, token = (request.authorization or "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token else None
