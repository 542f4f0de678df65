"""One-time codes: bound, counted, used once, and silent about whom they are for."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from idp.authenticators.sms import Asking, CodeLimits, NotSent, PhoneCodes
from idp.crypto.handles import new_handle
from idp.keys.vault import Vault
from idp.notices import sms as gateways
from idp.notices import texts
from idp.notices.sms import NotSentReason, Sent
from idp.storage.sqlite_state import sqlite_state
from tests.idp.persons.people import phone

ASKING = Asking("register", phone(1), new_handle())


@dataclass
class Phone:
    """A gateway that delivers into a list."""

    texts: list[str] = field(default_factory=list)
    away: bool = False

    def send(self, phone: str, text: str, *, reference: str) -> Sent | gateways.NotSent:
        if self.away:
            return gateways.NotSent(NotSentReason.TIMEOUT)
        self.texts.append(text)
        return Sent("m")

    @property
    def code(self) -> str:
        found = re.search(r"\d{6}", self.texts[-1])
        assert found
        return found.group()


@pytest.fixture
def gateway() -> Phone:
    return Phone()


@pytest.fixture
def codes(tmp_path: Path, vault: Vault, gateway: Phone) -> PhoneCodes:
    return PhoneCodes(sqlite_state(tmp_path / "state.db"), vault, gateway, CodeLimits())


def send(codes: PhoneCodes, asking: Asking = ASKING, source: str = "192.0.2.1") -> NotSent | None:
    words: Callable[[str], str] = lambda digits: texts.code("register", digits, 600, "zh-Hans")  # noqa: E731
    return codes.send(asking, source, words)


def other_browser() -> Asking:
    return replace(ASKING, browser=new_handle())


def test_the_code_that_was_sent_is_right_once(codes: PhoneCodes, gateway: Phone) -> None:
    """A code proves one thing one time."""
    send(codes)

    assert [True, False] == [codes.check(ASKING, gateway.code) for _ in range(2)]


@pytest.mark.parametrize(
    "asking",
    [
        other_browser(),
        replace(ASKING, purpose="recover"),
        replace(ASKING, phone=phone(2)),
    ],
)
def test_a_code_is_bound(codes: PhoneCodes, gateway: Phone, asking: Asking) -> None:
    """Another browser, purpose or phone cannot use it."""
    send(codes)

    assert not codes.check(asking, gateway.code)


def test_the_sixth_guess_is_in_vain(codes: PhoneCodes, gateway: Phone) -> None:
    """Five guesses, then even the right code is worth nothing."""
    send(codes)
    wrong = f"{(int(gateway.code) + 1) % 1_000_000:06d}"
    for _ in range(5):
        codes.check(ASKING, wrong)

    assert not codes.check(ASKING, gateway.code)


def test_a_hundred_uses_at_once_give_one_success(codes: PhoneCodes, gateway: Phone) -> None:
    """Racing a code gains nothing."""
    send(codes)
    code = gateway.code

    with ThreadPoolExecutor(8) as pool:
        successes = sum(pool.map(lambda _: codes.check(ASKING, code), range(100)))

    assert successes <= 1


def test_a_new_code_replaces_the_old_one(codes: PhoneCodes, gateway: Phone, tmp_path: Path) -> None:
    """The page says: look at the latest message."""
    send(codes)
    first = gateway.code
    codes.state.close()
    ahead = replace(codes, state=sqlite_state(tmp_path / "state.db", _in(61)))
    send(ahead)

    assert not ahead.check(ASKING, first) or first == gateway.code


def test_a_browser_waits_a_minute_between_messages(codes: PhoneCodes) -> None:
    """Pressing the button again sends nothing."""
    assert [None, NotSent.TOO_OFTEN] == [send(codes) for _ in range(2)]


def test_a_phone_gets_five_messages_an_hour(codes: PhoneCodes, gateway: Phone) -> None:
    """Nobody floods a phone by opening more browsers."""
    answers = [send(codes, other_browser()) for _ in range(6)]

    assert [None] * 5 + [NotSent.TOO_OFTEN] == answers
    assert 5 == len(gateway.texts)


def test_a_source_has_an_hourly_share(codes: PhoneCodes) -> None:
    """One address cannot write to a whole city."""
    few = replace(codes, limits=CodeLimits(source_per_hour=3))
    answers = [send(few, replace(other_browser(), phone=phone(i))) for i in range(5)]

    assert [None] * 3 + [NotSent.TOO_OFTEN] * 2 == answers


def test_a_gateway_that_is_away_is_said_so(codes: PhoneCodes, gateway: Phone) -> None:
    """Nobody waits for a message that was not taken."""
    gateway.away = True

    assert NotSent.UNAVAILABLE == send(codes)


def test_a_code_expires(codes: PhoneCodes, gateway: Phone, tmp_path: Path) -> None:
    """After ten minutes it proves nothing."""
    send(codes)
    codes.state.close()
    later = replace(codes, state=sqlite_state(tmp_path / "state.db", _in(601)))

    assert not later.check(ASKING, gateway.code)


def test_the_store_holds_neither_phone_nor_code(codes: PhoneCodes, gateway: Phone, tmp_path: Path) -> None:
    """What is kept can be read by nobody."""
    send(codes)
    codes.state.close()
    content = b"".join(file.read_bytes() for file in tmp_path.glob("state.db*"))

    assert [] == [secret for secret in (phone(1)[3:], gateway.code) if secret.encode() in content]


def _in(seconds: float) -> Callable[[], float]:
    import time

    return lambda: time.time() + seconds
