"""XML of others, read with suspicion, and XML of ours, written in canonical form.

On top of `idp.safe_xml`: no comments and no instructions (what a reader skips may split a name in two),
no ID twice, a bounded depth.
"""

from datetime import UTC, datetime
from typing import TypeAlias

from lxml import etree

from idp import safe_xml
from idp.safe_xml import NOT_XML, Untrusted, child, has, text

__all__ = [
    "Element",
    "Untrusted",
    "attribute",
    "child",
    "children",
    "escaped",
    "has",
    "moment",
    "optional",
    "parse",
    "text",
]

DS = "http://www.w3.org/2000/09/xmldsig#"
SAML = "urn:oasis:names:tc:SAML:2.0:assertion"
SAMLP = "urn:oasis:names:tc:SAML:2.0:protocol"
MD = "urn:oasis:names:tc:SAML:2.0:metadata"
ID = "ID"
DEEPEST = 32
LONGEST = 128 * 1024
MOST_ELEMENTS = 2000
EARLIEST_YEAR, LATEST_YEAR = 1900, 9999

Element: TypeAlias = etree._Element

_IN_TEXT = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#xD;"})
_IN_ATTRIBUTE = str.maketrans(
    {"&": "&amp;", "<": "&lt;", '"': "&quot;", "\t": "&#x9;", "\n": "&#xA;", "\r": "&#xD;"}
)


def parse(document: bytes, longest: int = LONGEST) -> Element:
    """The root of a message; raises Untrusted for whatever is more than elements, attributes and text."""
    root = safe_xml.parse(document, longest)
    seen: set[str] = set()
    for count, element in enumerate(root.getroottree().getroot().iter()):
        if not isinstance(element.tag, str):
            raise Untrusted("comment or instruction")
        if count >= MOST_ELEMENTS:
            raise Untrusted("too many elements")
        name = element.get(ID)
        if name is not None and name in seen:
            raise Untrusted("the same ID twice")
        seen.add(name or "")
    if root.getprevious() is not None or root.getnext() is not None:
        raise Untrusted("comment or instruction")
    if _depth(root) > DEEPEST:
        raise Untrusted("too deep")
    return root


def children(parent: Element, name: str) -> list[Element]:
    """The children of that name in Clark notation."""
    return list(parent.findall(name))


def optional(parent: Element, name: str) -> Element | None:
    """The child of that local name, if there is one; several are refused."""
    return child(parent, name) if has(parent, name) else None


def attribute(element: Element, name: str) -> str:
    """An attribute that must be there."""
    value = element.get(name)
    if not value:
        raise Untrusted(f"{name} is missing")
    return str(value)


def moment(written: str) -> datetime:
    """
    A time in UTC (SAML Core §1.3.3); raises Untrusted.

    Neither the first nor the last years there are: a zone or a skew would lead out of the calendar.
    """
    try:
        found = datetime.fromisoformat(written)
    except ValueError as fault:
        raise Untrusted("time") from fault
    if found.tzinfo is None:
        raise Untrusted("time without zone")
    if not EARLIEST_YEAR <= found.year < LATEST_YEAR:
        raise Untrusted("time")
    return found.astimezone(UTC)


def escaped(value: str) -> str:
    """Text content in canonical form (Canonical XML §2.3); what XML cannot carry becomes U+FFFD."""
    return NOT_XML.sub("\ufffd", value).translate(_IN_TEXT)


def escaped_attribute(value: str) -> str:
    """The same between double quotes."""
    return NOT_XML.sub("\ufffd", value).translate(_IN_ATTRIBUTE)


def _depth(root: Element) -> int:
    deepest = level = 0
    for event, _ in etree.iterwalk(root, events=("start", "end")):
        level += 1 if event == "start" else -1
        deepest = max(deepest, level)
    return deepest
