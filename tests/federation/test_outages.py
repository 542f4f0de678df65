"""The province slow, broken or talking nonsense never stops the city's own sign-in."""

import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from federation import reaching
from federation.reaching import Doorstep
from federation.simulator.faults import Lie
from idp.settings_upstreams import UpstreamTable
from idp.simulator.mischief import Line
from tests.federation import stage
from tests.federation.stage import City, Traveller, Walker
from tests.idp.account.stage import Stage, staged


@pytest.mark.parametrize(
    ("fault", "step"),
    [
        (Line.ERROR_500, "oidc.token"),
        (Line.DROP, "oidc.token"),
        (Lie.GARBAGE, "oidc.token"),
        (Lie.HUGE, "oidc.token"),
        (Line.ERROR_500, "oidc.userinfo"),
        (Lie.GARBAGE, "oidc.userinfo"),
    ],
)
def test_an_outage_leads_back_to_the_sign_in_page(town: City, fault: str, step: str) -> None:
    """Which says so and offers everything else."""
    visitor = town.traveller()
    address = visitor.departs()
    town.lies(fault, step)
    visitor.comes_back(address, "nameless").arrives()

    assert "/sign-in" == visitor.path
    assert 200 == visitor.status
    assert "没有通过“陕西政务服务网”登录" in visitor.text
    assert "用本地方式登录" in visitor.text


def test_a_no_there_is_no_fault(town: City) -> None:
    """Somebody who turned back hears just that."""
    visitor = town.traveller()
    address = visitor.departs()
    town.lies(Lie.DENIED, "oidc.authorize")
    visitor.comes_back(address, "nameless").arrives()

    assert "您在那里没有完成登录" in visitor.text


def test_local_sign_in_goes_on(town: City) -> None:
    """In the very same interaction."""
    persona = town.newcomer()
    town.registered(persona)
    visitor = town.traveller()
    address = visitor.departs()
    town.lies(Line.DROP, "oidc.token")
    visitor.comes_back(address, persona.key).arrives()
    visitor.fill(login=persona.phone, password="three quiet herons")

    assert "/account" == visitor.path


@pytest.fixture
def frozen(tmp_path: Path) -> Iterator[tuple[Stage, subprocess.Popen[str]]]:
    """A city that knows its province's endpoints, and the province's process."""
    command = [sys.executable, "-m", "federation.simulator", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout and select.select([process.stdout], [], [], 30)[0]
            url = process.stdout.readline().split()[-1].rstrip("/")
            upstreams = {"province": stage.table(url)}
            with staged(tmp_path, issuer=stage.ISSUER, upstreams=upstreams) as made:
                yield made, process
        finally:
            os.kill(process.pid, signal.SIGCONT)
            process.kill()


def test_nobody_is_sent_to_a_province_that_hangs(
    frozen: tuple[Stage, subprocess.Popen[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Though its endpoints are known from before; the sign-in page says so at once and keeps its own ways."""
    city, process = frozen
    before = _pressed(city)
    process.send_signal(signal.SIGSTOP)
    monkeypatch.setattr(reaching, "FRESH", 0.0)
    began = time.monotonic()
    after = _pressed(city)

    assert before.status == 303
    assert time.monotonic() - began < reaching.MOMENT + 2
    assert after.path == "/sign-in"
    assert "没有通过“陕西政务服务网”登录" in after.text
    assert "那里暂时没有回应。您可以在这里用本地方式登录" in after.text
    assert 'name="login"' in after.text


def _pressed(city: Stage) -> Walker:
    browser = Walker(city, city.app.test_client(), "192.0.2.1")
    Traveller(City(city, None, ""), browser).departs()  # type: ignore[arg-type]
    return browser


def _doorstep(url: str, now: list[float]) -> Doorstep:
    return Doorstep(UpstreamTable.model_validate(stage.table(url)), lambda: now[0])


def test_a_silent_host_is_asked_once_in_some_seconds() -> None:
    """Whoever presses the button meanwhile hears what was found; afterwards it is looked at anew."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        now = [0.0]
        doorstep = _doorstep(f"http://127.0.0.1:{silent.getsockname()[1]}", now)
        began = time.monotonic()
        found = [doorstep.answers() for _ in range(20)]
        spent = time.monotonic() - began
        was_silent, now[0] = doorstep.is_silent, reaching.FRESH

    assert found == [False] * 20
    assert spent < 2 * reaching.MOMENT
    assert was_silent and not doorstep.is_silent


def test_an_answer_is_an_answer(town: City) -> None:
    """Whatever it says: what is wrong with it is judged when somebody comes back."""
    assert _doorstep(f"{town.url}/nowhere", [0.0]).answers()


def test_of_saml_nobody_is_asked() -> None:
    """Browsers alone go there; a machine of ours need not have a way to it."""
    table = stage.table("https://sso.province.example", protocol="saml")

    assert Doorstep(UpstreamTable.model_validate(table)).answers()
