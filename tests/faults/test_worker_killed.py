"""kill -9 of a server process: whoever was in mid-flow goes on, and nothing is given twice."""

import os
import signal

from tests.agent import Agent
from tests.faults.conftest import signed_in, tokens
from tests.town import Town, answers
from tests.waiting import eventually


def kill(town: Town, count: int) -> None:
    """Kill so many of the server's processes, and wait until they are gone."""
    killed = town.workers()[:count]
    for pid in killed:
        os.kill(pid, signal.SIGKILL)
    assert eventually(lambda: not set(killed) & set(town.workers()))


def recovered(town: Town) -> None:
    """Until there are two again, and they serve."""
    assert eventually(lambda: len(town.workers()) == 2 and answers(f"{town.issuer}/readyz"))


def test_a_sign_in_goes_on_after_one_of_two_was_killed(town: Town, browser: Agent) -> None:
    """The form that was open is sent to the process that is left."""
    page = browser.open(town.request())
    kill(town, 1)
    arrived = signed_in(town, browser, page)

    assert "code" in arrived.answer
    assert 200 == town.redeem(arrived.answer["code"]).status_code


def test_a_sign_in_goes_on_after_all_were_killed(town: Town, browser: Agent) -> None:
    """What a flow knows is not in the memory of any process."""
    page = browser.open(town.request())
    kill(town, 2)
    recovered(town)
    arrived = signed_in(town, browser, page)

    assert "code" in arrived.answer


def test_a_code_is_good_for_one_redemption_across_a_kill(town: Town, browser: Agent) -> None:
    """The one that was acknowledged before; not a second one after."""
    first = signed_in(town, browser, browser.open(town.request()))
    second = browser.open(town.request())
    spent = town.redeem(first.answer["code"])
    kill(town, 2)
    recovered(town)
    again = town.redeem(first.answer["code"])
    other = town.redeem(second.answer["code"])

    assert [200, 400, 200] == [spent.status_code, again.status_code, other.status_code]


def test_sessions_and_tokens_outlive_every_process(town: Town, browser: Agent) -> None:
    """They are rows."""
    granted = tokens(town, browser)
    kill(town, 2)
    recovered(town)
    refreshed = town.post("/oauth/token", grant_type="refresh_token", refresh_token=granted["refresh_token"])
    silent = browser.open(town.request(prompt="none"))

    assert 200 == refreshed.status_code
    assert 200 == town.userinfo(granted["access_token"]).status_code
    assert "code" in silent.answer


def test_killing_again_and_again_does_not_end_the_server(town: Town) -> None:
    """It goes on replacing what ends, however often."""
    for _ in range(3):
        kill(town, 1)
        recovered(town)

    assert 2 == len(town.workers())
