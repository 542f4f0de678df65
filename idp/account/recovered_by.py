"""By what an account was recovered, in what its person is told of it: what they should do depends on it."""

from collections.abc import Set

from idp.authenticators import recovery_codes, totp

OWN_WORDS = {totp.AMR: "_by_app", recovery_codes.AMR: "_by_codes"}
"""Means (`amr`) → the end of the topics that have words of their own; whoever came by phone had its code."""


def topic(told: str, means: Set[str]) -> str:
    """The topic of a notice about a recovery that went this way."""
    return told + OWN_WORDS.get(frozenset(means), "")
