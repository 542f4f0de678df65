"""A backup taken while everything runs, put back elsewhere, with the words of the operations page."""

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from tests import servers
from tests.agent import browsing
from tests.faults.conftest import signed_in, tokens
from tests.journeys.sandbox import ROOT
from tests.town import Town, answers, living
from tests.waiting import eventually

PAGE = (ROOT / "docs/operations.md").read_text()
SECTION = PAGE.partition("\n## Backup and restore\n")[2].partition("\n## ")[0]
BLOCKS = re.findall(r"```sh\n(.*?)```", SECTION, re.DOTALL)
TAKE, TAKE_POSTGRESQL, PUT_BACK, PUT_BACK_POSTGRESQL, LOOK = BLOCKS
IDP = Path(sys.executable).with_name("idp")


@dataclass(frozen=True)
class Before:
    """What was given out, nearly all before the backup was taken."""

    lasting: dict[str, Any]
    sub: str
    revoked: str
    rotated: str
    spent: str
    unspent: str
    renewed: str = ""
    """The refresh token that followed after the backup had been taken."""


def given_out(town: Town) -> Before:
    """Tokens and codes in every condition, each from a sign-in of its own."""
    lasting, revoked, rotated = (signed_in_anew(town) for _ in range(3))
    town.post("/oauth/revoke", token=revoked["access_token"])
    renew(town, renew(town, rotated["refresh_token"])["refresh_token"])
    spent, unspent = (code(town) for _ in range(2))
    town.redeem(spent)
    sub = town.userinfo(lasting["access_token"]).json()["sub"]
    return Before(lasting, sub, revoked["access_token"], rotated["refresh_token"], spent, unspent)


def renew(town: Town, refresh_token: str) -> dict[str, Any]:
    """What a refresh token is exchanged for."""
    answer = town.post("/oauth/token", grant_type="refresh_token", refresh_token=refresh_token)
    assert 200 == answer.status_code, answer.text
    given: dict[str, Any] = answer.json()
    return given


def signed_in_anew(town: Town) -> dict[str, Any]:
    """Tokens of a new session."""
    with browsing(town.issuer) as browser:
        return tokens(town, browser)


def code(town: Town) -> str:
    """A code that nobody has redeemed."""
    with browsing(town.issuer) as browser:
        return signed_in(town, browser, browser.open(town.request())).answer["code"]


def follow(words: str, **environment: str) -> None:
    """Type what the page says."""
    path = f"{IDP.parent}:{environment['PATH']}"
    command = ["bash", "-euo", "pipefail", "-c", words]
    done = subprocess.run(command, env=environment | {"PATH": path}, capture_output=True, text=True)
    assert 0 == done.returncode, done.stdout + done.stderr


@contextmanager
def served(town: Town, home: Path) -> Iterator[Town]:
    """The provider alone, in this folder."""
    with (home / "said").open("w") as said:
        process = subprocess.Popen([IDP, "serve"], env=town.environment, cwd=ROOT, stdout=said, stderr=said)
        try:
            assert eventually(lambda: answers(f"{town.issuer}/readyz"))
            yield town
        finally:
            process.terminate()
            process.wait(90)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def restored(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Town, Before]]:
    """Another folder and another database, after the first ones were left behind."""
    folder = tmp_path_factory.mktemp("restored")
    there = {name: str(folder / name.lower()) for name in ("BACKUP", "KEYS")}
    for path in there.values():
        Path(path).mkdir()
    postgresql = request.param == "postgresql"
    if postgresql:
        server = request.getfixturevalue("postgres_server")
        old, new = ({"IDP_DATABASE_URL": servers.fresh_database(server)} for _ in range(2))
    else:
        old, new = {}, {}
    with living(folder / "old", **old) as town:
        before = given_out(town)
        follow(TAKE_POSTGRESQL if postgresql else TAKE, **town.environment, **there)
        renewed = renew(town, before.lasting["refresh_token"])["refresh_token"]
    town.environment |= {"IDP_HOME": str(folder / "new"), **new}
    follow(PUT_BACK_POSTGRESQL if postgresql else PUT_BACK, **town.environment, **there)
    follow(LOOK, **town.environment)
    with served(town, folder):
        yield town, replace(before, renewed=renewed)


def test_everybody_is_who_they_were(restored: tuple[Town, Before]) -> None:
    """The same `sub`, for a token from before and for a sign-in of now."""
    town, before = restored
    known = town.userinfo(before.lasting["access_token"])
    again = town.userinfo(signed_in_anew(town)["access_token"])

    assert [before.sub, before.sub] == [answer.json()["sub"] for answer in (known, again)]


def test_what_was_revoked_or_rotated_stays_so(restored: tuple[Town, Before]) -> None:
    """They are rows, and rows are in the backup."""
    town, before = restored
    rotated = town.post("/oauth/token", grant_type="refresh_token", refresh_token=before.rotated)

    assert 401 == town.userinfo(before.revoked).status_code
    assert 400 == rotated.status_code


def test_no_code_from_before_is_good(restored: tuple[Town, Before]) -> None:
    """Neither a spent one nor one of which nobody can know."""
    town, before = restored

    assert [400, 400] == [town.redeem(code).status_code for code in (before.spent, before.unspent)]


def test_what_lasts_goes_on(restored: tuple[Town, Before]) -> None:
    """Offline access, renewed since the backup or not, and a trail that follows on what was."""
    town, before = restored
    renew(town, before.renewed)
    town.command("worker", "--once")

    assert '"ok": true' in town.command("audit", "verify", "--json")
