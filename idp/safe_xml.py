"""XML from outside: no DTD, no entities, no network, a bounded size, and no element read twice or half."""

import re

from lxml import etree

MAX_BYTES = 64 * 1024
NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What no document can carry (XML 1.0 §2.2)."""


class Untrusted(Exception):
    """The document is not what the interface describes; the text says what, never the content."""


def parse(document: bytes, longest: int = MAX_BYTES) -> etree._Element:
    """The root of a plain UTF-8 document; raises `Untrusted` for anything else."""
    if len(document) > longest:
        raise Untrusted("too long")
    if b"\0" in document or not _is_utf_8(document):
        raise Untrusted("encoding")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False
    )
    try:
        root = etree.fromstring(document, parser)
    except (etree.XMLSyntaxError, ValueError) as fault:
        raise Untrusted("not well-formed") from fault
    described = root.getroottree().docinfo
    if described.doctype or described.internalDTD is not None:
        raise Untrusted("document type declaration")
    if (described.encoding or "UTF-8").upper() != "UTF-8":
        raise Untrusted("encoding")
    return root


def child(parent: etree._Element, name: str) -> etree._Element:
    """The one child of that local name; none or several are refused."""
    found = [element for element in parent if _local(element) == name]
    if len(found) != 1:
        raise Untrusted(f"{len(found)} × {name}")
    return found[0]


def has(parent: etree._Element, name: str) -> bool:
    """Whether there is a child of that local name, however many."""
    return any(_local(element) == name for element in parent)


def text(parent: etree._Element, name: str) -> str:
    """The text of the one child of that local name, trimmed; a comment or element inside it is refused."""
    element = child(parent, name)
    if len(element):
        raise Untrusted(f"{name} is not plain text")
    return str(element.text or "").strip()


def _is_utf_8(document: bytes) -> bool:
    try:
        document.decode()
    except UnicodeDecodeError:
        return False
    return True


def _local(element: etree._Element) -> str:
    """The tag without its namespace; comments and instructions have none."""
    return etree.QName(element).localname if isinstance(element.tag, str) else ""
