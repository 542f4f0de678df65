"""Which redirect URIs may be registered, and which registered one a request names.

Matching is by the exact string (RFC 9700 §4.1.3): no patterns, no lower-casing, no prefix. The one exemption
is the port of a native application's loopback address (RFC 8252 §7.3).
"""

import re
from collections.abc import Collection
from urllib.parse import SplitResult, urlsplit

from idp.zones import LOOPBACK

_BY_NUMBER = frozenset({"127.0.0.1", "::1"})
LONGEST = 2000

_PLAIN = re.compile(r"[!-~]+")  # visible ASCII: no blanks, no control characters, nothing to be rewritten
_UNSAFE = re.compile(r'[\\"<>^`{|}*]|%(?![0-9A-Fa-f]{2})')
_PRIVATE_SCHEME = re.compile(r"[a-z][a-z0-9+-]*(\.[a-z0-9+-]+)+")


def fault(uri: str, native: bool = False) -> str | None:
    """Why this URI may not be registered; None when it may."""
    if not isinstance(uri, str) or not _PLAIN.fullmatch(uri) or len(uri) > LONGEST or _UNSAFE.search(uri):
        return "must be a plain absolute URI without wildcards"
    try:
        parts = urlsplit(uri)
        port = parts.port
    except ValueError:
        return "must be an absolute URI"
    if "#" in uri:
        return "must not have a fragment"
    if native and _PRIVATE_SCHEME.fullmatch(parts.scheme):
        return None  # com.example.app:/callback (RFC 8252 §7.1)
    if not parts.hostname or "@" in parts.netloc or port == 0:
        return "must name a host, without user information"
    if {".", ".."} & set(parts.path.split("/")):
        return "must not have dot segments"
    if parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts)):
        return None
    return "must use https (http only on loopback)"


def matches(uri: str, registered: Collection[str], native: bool = False) -> bool:
    """Whether a requested redirect URI is one of the registered ones."""
    if uri in registered:
        return True
    return native and any(_is_same_but_for_port(uri, known) for known in registered)


def is_loopback(parts: SplitResult) -> bool:
    """Whether a URI stays on the machine of the browser."""
    return parts.hostname in LOOPBACK


def _is_same_but_for_port(uri: str, known: str) -> bool:
    """RFC 8252 §7.3: any port, on a loopback address given as a number, over http; the rest as registered."""
    if fault(uri) is not None:
        return False
    asked, kept = urlsplit(uri), urlsplit(known)
    if kept.scheme != "http" or kept.hostname not in _BY_NUMBER or asked.hostname != kept.hostname:
        return False
    return _without_port(uri, asked) == _without_port(known, kept)


def _without_port(uri: str, parts: SplitResult) -> str:
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else str(parts.hostname)
    return uri.replace(f"//{parts.netloc}", f"//{host}", 1)
