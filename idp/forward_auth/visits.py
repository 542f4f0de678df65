"""A request to a protected site as its proxy describes it, and the cookies that belong to that site.

Which headers describe it is settled by the address the proxy was configured with, never by what was sent:
where one proxy sets a header, another passes on whatever a browser invents.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from idp.clients import services
from idp.crypto.handles import digest

LONGEST = 2000
START_SECONDS = 3600
"""How long somebody may take to sign in."""
OWN = "/.yitong/"
"""Below this path a protected site belongs to us."""
CALLBACK, SIGN_OUT = f"{OWN}callback", f"{OWN}sign-out"
HANDLE = re.compile(r"[A-Za-z0-9_-]{43}")
_PLAIN = re.compile(r"[!-\[\]-~]+")  # visible ASCII without the backslash

Environ = dict[str, Any]


@dataclass(frozen=True)
class Visit:
    """One request to a protected site."""

    origin: str
    target: str
    """Path and query, as sent."""
    cookies: str
    navigates: bool = True
    """Whether a redirect would be followed by somebody who can see a page."""

    @property
    def url(self) -> str:
        """The deep link; the site's start page where it is too strange to come back to."""
        plain = len(self.target) <= LONGEST and _PLAIN.fullmatch(self.target) and "#" not in self.target
        return self.origin + (self.target if plain else "/")

    @property
    def path(self) -> str:
        """The path as sent, without the query."""
        return self.target.partition("?")[0]

    @property
    def handle(self) -> str | None:
        """What the site's cookie holds, if it has the form of a handle."""
        name = cookie_name(self.origin, "visit")
        return next((value for found, value in self._handles() if found == name), None)

    @property
    def bindings(self) -> list[str]:
        """What this browser was given when it was sent to sign in; more than once, if two tabs raced."""
        prefix = cookie_name(self.origin, "start") + "-"
        return [value for found, value in self._handles() if found.startswith(prefix)]

    def _handles(self) -> Iterator[tuple[str, str]]:
        for pair in self.cookies.split(";"):
            name, _, value = pair.strip().partition("=")
            if HANDLE.fullmatch(value):
                yield name, value


def by_original_url(environ: Environ) -> Visit | None:
    """From `X-Original-URL`, which nginx is told to set; None where it makes no sense."""
    head, colon, rest = environ.get("HTTP_X_ORIGINAL_URL", "").partition("://")
    host, slash, path = rest.partition("/")
    return _visit(environ, head + colon + host, slash + path, navigates=True)


def by_forwarded(environ: Environ) -> Visit | None:
    """From `X-Forwarded-Proto`, `-Host` and `-Uri`, which Traefik always sets itself."""
    method = environ.get("HTTP_X_FORWARDED_METHOD", "GET")
    mode = environ.get("HTTP_SEC_FETCH_MODE", "navigate")
    said = f"{environ.get('HTTP_X_FORWARDED_PROTO', '')}://{environ.get('HTTP_X_FORWARDED_HOST', '')}"
    target = environ.get("HTTP_X_FORWARDED_URI", "")
    return _visit(environ, said, target, navigates=method in ("GET", "HEAD") and mode == "navigate")


def keep_visit(origin: str, handle: str) -> str:
    """The Set-Cookie value for the protected host; it lasts as long as the browser."""
    return _set(origin, cookie_name(origin, "visit"), handle)


def keep_binding(origin: str, held: str) -> str:
    """The Set-Cookie value that ties a way in to this browser, under a name of its own."""
    name = f"{cookie_name(origin, 'start')}-{digest(held)[:8]}"
    return f"{_set(origin, name, held)}; Max-Age={START_SECONDS}"


def _set(origin: str, name: str, value: str) -> str:
    secure = "; Secure" if origin.startswith("https:") else ""
    return f"{name}={value}; Path=/; HttpOnly; SameSite=Lax{secure}"


def cookie_name(origin: str, kind: str) -> str:
    """Bound to the host by its prefix; over plain HTTP the port is in it, as ports share cookies."""
    parts = urlsplit(origin)
    return f"__Host-yt-{kind}" if parts.scheme == "https" else f"yt-{kind}-{parts.port or 80}"


def _visit(environ: Environ, said: str, target: str, navigates: bool) -> Visit | None:
    normal = services.normalised(said)
    if normal is None or urlsplit(normal).path != "/" or not target.startswith("/"):
        return None
    return Visit(services.origin(normal), target, environ.get("HTTP_COOKIE", ""), navigates)
