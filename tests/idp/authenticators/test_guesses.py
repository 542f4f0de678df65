"""Guessing codes: what the most diligent attacker has of a day, and what its victim keeps.

The simulation runs the rule itself. A phone's day is played for every n, with an attacker whose nth guess
alone is right; the day tells whether that guess is believed. Each guess is right with a chance of one in a
million, so as many as are believed, over a million, bound the attacker's chance of a day.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path

import pytest

from idp.authenticators import throttle
from idp.authenticators.sms import ATTEMPTS, CODES, Asking, CodeLimits
from idp.keys.vault import Vault
from idp.persons import lookup
from tests.idp.authenticators.codes import (
    DAY,
    ELSEWHERE,
    HOME,
    MORNING,
    WITHHELD,
    Counter,
    asking,
    counter,
)
from tests.idp.persons.people import phone

AIM = 1e-5
"""Fewer than one attacker in so many succeeds."""
TO_MIDNIGHT = 15 * 3600
NTHS = (*range(1, 31), 50, 75, 100)
"""After a hundred there are no codes left to guess at."""
Places = Callable[[int], str]


@pytest.fixture
def codes(tmp_path: Path, vault: Vault) -> Iterator[Counter]:
    found = counter(tmp_path, vault)
    yield found
    found.codes.state.close()


def anywhere(number: int) -> str:
    """Another address for each guess."""
    return f"203.0.113.{number % 250}"


def at_the_holders(number: int) -> str:
    """Behind the address where the holder is known, and elsewhere too."""
    return HOME if number % 2 else anywhere(number)


def gather(codes: Counter, victim: int, place: Places) -> list[tuple[Asking, str, str]]:
    """An hour's codes, all still good: in which browser, the right code, and a wrong one."""
    found = []
    for number in range(CodeLimits().phone_per_hour):
        browser = asking("recover", victim)
        if codes.send(browser, place(number)) is None and codes.phone.texts[-1] != WITHHELD:
            found.append((browser, codes.phone.code, codes.phone.wrong))
        codes.wait(61)
    return found


def is_believed(codes: Counter, nth: int, place: Places) -> bool:
    """Whether a day's nth guess would be, for who asks for every code there is and tries each five times."""
    numbers = count(1)
    for _ in range(CodeLimits().phone_per_day // CodeLimits().phone_per_hour + 1):
        for browser, right, wrong in gather(codes, nth, place):
            for number in (next(numbers) for _ in range(ATTEMPTS)):
                if codes.check(browser, right if number == nth else wrong, place(number)):
                    return True
        codes.wait(3600)
    return False


@pytest.mark.parametrize(
    ("place", "known", "expected"),
    [(anywhere, False, 6), (anywhere, True, 6), (at_the_holders, True, 9)],
    ids=["nobody is known", "the holder is known", "from the holder's own address"],
)
def test_fewer_than_one_attacker_in_a_hundred_thousand_succeeds(
    codes: Counter, place: Places, known: bool, expected: int
) -> None:
    """From however many addresses and browsers; a phone each, and a day each."""
    believed = 0
    for nth in NTHS:
        codes.at[0] = MORNING.timestamp() + nth * DAY
        if known:
            codes.prove(asking(index=nth))
        believed += is_believed(codes, nth, place)

    assert expected == believed
    assert believed / CODES < AIM


def test_a_hundred_guesses_at_once_are_six(codes: Counter) -> None:
    """Taken out before they are judged: two codes side by side give no more than one after the other."""
    browsers = [asking("register"), asking("recover")]
    wrongs = []
    for browser in browsers:
        codes.send(browser)
        wrongs.append((browser, codes.phone.wrong, codes.phone.code))
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: codes.check(*wrongs[n % 2][:2]), range(100)))

    assert [False, False] == [codes.check(browser, right) for browser, _, right in wrongs]


def spend(codes: Counter, source: str = ELSEWHERE) -> None:
    """Let a stranger guess until nothing is heard any more."""
    for _ in range(2):
        browser = asking("recover")
        codes.send(browser, source)
        for _ in range(ATTEMPTS):
            codes.check(browser, codes.phone.wrong, source)
    codes.wait(61)


