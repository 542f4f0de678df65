"""Handles are unguessable, kept as digests and compared in constant time."""

import re

import pytest

from idp.crypto.handles import digest, new_handle, same


def test_handles_are_256_bits_that_fit_a_url() -> None:
    """43 url-safe characters, never the same twice."""
    handles = {new_handle() for _ in range(100)}

    assert 100 == len(handles)
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{43}", handle) for handle in handles)


def test_digests_are_sha_256() -> None:
    """The digest of "abc" is the one FIPS 180 publishes."""
    assert "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" == digest("abc")


@pytest.mark.parametrize("sent", ["", "码", "\udcff", "\ud800x", "a" * 70_000])
def test_any_text_has_a_digest(sent: str) -> None:
    """A stranger's handle is refused as unknown, never by a crash."""
    assert 64 == len(digest(sent))


@pytest.mark.parametrize(
    ("a", "b", "equal"), [("x", "x", True), ("x", "y", False), ("码", "码", True), ("", "x", False)]
)
def test_same_is_equality(a: str, b: str, equal: bool) -> None:
    """Constant time changes nothing about the answer."""
    assert equal == same(a, b)
