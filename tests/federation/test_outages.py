"""The province slow, broken or talking nonsense never stops the city's own sign-in."""

import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from federation import reaching
from federation.reaching import Doorstep
from federation.simulator import shaanxi_routes
from federation.simulator.faults import Lie
from federation.simulator.people import written
from idp.settings_upstreams import UpstreamTable
from idp.simulator.mischief import Line
from tests.federation import stage
from tests.federation.docked import TABLES
from tests.federation.stage import City, Traveller, Walker
from tests.idp.account.stage import Stage, staged

SPOKEN = ("province", "saml", "cas", "liaoning")
"""The first by OpenID Connect."""


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
    known = tmp_path / "people.json"
    known.write_text(written(stage.people().all), encoding="utf-8")
    command = [sys.executable, "-m", "federation.simulator", "--port", "0", "--people", str(known)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout and select.select([process.stdout], [], [], 30)[0]
            url = process.stdout.readline().split()[-1].rstrip("/")
            tables = {"province": stage.table, **{name: TABLES[name] for name in SPOKEN[1:]}}
            upstreams = {name: table(url) for name, table in tables.items()}
            with staged(tmp_path, issuer=stage.ISSUER, upstreams=upstreams) as made:
                yield made, process
        finally:
            os.kill(process.pid, signal.SIGCONT)
            process.kill()


def test_nobody_is_sent_to_a_province_that_hangs(
    frozen: tuple[Stage, subprocess.Popen[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever it speaks, though its endpoints are known from before; the sign-in page keeps its own ways."""
    city, process = frozen
    before = {name: _pressed(city, name).status for name in SPOKEN}
    process.send_signal(signal.SIGSTOP)
    monkeypatch.setattr(reaching, "FRESH", 0.0)
    for name in SPOKEN:
        began = time.monotonic()
        after = _pressed(city, name)

        assert time.monotonic() - began < reaching.MOMENT + 1
        assert (name, "/sign-in") == (name, after.path)
        assert "那里暂时没有回应。您可以在这里用本地方式登录" in after.text
        assert 'name="login"' in after.text
    assert dict.fromkeys(SPOKEN, 303) == before


def test_who_signs_out_is_not_sent_to_a_province_that_hangs(
    frozen: tuple[Stage, subprocess.Popen[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page says that nothing came back, and leads there once more when it answers again."""
    made, process = frozen
    url = made.services.settings.upstreams["province"].issuer
    town = City(made, None, url)  # type: ignore[arg-type]
    visitor = town.traveller().enters(town.newcomer().key).agrees()
    visitor.get("/sign-out").fill("/sign-out", decision="leave")
    process.send_signal(signal.SIGSTOP)
    monkeypatch.setattr(reaching, "FRESH", 0.0)
    began = time.monotonic()
    stayed = visitor.leaves("/signed-out/next")
    spent, said = time.monotonic() - began, visitor.text
    process.send_signal(signal.SIGCONT)

    assert "" == stayed
    assert spent < reaching.MOMENT + 1
    assert "已退出 0/1，陕西政务服务网没有返回结果" in said
    assert visitor.leaves("/signed-out/next?to=0").startswith(url)


def _pressed(city: Stage, name: str) -> Walker:
    browser = Walker(city, city.app.test_client(), "192.0.2.1")
    Traveller(City(city, None, ""), browser).departs(name)  # type: ignore[arg-type]
    return browser


def _doorstep(url: str, now: list[float]) -> Doorstep:
    return Doorstep(UpstreamTable.model_validate(stage.table(url)), monotonic=lambda: now[0])


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


def _page(url: str, now: list[float], **changes: str) -> Doorstep:
    """Of a SAML provider, whose page is all there is of it."""
    table = UpstreamTable.model_validate(
        stage.table("https://sso.province.example", protocol="saml", **changes)
    )
    return Doorstep(table, f"{url}/sso", lambda: now[0])


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_page_that_takes_the_line_and_says_nothing_is_silent(scheme: str) -> None:
    """Frozen, with TLS before its first word too; said in time, and remembered for the sign-in page."""
    with socket.create_server(("127.0.0.1", 0)) as frozen:
        doorstep = _page(f"{scheme}://127.0.0.1:{frozen.getsockname()[1]}", [0.0])
        began = time.monotonic()
        found = doorstep.answers()
        spent = time.monotonic() - began

    assert (found, doorstep.is_silent) == (False, True)
    assert spent < reaching.MOMENT + 0.5


def test_a_frozen_page_holds_one_of_us() -> None:
    """Who comes while one looks is not kept: let go there at first, afterwards told what was found last."""
    now = [0.0]
    with socket.create_server(("127.0.0.1", 0)) as frozen, ThreadPoolExecutor(8) as crowd:
        doorstep = _page(f"http://127.0.0.1:{frozen.getsockname()[1]}", now)
        at_first = list(crowd.map(_timed, [doorstep] * 8))
        now[0] = reaching.FRESH
        later = list(crowd.map(_timed, [doorstep] * 8))

    assert [False] + [True] * 7 == sorted(found for found, _ in at_first)
    assert [False] * 8 == [found for found, _ in later]
    for seconds in ([spent for _, spent in one] for one in (at_first, later)):
        assert 1 == sum(spent > reaching.MOMENT / 2 for spent in seconds)


def _timed(doorstep: Doorstep) -> tuple[bool, float]:
    began = time.monotonic()
    return doorstep.answers(), time.monotonic() - began


def test_a_page_this_machine_has_no_way_to_is_left_to_browsers() -> None:
    """Only they need one; and it is not looked for again at every press."""
    now = [0.0]
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    doorstep = _page(f"http://127.0.0.1:{port}", now)
    before = doorstep.answers()
    with socket.create_server(("127.0.0.1", port)):
        now[0] = reaching.FRESH
        soon = doorstep.answers()
        now[0] = reaching.LONG
        later = doorstep.answers()

    assert [True, True, False] == [before, soon, later]


def test_where_machines_ask_there_must_be_a_way(town: City) -> None:
    """A dialect's page may answer as it likes: without its back end nobody is let in."""
    with socket.create_server(("127.0.0.1", 0)) as gone:
        nobody = f"http://127.0.0.1:{gone.getsockname()[1]}"
    given = (
        shaanxi_routes.table(town.url),
        shaanxi_routes.table(town.url) | {"endpoints": {"back_end": nobody}},
    )
    page = f"{town.url}/sysauthserver/authorize"

    assert [True, False] == [Doorstep(UpstreamTable.model_validate(one), page).answers() for one in given]
