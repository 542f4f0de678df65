"""
Addresses that clients registered to be called at.

Nobody vouches for such an address, and its name may lead elsewhere at every look (DNS rebinding). Whoever
calls it therefore looks the name up once, asks `may_be_called` about every answer, and calls one of them.
"""

from collections.abc import Mapping
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Protocol

PRIVATE = tuple(
    map(ip_network, "127.0.0.0/8 ::1/128 10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 fc00::/7".split())
)
"""This machine and networks of one's own (RFC 1918, RFC 4193); not link-local, where clouds hand out keys."""
UNICAST = ip_network("2000::/3")
"""All that is assigned of IPv6's global unicast (RFC 4291 §2.4)."""
TRANSLATED = ip_network("64:ff9b::/96")
"""IPv4 behind a translator (RFC 6052 §2.1)."""


class NotReached(Exception):
    """No whole answer came, or the address is not one we call; the text says which and names nobody."""


class Callbacks(Protocol):
    """Calls what a client registered."""

    def post(self, url: str, form: Mapping[str, str]) -> int:
        """The status of the answer; a redirect is one. Raises NotReached."""

    def get(self, url: str) -> int:
        """The same for a question without a body."""

    def push(self, url: str, body: bytes, media_type: str) -> int:
        """The same for a body of any kind."""

    def ask(self, url: str, body: bytes, media_type: str) -> tuple[int, bytes]:
        """The same where the answer has something to say: its status and its bounded body."""


def may_be_called(address: str, private: bool) -> bool:
    """Whether an address is public, or of our own networks where these are allowed."""
    ip = _meant(ip_address(address))
    if private and any(ip in network for network in PRIVATE):
        return True
    return ip.is_global and not ip.is_multicast and (ip.version == 4 or ip in UNICAST)


def _meant(ip: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """The IPv4 address that an IPv6 one stands for (RFC 4291 §2.5.5.2, RFC 3056 §2, RFC 6052 §2.2)."""
    if isinstance(ip, IPv4Address):
        return ip
    if ip in TRANSLATED:
        return IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour or ip
