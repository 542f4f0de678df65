"""What a request is counted by."""

import pytest

from idp.web.request_scope import network


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:0:1::7", "2001:db8:0:1::/64"),
        ("2001:db8:0:1:ffff:ffff:ffff:ffff", "2001:db8:0:1::/64"),
        ("2001:db8:0:2::7", "2001:db8:0:2::/64"),
        ("", ""),
    ],
)
def test_a_household_with_ipv6_is_one_source(address: str, expected: str) -> None:
    """Nobody escapes a limit by the addresses their own network gives away."""
    assert expected == network(address)
