"""Another server than the one that comes with it: the application is plain WSGI."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.agent import browsing
from tests.faults.conftest import signed_in
from tests.journeys.sandbox import ROOT
from tests.town import Town, answers, living
from tests.waiting import eventually

GUNICORN = str(Path(sys.executable).with_name("gunicorn"))


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """A town whose provider is served by gunicorn, two processes with threads."""
    home = tmp_path_factory.mktemp("gunicorn") / "var"
    with living(home) as made:
        town = made
    options = "--worker-class gthread --workers 2 --threads 8 --no-control-socket --bind"
    command = [GUNICORN, *options.split(), urlsplit(town.issuer).netloc, "wsgi:create_app()"]
    with (home / "gunicorn").open("w") as said:
        process = subprocess.Popen(command, cwd=ROOT, env=town.environment, stdout=said, stderr=said)
        try:
            assert eventually(lambda: answers(f"{town.issuer}/readyz"))
            yield town
        finally:
            process.terminate()
            process.wait(90)


def test_a_sign_in_over_gunicorn(town: Town) -> None:
    """Forms, redemption, userinfo and the way back without a page."""
    with browsing(town.issuer) as browser:
        arrived = signed_in(town, browser, browser.open(town.request()))
        redeemed = town.redeem(arrived.answer["code"])
        known = town.userinfo(redeemed.json()["access_token"])
        silent = browser.open(town.request(prompt="none"))

    assert (200, 200) == (redeemed.status_code, known.status_code)
    assert known.json()["sub"]
    assert "code" in silent.answer
