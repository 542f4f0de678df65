"""The cookies of a browser: its session, another for a civil servant's, and one for each interaction.

Over HTTPS they carry the `__Host-` and `__Secure-` prefixes (RFC 6265bis §4.1.3). Over plain HTTP on loopback
their names carry the port instead, because browsers share cookies between ports.
"""

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

CITIZEN = "citizen"
HALF_A_YEAR = 180 * 24 * 3600
HANDLE = re.compile(r"[A-Za-z0-9_-]{43}")


@dataclass(frozen=True)
class Cookies:
    """How this issuer names and guards its cookies."""

    session_name: str
    staff_name: str
    device_name: str
    interaction_prefix: str
    upstream_prefix: str
    secure: bool

    def session(self, environ: dict[str, Any], realm: str = CITIZEN) -> str | None:
        """The session handle this browser sent for a realm, if it has the form of one."""
        return _read(environ, self._name(realm))

    def device(self, environ: dict[str, Any]) -> str | None:
        """What this browser is known by, whoever signs in with it."""
        return _read(environ, self.device_name)

    def keep_device(self, handle: str) -> str:
        """The Set-Cookie value by which a browser is known again for half a year."""
        return self._set(self.device_name, handle, "/") + f"; Max-Age={HALF_A_YEAR}"

    def interaction(self, environ: dict[str, Any], interaction_id: str) -> str | None:
        """The proof that this browser began the interaction."""
        return _read(environ, self.interaction_prefix + interaction_id[:8])

    def keep_session(self, handle: str, realm: str = CITIZEN) -> str:
        """The Set-Cookie value that gives a browser its session; it lasts as long as the browser."""
        return self._set(self._name(realm), handle, "/")

    def forget_session(self, realm: str = CITIZEN) -> str:
        """The Set-Cookie value that takes the session away."""
        return self._set(self._name(realm), "", "/") + "; Max-Age=0"

    def keep_interaction(self, interaction_id: str) -> str:
        """The Set-Cookie value that binds an interaction to this browser, limited to its path."""
        path = f"/interaction/{interaction_id}"
        return self._set(self.interaction_prefix + interaction_id[:8], interaction_id, path)

    def upstream(self, environ: dict[str, Any], name: str) -> str | None:
        """The proof that this browser was sent to an upstream."""
        return _read(environ, self.upstream_prefix + name)

    def keep_upstream(self, name: str, handle: str, seconds: int) -> str:
        """The Set-Cookie value that binds a visit to an upstream to this browser, limited to its callback."""
        return self._set(self.upstream_prefix + name, handle, f"/federation/{name}") + f"; Max-Age={seconds}"

    def farewell(self, environ: dict[str, Any]) -> str | None:
        """The proof that this browser has just signed out, and of which session."""
        return _read(environ, self._farewell_name)

    def keep_farewell(self, handle: str, path: str, seconds: int) -> str:
        """The Set-Cookie value by which this browser is told, at that path alone, who knows of it."""
        return self._set(self._farewell_name, handle, path) + f"; Max-Age={seconds}"

    @property
    def _farewell_name(self) -> str:
        """Beside the interactions', whose prefix carries the port where ports share cookies."""
        return f"{self.interaction_prefix}out"

    def _name(self, realm: str) -> str:
        return self.session_name if realm == CITIZEN else self.staff_name

    def _set(self, name: str, value: str, path: str) -> str:
        return f"{name}={value}; Path={path}; HttpOnly; SameSite=Lax" + ("; Secure" if self.secure else "")


def cookies_of(issuer: str) -> Cookies:
    """The cookies of the instance with this issuer."""
    parts = urlsplit(issuer)
    if parts.scheme == "https":
        return Cookies(
            "__Host-yt-session",
            "__Host-yt-staff",
            "__Host-yt-device",
            "__Secure-yt-i-",
            "__Secure-yt-up-",
            secure=True,
        )
    port = parts.port or 80
    return Cookies(
        f"yt-session-{port}",
        f"yt-staff-{port}",
        f"yt-device-{port}",
        f"yt-i-{port}-",
        f"yt-up-{port}-",
        secure=False,
    )


def _read(environ: dict[str, Any], name: str) -> str | None:
    header = environ.get("HTTP_COOKIE", "")
    if name not in header:
        return None
    for pair in header.split(";"):
        found, _, value = pair.strip().partition("=")
        if found == name:
            return value if HANDLE.fullmatch(value) else None
    return None
