"""The two cookies of a browser: its session, and one for each interaction it is in.

Over HTTPS they carry the `__Host-` and `__Secure-` prefixes (RFC 6265bis §4.1.3). Over plain HTTP on loopback
their names carry the port instead, because browsers share cookies between ports.
"""

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

HANDLE = re.compile(r"[A-Za-z0-9_-]{43}")


@dataclass(frozen=True)
class Cookies:
    """How this issuer names and guards its cookies."""

    session_name: str
    interaction_prefix: str
    secure: bool

    def session(self, environ: dict[str, Any]) -> str | None:
        """The session handle this browser sent, if it has the form of one."""
        return _read(environ, self.session_name)

    def interaction(self, environ: dict[str, Any], interaction_id: str) -> str | None:
        """The proof that this browser began the interaction."""
        return _read(environ, self.interaction_prefix + interaction_id[:8])

    def keep_session(self, handle: str) -> str:
        """The Set-Cookie value that gives a browser its session; it lasts as long as the browser."""
        return self._set(self.session_name, handle, "/")

    def forget_session(self) -> str:
        """The Set-Cookie value that takes the session away."""
        return self._set(self.session_name, "", "/") + "; Max-Age=0"

    def keep_interaction(self, interaction_id: str) -> str:
        """The Set-Cookie value that binds an interaction to this browser, limited to its path."""
        path = f"/interaction/{interaction_id}"
        return self._set(self.interaction_prefix + interaction_id[:8], interaction_id, path)

    def _set(self, name: str, value: str, path: str) -> str:
        return f"{name}={value}; Path={path}; HttpOnly; SameSite=Lax" + ("; Secure" if self.secure else "")


def cookies_of(issuer: str) -> Cookies:
    """The cookies of the instance with this issuer."""
    parts = urlsplit(issuer)
    if parts.scheme == "https":
        return Cookies("__Host-yt-session", "__Secure-yt-i-", secure=True)
    port = parts.port or 80
    return Cookies(f"yt-session-{port}", f"yt-i-{port}-", secure=False)


def _read(environ: dict[str, Any], name: str) -> str | None:
    header = environ.get("HTTP_COOKIE", "")
    if name not in header:
        return None
    for pair in header.split(";"):
        found, _, value = pair.strip().partition("=")
        if found == name:
            return value if HANDLE.fullmatch(value) else None
    return None
