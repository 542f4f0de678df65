"""Accounts of our own beside a directory: one page serves both, and to a stranger all look alike."""

import re

import pytest

from idp import clock
from idp.authenticators import password
from idp.crypto import passwords
from idp.persons import local_staff
from tests.idp.account.stage import Stage
from tests.idp.sign_in.test_staff import PASSWORD, arrive, server, silent, stage
from tests.servers import DirectoryServer

__all__ = ["server", "stage"]
OWN, HERE, UNTRIED = "nine quiet herons", "local.one", "local.two"
UNAVAILABLE, WRONG = "单位目录暂时没有回应", "账号或密码不对"


@pytest.fixture(autouse=True, scope="module")
def account(stage: Stage) -> None:
    """Two people with accounts of our own."""
    hashed = passwords.hash_password(OWN)
    with stage.services.database.writing() as db:
        for login in (HERE, UNTRIED):
            opened = local_staff.open_account(db, login, "王芳", None, clock.now())
            password.set_hash(db, opened.person_id, hashed, "registration", clock.now())


def without_tokens(text: str) -> str:
    return re.sub(r'value="[\w=-]{64}"|/interaction/[\w-]{43}', "", text)


def test_one_page_serves_both(stage: Stage) -> None:
    """Whoever the directory knows, and whoever it does not."""
    assert "/first-app" == arrive(stage.browser(), "li_na").path
    assert "/first-app" == arrive(stage.browser(), HERE, OWN).path


def test_each_password_is_its_own_accounts(stage: Stage) -> None:
    """Neither opens the other's."""
    assert WRONG in arrive(stage.browser(), "wang_fang", OWN).text
    assert WRONG in arrive(stage.browser(), HERE, PASSWORD).text


@pytest.mark.parametrize("login", ["zhao_min", "nobody_at_all"])
def test_a_wrong_password_reads_alike_whoever_it_is(stage: Stage, login: str) -> None:
    """Of our own, of the directory, of nobody."""
    own, other = (arrive(stage.browser(), one, "a guess").text for one in (HERE, login))

    assert without_tokens(own).replace(HERE, "…") == without_tokens(other).replace(login, "…")


def test_guesses_bring_the_same_pause(stage: Stage) -> None:
    """After as many of them; the directory locks neither, being asked about nobody."""

    def until_paused(login: str, source: str) -> int:
        for number in range(1, 20):
            if 429 == arrive(stage.browser(source), login, f"guess {number}").status:
                return number
        raise AssertionError("no pause")

    assert until_paused(UNTRIED, "192.0.2.71") == until_paused("sun_li", "192.0.2.72")


def test_an_outage_of_the_directory_keeps_nobody_of_ours_out(stage: Stage, server: DirectoryServer) -> None:
    """And tells nobody who they are: a wrong password is answered as to a stranger."""
    with silent(stage, server):
        right = arrive(stage.browser("192.0.2.81"), HERE, OWN)
        wrong = arrive(stage.browser("192.0.2.82"), HERE, "a guess").text
        nobody = arrive(stage.browser("192.0.2.83"), "nobody_here", "a guess").text

    assert "/first-app" == right.path
    assert [True, True] == [UNAVAILABLE in wrong, UNAVAILABLE in nobody]
