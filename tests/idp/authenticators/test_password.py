"""Passwords: a policy without superstition, and no difference between wrong and unknown."""

import pytest

from idp.authenticators import password
from idp.authenticators.password import Weak
from idp.crypto import passwords

pytestmark = pytest.mark.usefixtures("earnest_hashes")


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        ("short77", Weak.TOO_SHORT),
        ("x" * 129, Weak.TOO_LONG),
        ("Password1", Weak.TOO_COMMON),
        ("5201314520", Weak.TOO_COMMON),
        ("aaaaabbbb", Weak.TOO_COMMON),
        ("31415926535", Weak.TOO_COMMON),
        ("my-zhangsan77", Weak.CONTAINS_IDENTITY),
        ("四个汉字加四个字", None),
        ("correct horse battery", None),
    ],
)
def test_a_password_is_judged_by_how_easily_it_is_guessed(chosen: str, expected: Weak | None) -> None:
    """Length and commonness count; classes of characters do not."""

    assert expected == password.weakness(chosen, ("zhangsan77",))


def test_a_hash_knows_its_password_only() -> None:
    """Argon2id in its standard text, verified and refused."""
    hashed = passwords.hash_password("correct horse")

    assert hashed.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert password.verify(hashed, "correct horse")
    assert not password.verify(hashed, "correct Horse")


def test_nobody_is_never_let_in() -> None:
    """Without a hash the answer is no, also for the password of the hash we compare with."""

    assert not password.verify(None, "nobody has this password")


def test_a_monstrous_password_costs_no_hash_of_its_own() -> None:
    """A megabyte of password is refused (CVE-2013-1443)."""
    hashed = passwords.hash_password("correct horse")

    assert not password.verify(hashed, "x" * 1_000_000)


def test_parameters_that_moved_on_ask_for_a_rehash() -> None:
    """A hash of other parameters is renewed at sign-in."""
    older = "$argon2id$v=19$m=8192,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$6Wz9mbU0XLBaY1xhhmG7fVvbmN9UGxgCzZ4WTzTqmdw"

    assert passwords.needs_rehash(older)
    assert not passwords.needs_rehash(passwords.hash_password("correct horse"))
