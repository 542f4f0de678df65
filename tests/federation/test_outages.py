"""The province slow, broken or talking nonsense never stops the city's own sign-in."""

import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from federation import reaching
from federation.reaching import Doorstep
from federation.simulator import shaanxi_routes
from federation.simulator.faults import Lie
from federation.simulator.people import written
from idp.settings import Settings
from idp.settings_upstreams import UpstreamTable
from idp.simulator.mischief import Line
from tests import servers
from tests.federation import stage
from tests.federation.docked import TABLES
from tests.federation.stage import City, Traveller, Walker
from tests.idp.account.stage import Stage, staged

SPOKEN = ("province", "saml", "cas", "liaoning")
"""The first by OpenID Connect."""
SOON = 1.0
PATIENT = 30.0
"""Seconds: as many as a busy machine takes."""
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


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
            upstreams = {name: {**table(url), "answers_within": PATIENT} for name, table in tables.items()}
            with staged(tmp_path, issuer=stage.ISSUER, upstreams=upstreams) as made:
                yield made, process
        finally:
            os.kill(process.pid, signal.SIGCONT)
            process.kill()


def freeze(process: subprocess.Popen[str], settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on it takes connections and says nothing, and what was found of it before is not believed."""
    servers.freeze(process.pid)
    monkeypatch.setattr(reaching, "FRESH", 0.0)
    for upstream in settings.upstreams.values():
        upstream.answers_within = SOON


def test_nobody_is_sent_to_a_province_that_hangs(
    frozen: tuple[Stage, subprocess.Popen[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever it speaks, though its endpoints are known from before; the sign-in page keeps its own ways."""
    city, process = frozen
    before = {name: _pressed(city, name).status for name in SPOKEN}
    freeze(process, city.services.settings, monkeypatch)
    for name in SPOKEN:
        after = _pressed(city, name)

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
    freeze(process, made.services.settings, monkeypatch)
    stayed = visitor.leaves("/signed-out/next")
    said = visitor.text
    process.send_signal(signal.SIGCONT)
    made.services.settings.upstreams["province"].answers_within = PATIENT

    assert "" == stayed
    assert "已退出 0/1，陕西政务服务网没有返回结果" in said
    assert visitor.leaves("/signed-out/next?to=0").startswith(url)


def _pressed(city: Stage, name: str) -> Walker:
    browser = Walker(city, city.app.test_client(), "192.0.2.1")
    Traveller(City(city, None, ""), browser).departs(name)  # type: ignore[arg-type]
    return browser


def _doorstep(url: str, now: list[float], **changes: float) -> Doorstep:
    return Doorstep(UpstreamTable.model_validate(stage.table(url, **changes)), monotonic=lambda: now[0])


def _arrived(server: socket.socket) -> int:
    """How many have come to it since."""
    server.setblocking(False)
    count = 0
    with suppress(BlockingIOError):
        while True:
            server.accept()[0].close()
            count += 1
    return count


def test_a_silent_host_is_asked_once_in_some_seconds() -> None:
    """Whoever presses the button meanwhile hears what was found; afterwards it is looked at anew."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        now = [0.0]
        doorstep = _doorstep(f"http://127.0.0.1:{silent.getsockname()[1]}", now, answers_within=SOON)
        found = [doorstep.answers() for _ in range(20)]
        was_silent, asked, now[0] = doorstep.is_silent, _arrived(silent), reaching.FRESH
        anew = doorstep.is_silent, doorstep.answers(), _arrived(silent)

    assert (found, was_silent, asked) == ([False] * 20, True, 1)
    assert anew == (False, False, 1)


def test_an_answer_is_an_answer(town: City) -> None:
    """Whatever it says: what is wrong with it is judged when somebody comes back."""
    assert _doorstep(f"{town.url}/nowhere", [0.0]).answers()


def _page(url: str, now: list[float], **changes: float) -> Doorstep:
    """Of a SAML provider, whose page is all there is of it."""
    table = UpstreamTable.model_validate(
        stage.table("https://sso.province.example", protocol="saml", **changes)
    )
    return Doorstep(table, f"{url}/sso", lambda: now[0])


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_page_that_takes_the_line_and_says_nothing_is_silent(scheme: str) -> None:
    """Frozen, with TLS before its first word too; said while it still is, remembered for the sign-in page."""
    with socket.create_server(("127.0.0.1", 0)) as frozen:
        doorstep = _page(f"{scheme}://127.0.0.1:{frozen.getsockname()[1]}", [0.0], answers_within=SOON)
        found = doorstep.answers()

    assert (found, doorstep.is_silent) == (False, True)


def test_a_frozen_page_holds_one_of_us() -> None:
    """Who comes while one looks is not kept: let go there at first, afterwards told what was found last."""
    with socket.create_server(("127.0.0.1", 0)) as frozen:
        url, now = f"http://127.0.0.1:{frozen.getsockname()[1]}", [0.0]
        at_first = _meanwhile(_page(url, now, answers_within=PATIENT), frozen)
        doorstep = _page(url, now, answers_within=SOON)
        doorstep.answers()
        frozen.accept()[0].close()
        now[0], doorstep.table.answers_within = reaching.FRESH, PATIENT
        later = _meanwhile(doorstep, frozen)
        others = _arrived(frozen)

    assert [True] * 7 == at_first
    assert [False] * 7 == later
    assert 0 == others


def _meanwhile(doorstep: Doorstep, frozen: socket.socket) -> list[bool]:
    """What seven hear while somebody looks at a page, which answers only afterwards."""
    frozen.settimeout(PATIENT)
    with ThreadPoolExecutor(1) as first:
        looking = first.submit(doorstep.answers)
        with frozen.accept()[0] as line:
            line.recv(65536)
            heard = [doorstep.answers() for _ in range(7)]
            assert not looking.done()
            line.sendall(OK)
        assert looking.result()
    return heard


def test_a_page_this_machine_has_no_way_to_is_left_to_browsers() -> None:
    """Only they need one; and it is not looked for again at every press."""
    now = [0.0]
    with socket.socket() as page:
        page.bind(("127.0.0.1", 0))
        doorstep = _page(f"http://127.0.0.1:{page.getsockname()[1]}", now)
        before = doorstep.answers()
        page.listen()
        now[0] = reaching.FRESH
        soon = doorstep.answers()
        now[0], doorstep.table.answers_within = reaching.LONG, SOON
        later = doorstep.answers()

    assert [True, True, False] == [before, soon, later]


def test_where_machines_ask_there_must_be_a_way(town: City) -> None:
    """A dialect's page may answer as it likes: without its back end nobody is let in."""
    page = f"{town.url}/sysauthserver/authorize"
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        table = shaanxi_routes.table(town.url) | {"answers_within": PATIENT}
        back_end = f"http://127.0.0.1:{nobody.getsockname()[1]}"
        given = (table, table | {"endpoints": {"back_end": back_end}})
        found = [Doorstep(UpstreamTable.model_validate(one), page).answers() for one in given]

    assert [True, False] == found