def test_a_stranger_cannot_shut_the_holder_out_where_they_are_known(codes: Counter) -> None:
    """A third of the day's guesses is kept for there; it bears mistakes, and right codes cost none."""
    codes.prove(asking())
    codes.wait(61)
    spend(codes)
    browser = asking()
    codes.send(browser)
    codes.check(browser, codes.phone.wrong)
    mended = codes.check(browser, codes.phone.code)
    codes.wait(61)

    assert [True, True] == [mended, codes.prove(asking())]


def test_where_guesses_are_used_up_the_phone_hears_it_and_the_browser_does_not(codes: Counter) -> None:
    """A stranger sees what everybody sees; the message says what else one can do."""
    spend(codes)

    assert None is codes.send(asking(), ELSEWHERE)
    assert WITHHELD == codes.phone.texts[-1]


def test_a_guess_too_many_looks_like_a_wrong_one(codes: Counter) -> None:
    """Even the right code: or whoever guesses would learn that it is."""
    early = asking()
    codes.send(early)
    right = codes.phone.code
    codes.wait(61)
    spend(codes)

    assert not codes.check(early, right)


def test_tomorrow_everything_is_as_before(codes: Counter) -> None:
    """The holder was delayed, and is shut out of nothing."""
    spend(codes)
    codes.wait(TO_MIDNIGHT)

    assert codes.prove(asking(), ELSEWHERE)


def test_mistakes_of_one_phone_are_not_anothers(codes: Counter) -> None:
    """Whoever proves themselves beside an attack notices nothing."""
    spend(codes)

    assert codes.prove(asking(index=2), "198.51.100.2")


def believed_of_a_crowd(codes: Counter, nth: int, meets: Callable[[int], None] = lambda _: None) -> bool:
    """Whether a day's nth guess would be, of who sits at one place and tries every phone there is."""
    for number in range(1, nth + 1):
        victim = 1000 * nth + (number - 1) // ATTEMPTS
        if number % ATTEMPTS == 1:
            codes.wait(61)
            meets(victim)
            browser = asking("sign-in", victim)
            codes.send(browser, ELSEWHERE)
        if codes.phone.texts[-1] == WITHHELD:
            return False
        typed = codes.phone.code if number == nth else codes.phone.wrong
        if codes.check(browser, typed, ELSEWHERE):
            return True
    return False


@pytest.mark.parametrize("known", [False, True], ids=["strangers", "people who were here"])
def test_an_attacker_who_cares_for_no_phone_in_particular_has_no_more(codes: Counter, known: bool) -> None:
    """One address, as many phones and codes as it likes: six guesses a day, nine at people known there."""

    def meets(victim: int) -> None:
        if known:
            who = lookup.who(codes.codes.vault, lookup.read(phone(victim), codes.now))
            throttle.remember(codes.codes.state, who, ELSEWHERE)

    believed = 0
    for nth in (*range(1, 16), 60):
        codes.at[0] = MORNING.timestamp() + nth * DAY
        believed += believed_of_a_crowd(codes, nth, meets)

    assert (9 if known else 6) == believed
    assert believed / CODES < AIM


def test_a_mistake_that_was_mended_is_none(codes: Counter) -> None:
    """A hall behind one address mistypes all day long and is never shut out."""
    mended = []
    for person in range(20):
        browser = asking(index=person)
        codes.send(browser, ELSEWHERE)
        for _ in range(ATTEMPTS - 1):
            codes.check(browser, codes.phone.wrong, ELSEWHERE)
        mended.append(codes.check(browser, codes.phone.code, ELSEWHERE))

    assert [True] * 20 == mended


def test_a_place_that_wasted_its_guesses_is_told_by_message_alone(codes: Counter) -> None:
    """Or strangers would learn which phones are known there."""
    codes.prove(asking(index=3), ELSEWHERE)
    codes.wait(61)
    spend(codes)
    answers = [codes.send(asking(index=index), ELSEWHERE) for index in (2, 3)]

    assert [None, None] == answers
    assert [True, False] == [text == WITHHELD for text in codes.phone.texts[-2:]]


def test_who_mistypes_a_whole_code_still_has_another(codes: Counter) -> None:
    """Five wrong ones spend the code, not the day."""
    browser = asking()
    codes.send(browser)
    for _ in range(ATTEMPTS):
        codes.check(browser, codes.phone.wrong)

    assert codes.prove(asking())
