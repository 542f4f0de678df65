"""What an upstream answered: JSON from outside, read by dotted paths, never trusted to have a shape."""

import json
from collections.abc import Mapping
from typing import NewType

Answer = NewType("Answer", dict[str, object])
DEEPEST = 8
"""Members a path may go down."""


class Senseless(ValueError):
    """It is not what the interface describes; the text says what, never the content."""


def read(text: str) -> Answer:
    """A JSON object; a member named twice is refused, for two readers would see two persons."""
    try:
        found = json.loads(text, object_pairs_hook=_once)
    except (ValueError, RecursionError) as fault:
        raise Senseless("not json") from fault
    if not isinstance(found, dict):
        raise Senseless("not an object")
    return Answer(found)


def at(answer: Mapping[str, object], path: str) -> str:
    """The plain value at this path as text; empty where there is none, or one that is no plain value."""
    found: object = answer
    for name in path.split(".")[:DEEPEST]:
        if not isinstance(found, Mapping):
            return ""
        found = found.get(name)
    match found:
        case bool():
            return "true" if found else "false"
        case str() | int():
            return _sendable(str(found).strip())
    return ""


def within(answer: Mapping[str, object], path: str) -> Mapping[str, object]:
    """The object at this path, the answer itself for an empty one; an empty object where there is none."""
    found: object = answer
    for name in filter(None, path.split(".")):
        found = found.get(name) if isinstance(found, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def _sendable(text: str) -> str:
    """JSON may escape half a character (RFC 8259 §8.2), which nobody can store or send on."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return ""
    return text


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Senseless("a member named twice")
    return found
