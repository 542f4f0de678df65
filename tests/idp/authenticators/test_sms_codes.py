"""One-time codes: bound, counted, used once, and silent about whom they are for."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from idp.authenticators.sms import Asking, NotSent
from idp.crypto.handles import new_handle
from idp.keys.vault import Vault
from tests.idp.authenticators.codes import DAY, Counter, asking, counter
from tests.idp.persons.people import phone

ASKING = asking()


@pytest.fixture
def codes(tmp_path: Path, vault: Vault) -> Iterator[Counter]:
    found = counter(tmp_path, vault)
    yield found
    found.codes.state.close()


def test_the_code_that_was_sent_is_right_once(codes: Counter) -> None:
    """A code proves one thing one time."""
    codes.send(ASKING)

    assert [True, False] == [codes.check(ASKING, codes.phone.code) for _ in range(2)]


@pytest.mark.parametrize(
    "other",
    [
        replace(ASKING, browser=new_handle()),
        replace(ASKING, purpose="recover"),
        replace(ASKING, phone=phone(2)),
    ],
)
def test_a_code_is_bound(codes: Counter, other: Asking) -> None:
    """Another browser, purpose or phone cannot use it."""
    codes.send(ASKING)

    assert not codes.check(other, codes.phone.code)


def test_the_sixth_guess_is_in_vain(codes: Counter) -> None:
    """Five guesses, then even the right code is worth nothing."""
    codes.send(ASKING)
    for _ in range(5):
        codes.check(ASKING, codes.phone.wrong)

    assert not codes.check(ASKING, codes.phone.code)


def test_a_hundred_uses_at_once_give_one_success(codes: Counter) -> None:
    """Racing a code gains nothing."""
    codes.send(ASKING)
    code = codes.phone.code

    with ThreadPoolExecutor(8) as pool:
        successes = sum(pool.map(lambda _: codes.check(ASKING, code), range(100)))

    assert successes <= 1


def test_a_new_code_replaces_the_old_one(codes: Counter) -> None:
    """The page says: look at the latest message."""
    codes.send(ASKING)
    first = codes.phone.code
    codes.wait(61)
    codes.send(ASKING)

    assert not codes.check(ASKING, first) or first == codes.phone.code


def test_a_browser_waits_a_minute_between_messages(codes: Counter) -> None:
    """Pressing the button again sends nothing, and after the minute it does."""
    soon = [codes.send(ASKING) for _ in range(2)]
    codes.wait(61)

    assert [None, NotSent.TOO_SOON, None] == [*soon, codes.send(ASKING)]


def test_a_phone_waits_a_minute_after_three_messages(codes: Counter) -> None:
    """Whoever has just registered recovers at once; more browsers and purposes flood nobody."""
    askings = [asking("register"), asking("recover"), asking("recover"), asking("register"), asking()]
    soon = [codes.send(one) for one in askings]
    codes.wait(61)

    assert [None] * 3 + [NotSent.TOO_SOON] * 2 == soon
    assert None is codes.send(asking("recover"))


def test_another_phone_does_not_wait(codes: Counter) -> None:
    """A tool may register one person after the other."""
    assert [None] * 20 == [codes.send(asking(index=index)) for index in range(20)]


def test_a_phone_gets_five_messages_an_hour(codes: Counter) -> None:
    """However long one waits between them."""
    answers = []
    for _ in range(6):
        answers.append(codes.send(asking()))
        codes.wait(61)

    assert [None] * 5 + [NotSent.TOO_OFTEN] == answers
    assert 5 == len(codes.phone.texts)


def test_a_phone_gets_so_many_messages_a_day(codes: Counter) -> None:
    """Then none until midnight in Beijing, fifteen hours from nine in the morning."""
    few = codes.limited(phone_per_day=7)
    answers = []
    for _ in range(9):
        answers.append(few.send(asking()))
        few.wait(1801)
    few.wait(15 * 3600 - 9 * 1801)

    assert [None] * 7 + [NotSent.SPENT] * 2 == answers
    assert None is few.send(asking())


def test_asking_in_vain_uses_up_nobodys_day(codes: Counter) -> None:
    """A stranger who asks a hundred times at once has three messages sent, and the holder keeps the rest."""
    for _ in range(100):
        codes.send(asking(), "198.51.100.9")
    codes.wait(61)

    assert [None, None] == [codes.send(asking()) for _ in range(2)]


def test_a_source_has_an_hourly_share(codes: Counter) -> None:
    """One address cannot write to a whole city."""
    few = codes.limited(source_per_hour=3)
    answers = [few.send(asking(index=index)) for index in range(5)]

    assert [None] * 3 + [NotSent.TOO_OFTEN] * 2 == answers


def test_a_source_beyond_its_share_makes_no_phone_wait(codes: Counter) -> None:
    """What was refused for the asker's sake is not the phone's."""
    few = codes.limited(source_per_hour=1)
    for _ in range(5):
        few.send(asking(), "198.51.100.9")

    assert None is few.send(asking(), "203.0.113.1")


def test_a_gateway_that_is_away_is_said_so(codes: Counter) -> None:
    """Nobody waits for a message that was not taken."""
    codes.phone.away = True

    assert NotSent.UNAVAILABLE == codes.send(ASKING)


def test_a_code_expires(codes: Counter) -> None:
    """After ten minutes it proves nothing."""
    codes.send(ASKING)
    codes.wait(601)

    assert not codes.check(ASKING, codes.phone.code)


def test_the_store_holds_neither_phone_nor_code(codes: Counter, tmp_path: Path) -> None:
    """What is kept can be read by nobody, guesses and familiar places included."""
    codes.send(ASKING)
    codes.check(ASKING, codes.phone.wrong)
    codes.check(ASKING, codes.phone.code)
    codes.wait(DAY)
    codes.send(ASKING)
    content = b"".join(file.read_bytes() for file in tmp_path.glob("state.db*"))

    assert [] == [secret for secret in (phone(1)[3:], codes.phone.code) if secret.encode() in content]
