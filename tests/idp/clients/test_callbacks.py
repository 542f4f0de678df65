"""Which addresses behind a registered name are called."""

import pytest

from idp.clients.callbacks import may_be_called

PUBLIC = ["93.184.216.34", "2400:3200::1", "::ffff:93.184.216.34", "2002:5db8:d822::1", "64:ff9b::5db8:d822"]
OURS = [
    "127.0.0.1",
    "127.8.0.1",
    "::1",
    "10.1.2.3",
    "172.31.255.1",
    "192.168.0.9",
    "fd12::1",
    "::ffff:127.0.0.1",
    "::ffff:10.1.2.3",
    "2002:7f00:1::",
    "64:ff9b::a01:203",
]
NOBODYS = {
    "this network": "0.0.0.0",
    "unspecified": "::",
    "link-local": "169.254.169.254",
    "link-local 6": "fe80::1",
    "link-local with a scope": "fe80::1%lo",
    "link-local, mapped": "::ffff:169.254.169.254",
    "shared": "100.100.100.200",
    "multicast": "224.0.0.1",
    "multicast 6": "ff0e::1",
    "broadcast": "255.255.255.255",
    "reserved": "240.0.0.1",
    "reserved 6": "4000::1",
    "documentation": "203.0.113.9",
    "documentation 6": "2001:db8::1",
    "benchmarking": "198.18.0.1",
    "site-local": "fec0::1",
    "compatible": "::7f00:1",
    "teredo": "2001:0:7f00:1::",
    "translated by ourselves": "64:ff9b:1::1",
}


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_called(address: str) -> None:
    """However their IPv4 is written."""
    assert may_be_called(address, private=False)


@pytest.mark.parametrize("address", OURS)
def test_our_own_networks_are_called_only_where_that_is_allowed(address: str) -> None:
    """A registered name must not reach what only we can reach (SSRF)."""
    assert (False, True) == (may_be_called(address, private=False), may_be_called(address, private=True))


@pytest.mark.parametrize("private", [False, True])
@pytest.mark.parametrize("address", NOBODYS.values(), ids=NOBODYS)
def test_what_is_no_portals_is_never_called(address: str, private: bool) -> None:
    """Link-local is where clouds keep their credentials; nothing of the rest is a server."""
    assert not may_be_called(address, private)
