"""Which addresses of a CAS client tickets may be sent to (CAS protocol 3.0, §2.1.1, appendix on services).

Unlike a redirect URI, the service of a CAS request is the page somebody wanted, so an exact list seldom does.
What is registered is either one URL or the beginning of one that ends where a path segment ends; scheme, host
and port are always exact. A request's URL is normalised once and everything after works on that text alone.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import unquote_plus, urlsplit

from idp.clients import redirects
from idp.clients.fields import Fields

EXACT, PREFIX = "exact", "prefix"
STANDARD_PORTS = {"https": 443, "http": 80}
OURS = frozenset({"ticket", "SAMLart"})
"""Parameters only we append; one that is there already is somebody else's, or an old one."""

_HIDDEN = re.compile(r"//|%2e|%2f|%5c|%00|;", re.IGNORECASE)
"""What other programs may read as another path than we do."""


@dataclass(frozen=True)
class Service:
    """One registered address, or the beginning of many."""

    url: str
    is_prefix: bool = False

    def covers(self, url: str) -> bool:
        """Whether a normalised URL is this one, or lies below it."""
        if not self.is_prefix:
            return url == self.url
        rest = url[len(self.url) :]
        return url.startswith(self.url) and (not rest or self.url.endswith("/") or rest[0] in "/?")


def normalised(text: str | None) -> str | None:
    """
    A service URL in the one form that is compared, bound to tickets and redirected to; None for a bad one.

    Lower-case scheme and host, no standard port, a path; without our own parameters. Refused are user
    information, fragments, dot segments and whatever hides one.
    """
    if text is None or redirects.fault(text := _lower_origin(text)) is not None:
        return None
    parts = urlsplit(text)
    if _HIDDEN.search(parts.path):
        return None
    port = "" if parts.port in (None, STANDARD_PORTS.get(parts.scheme)) else f":{parts.port}"
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    pairs = parts.query.split("&")
    query = "&".join(pair for pair in pairs if unquote_plus(pair.partition("=")[0]) not in OURS)
    return f"{parts.scheme}://{host}{port}{parts.path or '/'}" + (f"?{query}" if query else "")


def origin(url: str) -> str:
    """Scheme, host and port, as they are written."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def best(services: Iterable[Service], url: str) -> Service | None:
    """The one of several that says most about a URL: an exact one, else the longest beginning."""
    found = [service for service in services if service.covers(url)]
    return max(found, key=lambda service: (not service.is_prefix, len(service.url)), default=None)


def read(fields: Fields) -> tuple[Service, ...]:
    """The `services` of a registration: `{"exact": URL}` or `{"prefix": URL}` each."""
    found = []
    for place, item in enumerate(fields.objects("services")):
        kind, url = next(iter(item.items()), ("", None))
        normal = normalised(url) if isinstance(url, str) else None
        if len(item) != 1 or kind not in (EXACT, PREFIX) or normal is None:
            fields.faults.append(f'services[{place}]: write {{"exact": URL}} or {{"prefix": URL}}, https')
        elif kind == PREFIX and "?" in normal:
            fields.faults.append(f"services[{place}]: a beginning has no query")
        else:
            found.append(Service(normal, kind == PREFIX))
    return tuple(found)


def _lower_origin(text: str) -> str:
    """Hosts and schemes are the same in either case (RFC 3986 §6.2.2.1)."""
    head, colon, rest = text.partition("://")
    host = re.match(r"[^/?#]*", rest)
    end = host.end() if host else 0
    return f"{head.lower()}{colon}{rest[:end].lower()}{rest[end:]}"
