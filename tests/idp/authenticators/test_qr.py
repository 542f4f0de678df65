"""A screen and a phone: who may claim, answer and pick up, each of them once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier
from typing import TypeVar
from uuid import UUID

import pytest

from idp import clock
from idp.authenticators import qr
from idp.authenticators.qr import Asking, Confirmed, Pairings, State
from idp.keys.vault import Vault
from idp.storage.base import new_id
from idp.storage.state import StateStore

T = TypeVar("T")
RACERS = 50
SAID_AT = clock.now()
PHONE, OTHER_PHONE = new_id(), new_id()
PERSON = new_id()


@pytest.fixture
def pairings(state_store: StateStore, vault: Vault) -> Pairings:
    """Those of one instance, on every kind of store."""
    return Pairings(state_store, vault)


def asking(now: datetime) -> Asking:
    return Asking("city", "city.example.gov.cn", "Edge · Windows", "203.0.113.*", now, 1)


def yes(session_id: UUID = PHONE) -> Confirmed:
    return Confirmed(PERSON, session_id, qr.AMR, SAID_AT)


def race(act: Callable[[int], T]) -> list[T]:
    """What each of fifty threads got that acted at the same moment."""
    start = Barrier(RACERS)

    def run(number: int) -> T:
        start.wait()
        return act(number)

    with ThreadPoolExecutor(RACERS) as threads:
        return list(threads.map(run, range(RACERS)))


def claimed(pairings: Pairings, now: datetime) -> tuple[str, str]:
    """A pairing that a phone has, and the digits its screen shows."""
    handle = pairings.ask(asking(now))
    pairing = pairings.claim(handle, PHONE, now)
    assert pairing is not None
    return handle, pairing.shown


def wrong(shown: str) -> str:
    return "11" if shown != "11" else "12"


def confirmed(pairings: Pairings, now: datetime) -> qr.Pairing:
    """A pairing with its answer, which nobody has picked up."""
    handle, shown = claimed(pairings, now)
    assert State.CONFIRMED is pairings.confirm(handle, shown, yes(), now)
    found = pairings.find(handle, now)
    assert found is not None
    return found


def test_a_right_answer_lets_in_once(pairings: Pairings, now: datetime) -> None:
    """And says who gave it, and what it is worth."""
    pairing = confirmed(pairings, now)

    assert [yes(), None] == [pairings.pick_up(pairing) for _ in range(2)]


def test_a_wrong_answer_ends_it(pairings: Pairings, now: datetime) -> None:
    """There is one try, so that whoever has not seen the screen gets in once in ninety."""
    handle, shown = claimed(pairings, now)
    became = [pairings.confirm(handle, typed, yes(), now) for typed in (wrong(shown), shown)]
    found = pairings.find(handle, now)

    assert [State.MISMATCHED, State.ENDED] == became
    assert found is not None and (State.MISMATCHED, "") == (found.state, found.ticket)


def test_nothing_can_be_answered_before_it_is_claimed(pairings: Pairings, now: datetime) -> None:
    """The digits do not exist until a phone has come: a picture that is sent on has none."""
    handle = pairings.ask(asking(now))
    found = pairings.find(handle, now)

    assert found is not None and "" == found.shown
    assert State.ENDED is pairings.confirm(handle, "", yes(), now)


def test_the_first_phone_keeps_it(pairings: Pairings, now: datetime) -> None:
    """It may ask again; another neither claims, answers nor refuses."""
    handle, shown = claimed(pairings, now)

    assert pairings.claim(handle, PHONE, now) is not None
    assert pairings.claim(handle, OTHER_PHONE, now) is None
    assert pairings.refuse(handle, OTHER_PHONE, now) is None
    assert State.ENDED is pairings.confirm(handle, shown, yes(OTHER_PHONE), now)
    assert State.CONFIRMED is pairings.confirm(handle, shown, yes(), now)


def test_of_fifty_phones_one_claims_it(pairings: Pairings, now: datetime) -> None:
    """At the same moment (the picture of a screen in a full hall)."""
    handle, phones = pairings.ask(asking(now)), [new_id() for _ in range(RACERS)]
    won = race(lambda number: pairings.claim(handle, phones[number], now))

    assert 1 == len([one for one in won if one is not None])


def test_fifty_answers_at_once_are_one_try(pairings: Pairings, now: datetime) -> None:
    """Half of them right: whichever comes first is the answer, and at most one ticket exists."""
    handle, shown = claimed(pairings, now)
    became = race(lambda number: pairings.confirm(handle, shown if number % 2 else wrong(shown), yes(), now))

    assert 1 == len([one for one in became if one is not State.ENDED])


def test_fifty_browsers_that_pick_up_are_one(pairings: Pairings, now: datetime) -> None:
    """One confirmation begins one session."""
    pairing = confirmed(pairings, now)
    won = race(lambda _: pairings.pick_up(pairing))

    assert [yes()] == [one for one in won if one is not None]


def test_fifty_screens_have_fifty_numbers(pairings: Pairings, now: datetime) -> None:
    """And each number leads to its own."""
    handles = race(lambda _: pairings.ask(asking(now)))
    found = [pairings.find(handle, now) for handle in handles]
    numbers = [one.number for one in found if one is not None]

    assert RACERS == len(set(numbers))
    assert handles == [pairings.by_number(number, now) for number in numbers]


def test_two_minutes_are_two_minutes(pairings: Pairings, now: datetime) -> None:
    """Afterwards nobody finds, claims or answers it, though the record still lives."""
    handle, shown = claimed(pairings, now)
    waiting = pairings.ask(asking(now))
    late = now + qr.LIFETIME + timedelta(seconds=1)
    found = pairings.find(waiting, late)

    assert found is not None and State.ENDED is found.state
    assert pairings.by_number(found.number, late) is None
    assert pairings.claim(waiting, PHONE, late) is None
    assert State.ENDED is pairings.confirm(handle, shown, yes(), late)


def test_an_answer_at_the_last_moment_can_be_picked_up(pairings: Pairings, now: datetime) -> None:
    """The screen asks every three seconds, and has thirty."""
    handle, shown = claimed(pairings, now)
    last = now + qr.LIFETIME
    pairings.confirm(handle, shown, yes(), last)
    found = pairings.find(handle, last + timedelta(seconds=20))

    assert found is not None and yes() == pairings.pick_up(found)


def test_a_number_leads_nowhere_once_a_phone_has_come(pairings: Pairings, now: datetime) -> None:
    """Nor after a refusal, nor when the screen has another."""
    first, _ = claimed(pairings, now)
    second, third = pairings.ask(asking(now)), pairings.ask(asking(now))
    pairings.refuse(second, PHONE, now)
    pairings.give_up(third, now)
    numbers = [found.number for handle in (first, second, third) if (found := pairings.find(handle, now))]

    assert [None] * 3 == [pairings.by_number(number, now) for number in numbers]


def test_what_was_given_up_cannot_be_answered(pairings: Pairings, now: datetime) -> None:
    """The person at the screen saw a phone that was not theirs, and took another picture."""
    handle, shown = claimed(pairings, now)
    pairings.give_up(handle, now)

    assert State.ENDED is pairings.confirm(handle, shown, yes(), now)


def test_a_person_has_thirty_wrong_numbers_a_day_and_a_source_sixty_an_hour(
    state_store: StateStore, now: datetime
) -> None:
    """Fewer than 1 in 10⁵ who guess for a day end at a stranger's screen and guess its digits too."""
    person, source = qr.guesses_of(state_store, PERSON, "198.51.100.7", now)
    taken = [person.take() for _ in range(32)], [source.take() for _ in range(62)]
    screens, chance = 1000, 1 / len(qr.SHOWN)

    assert (30, 60) == (sum(taken[0]), sum(taken[1]))
    assert 1e-5 > sum(taken[0]) * screens / qr.NUMBERS * chance


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("203.0.113.9", "203.0.113.*"),
        ("2001:db8:1:2::9", "2001:0db8:0001:*"),
        ("", ""),
        ("somewhere", ""),
    ],
)
def test_a_place_is_a_network(source: str, expected: str) -> None:
    """What the phone shows finds no machine."""
    assert expected == qr.network_of(source)
