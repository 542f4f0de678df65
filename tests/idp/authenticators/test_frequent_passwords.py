"""The list of common passwords: complete, small, quick, and hardly ever wrong about others."""

import random
import string
import sys

import pytest

from idp.authenticators import frequent_passwords, frequent_patterns

CHOSEN = """
woaini1314 P@ssw0rd zhangwei123 1qaz2wsx3edc Zhongguo2020! a19900101 wangfang520 iloveyou520
qwer1234 Password1 1q2w3e4r qazwsxedc admin123456 beijing2008 wang123456 Aa123456. asdfghjkl
""".split()
RARE = [
    "correct horse battery",
    "四个汉字加四个字",
    "three quiet herons",
    "mengyao 7 tianjin geese",
    "Xk2#vvq9-Lm",
]


@pytest.mark.parametrize("password", CHOSEN)
def test_what_many_people_have_is_known(password: str) -> None:
    """Capitals, lookalikes and signs at the end make it no rarer."""
    assert frequent_passwords.is_common(password)


@pytest.mark.parametrize("password", RARE)
def test_what_nobody_else_has_is_not(password: str) -> None:
    """No superstition: length and rarity are enough."""
    assert not frequent_passwords.is_common(password)


def test_the_file_is_what_the_patterns_make() -> None:
    """It can be built again by anybody: more than 100,000 passwords in 400 kB."""
    content, number = frequent_patterns.build()

    assert content == frequent_passwords.FILE.read_bytes()
    assert number > 100_000
    assert len(content) <= 400_000


def test_one_in_ten_thousand_others_is_mistaken() -> None:
    """Of 20,000 random ones, no more than a few."""
    dice = random.Random(7)
    letters = string.ascii_lowercase + string.digits
    others = ["".join(dice.choices(letters, k=12)) for _ in range(20_000)]

    assert sum(map(frequent_passwords.is_common, others)) < 15


def test_looking_one_up_costs_next_to_nothing() -> None:
    """Some dozens of calls and bits, however long the list is; the file is read once."""
    frequent_passwords.is_common("warm up")
    read, calls = frequent_passwords._file.cache_info().misses, 0

    def count(frame: object, event: str, argument: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    sys.setprofile(count)
    frequent_passwords.is_common("P@ssw0rd of a correct horse!")
    sys.setprofile(None)

    assert 10 < calls < 100
    assert read == frequent_passwords._file.cache_info().misses
