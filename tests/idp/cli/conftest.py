"""The `idp` command on an instance in a folder of its own: in this process, or as a process."""

import json
import os
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

import wsgi
from tests.servers import free_port

IDP = str(Path(sys.executable).with_name("idp"))
SECONDS = 90.0


@dataclass(frozen=True)
class Idp:
    """The command, with an environment of its own."""

    environment: dict[str, str]

    @property
    def home(self) -> Path:
        return Path(self.environment["IDP_HOME"])

    def __call__(self, *arguments: str, **settings: str) -> Result:
        """Run it to its end in this process."""
        return CliRunner().invoke(wsgi.main, list(arguments), env=self.environment | settings)

    def json(self, *arguments: str, **settings: str) -> Any:
        """What it prints with --json, having succeeded."""
        result = self(*arguments, "--json", **settings)
        assert 0 == result.exit_code, result.output
        return json.loads(result.stdout)

    def process(self, *arguments: str, **settings: str) -> "subprocess.Popen[str]":
        """Start it as a process."""
        return subprocess.Popen(
            [IDP, *arguments],
            env=self.environment | settings,
            cwd=self.home.parent,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )


@pytest.fixture
def idp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Idp:
    """The command on an empty folder; nothing of the caller's own settings shows through."""
    for name in [name for name in os.environ if name.startswith("IDP_")]:
        monkeypatch.delenv(name)
    return Idp({**os.environ, "IDP_HOME": str(tmp_path / "var")})


@pytest.fixture(scope="session")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `idp init` makes of an empty folder."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("IDP_")}
    made = Idp({**ours, "IDP_HOME": str(tmp_path_factory.mktemp("made") / "var")})
    assert 0 == made("init").exit_code
    return made.home


@pytest.fixture
def made(idp: Idp, original: Path) -> Idp:
    """The command on an instance that `idp init` made."""
    shutil.copytree(original, idp.home)
    return idp


@pytest.fixture
def port() -> int:
    """A free port."""
    return free_port()


Stop = Callable[["subprocess.Popen[str]"], tuple[str, str]]


@pytest.fixture
def stop() -> Iterator[Stop]:
    """Stop a process in an orderly way and give what it said; none outlives its test."""
    started: list[subprocess.Popen[str]] = []

    def stop(process: "subprocess.Popen[str]") -> tuple[str, str]:
        started.append(process)
        process.terminate()
        return process.communicate(timeout=SECONDS)

    yield stop
    for process in started:
        process.kill()


def wait_for(url: str, process: "subprocess.Popen[str]") -> bytes:
    """The first good answer of a server that is starting."""
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise AssertionError(f"ended with {process.returncode}: {process.communicate()[1][-2000:]}")
        try:
            with urllib.request.urlopen(url, timeout=60) as answer:
                return bytes(answer.read())
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.05)
    raise AssertionError(f"{url} did not answer")
