"""How often the authority is asked about a number, and what counts."""

from pathlib import Path

import pytest

from idp.keys.vault import Vault
from idp.persons import checking
from idp.persons.checking import Checked, Spent
from idp.persons.registry import (
    IdentityClaim,
    Mismatch,
    MismatchReason,
    Unavailable,
    Unsupported,
    Verified,
)
from idp.storage.sqlite_state import sqlite_state
from idp.storage.state import StateStore
from tests.idp.persons.people import ANOTHER_PHONE, AWAY, NOW, YES, claim, phone

NO = Mismatch(MismatchReason.NAME, "public_security", "request-2", NOW)


class Authority:
    """A registry that gives the answers it was told to, and counts."""

    def __init__(self, *answers: Verified | Mismatch | Unavailable | Unsupported) -> None:
        self.answers = list(answers)
        self.phones: list[str | None] = []
        self.asked = 0

    def verify(self, claim: IdentityClaim) -> Verified | Mismatch | Unavailable | Unsupported:
        self.phones.append(claim.phone)
        self.asked += 1
        return self.answers[min(self.asked, len(self.answers)) - 1]


@pytest.fixture
def state(tmp_path: Path) -> StateStore:
    return sqlite_state(tmp_path / "state.db")


def ask(authority: Authority, state: StateStore, vault: Vault, index: int = 0, asker: str = "a") -> Checked:
    return checking.check(
        authority,
        state,
        vault,
        claim(index),
        phone=phone(index),
        matter="registration",
        asker=asker,
        limit=5,
        now=NOW,
    )


def test_five_wrong_attempts_a_day_and_no_sixth(state: StateStore, vault: Vault) -> None:
    """After five mistakes the authority is not asked about this number again, whoever asks."""
    authority = Authority(NO)

    outcomes = [ask(authority, state, vault, asker=phone(i)) for i in range(7)]

    assert [4, 3, 2, 1, 0, 0, 0] == [outcome.left for outcome in outcomes]
    assert [Spent()] * 2 == [outcome.answer for outcome in outcomes[5:]]
    assert 5 == authority.asked


def test_the_right_answer_comes_too_late(state: StateStore, vault: Vault) -> None:
    """Whoever has used up the attempts is not believed with the right name either."""
    authority = Authority(NO, NO, NO, NO, NO, YES)
    for _ in range(5):
        ask(authority, state, vault)

    assert Spent() == ask(authority, state, vault).answer


def test_an_outage_does_not_count(state: StateStore, vault: Vault) -> None:
    """An attempt that got no answer is given back (domain: unavailable is no attempt)."""
    authority = Authority(*[AWAY] * 20, NO)
    for _ in range(20):
        ask(authority, state, vault)

    assert Checked(NO, 4) == ask(authority, state, vault)


def test_success_leaves_no_trace_in_the_counter(state: StateStore, vault: Vault) -> None:
    """A stranger cannot read from the attempts left that a number was registered today."""
    authority = Authority(YES, NO)
    ask(authority, state, vault, asker="the holder")

    assert 4 == ask(authority, state, vault, asker="a stranger").left


def test_another_phone_counts_like_a_wrong_name(state: StateStore, vault: Vault) -> None:
    """Whoever knows a name and a number cannot try phone after phone."""
    authority = Authority(ANOTHER_PHONE)

    outcomes = [ask(authority, state, vault, asker=phone(i)) for i in range(6)]

    assert [4, 3, 2, 1, 0, 0] == [outcome.left for outcome in outcomes]
    assert Spent() == outcomes[5].answer


def test_the_authority_is_told_the_proven_phone(state: StateStore, vault: Vault) -> None:
    """It is the third kind of identity information (DB61/T 1127)."""
    authority = Authority(YES)
    ask(authority, state, vault, 3)

    assert [phone(3)] == authority.phones


def test_whoever_asks_has_a_limit_over_all_numbers(state: StateStore, vault: Vault) -> None:
    """One proven phone cannot walk through a list of names and numbers."""
    authority = Authority(NO)

    outcomes = [ask(authority, state, vault, index) for index in range(20)]

    assert 15 == sum(outcome.answer == NO for outcome in outcomes)


def test_tomorrow_is_another_day(state: StateStore, vault: Vault) -> None:
    """Attempts are counted by the calendar day in China."""
    authority = Authority(NO)
    for _ in range(5):
        ask(authority, state, vault)
    tomorrow = NOW.replace(hour=16)  # midnight in Beijing

    outcome = checking.check(
        authority,
        state,
        vault,
        claim(),
        phone=phone(),
        matter="registration",
        asker="a",
        limit=5,
        now=tomorrow,
    )

    assert NO == outcome.answer


def test_comparing_with_our_own_record_counts_the_same_way(state: StateStore, vault: Vault) -> None:
    """Recovery cannot be used to guess what registration refuses to tell."""

    def compare(matches: bool) -> bool | Spent:
        return checking.compare(state, vault, claim(), matches, asker="a", limit=5, now=NOW)

    assert [False] * 5 == [compare(False) for _ in range(5)]
    assert Spent() == compare(True)


def test_the_counters_name_nobody(state: StateStore, vault: Vault, tmp_path: Path) -> None:
    """Neither number, name nor phone is readable in the state store."""
    ask(Authority(NO), state, vault, asker=phone(7))
    state.close()
    content = b"".join(file.read_bytes() for file in tmp_path.glob("state.db*"))

    assert [] == [secret for secret in (claim().number, claim().name, phone(7)) if secret.encode() in content]
