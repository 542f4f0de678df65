"""Network zones 网络区域: host names by which one provider is reached on the internet and on the 政务外网.

The issuer is one and the same in every zone and stands in every token (RFC 8414 §2); what differs is where
endpoints and pages are. Which zone a request came by is read from its host, and only hosts that are written
down here count: the edge refuses every other one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlsplit

LOOPBACK = ("127.0.0.1", "localhost", "::1")
"""What a machine calls itself: what is said there in the clear, nobody hears on the way."""


@dataclass(frozen=True)
class Zone:
    """A network besides the issuer's own: where endpoints are reached in it, and the names it goes by."""

    name: str
    base: str
    hosts: frozenset[str] = frozenset()
    """More names, with the port if it is not the usual one; what is asked there is answered for `base`."""


@dataclass(frozen=True)
class Zones:
    """The issuer and every zone beside it."""

    issuer: str
    others: tuple[Zone, ...] = ()

    @cached_property
    def _bases(self) -> Mapping[str, str]:
        named = ((host, zone.base) for zone in self.others for host in (host_of(zone.base), *zone.hosts))
        return {host.lower(): base for host, base in named}

    @property
    def hosts(self) -> frozenset[str]:
        """The host names of all zones but the issuer's."""
        return frozenset(self._bases)

    @property
    def bases(self) -> tuple[str, ...]:
        """Where endpoints are reached, the issuer first."""
        return (self.issuer, *(zone.base for zone in self.others))

    def base_for(self, host: str) -> str:
        """The URL that paths are appended to for whoever came by this host; the issuer for any other name."""
        return self._bases.get(host.lower(), self.issuer)

    def is_home(self, host: str) -> bool:
        """Whether it is the issuer's own network, by whatever name."""
        return host.lower() not in self._bases


def host_of(base: str) -> str:
    """The host of an origin as browsers send it, with the port if it is not the usual one."""
    return urlsplit(base).netloc.lower()
