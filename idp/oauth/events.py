"""Routine token events, too many for a row each; the audit spool counts them."""

from typing import NamedTuple


class TokenEvent(NamedTuple):
    """Something a client did with tokens. No token, no person's attribute."""

    what: str
    """`code`, `client_credentials`, `refresh`, `revocation`, `assertion`."""
    outcome: str
    """`issued`, or the error code."""
    client_id: str
