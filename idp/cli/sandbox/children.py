"""The parts as processes: started together, watched, and stopped together.

Each leads a session of its own, so that Ctrl-C reaches the sandbox alone and it can stop them in order, and
each is told by the system when the sandbox is gone without a word.
"""

import ctypes
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import click

from idp.cli.sandbox import copies
from idp.cli.sandbox.copies import Copy

STOP_SECONDS = 4.0
LAST_LINES = 25
DEATHS = 3
"""Processes of a part that may end before it first answers; one more try would end the same way."""
LARGEST_LOG = 5_000_000
_ON_DEATH_OF_PARENT = 1
"""PR_SET_PDEATHSIG of prctl(2)."""


class Stopped(Exception):
    """A part ended by itself; the message says which, how, and its last words."""


@dataclass(frozen=True)
class Part:
    """A program to run; ready when `answers_at` does, or at once if there is nothing to ask.

    It writes `one_died` to its log whenever one of its own processes ends by itself. A program of our own can
    be run by a copy of this process, given the command's words after the first.
    """

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    folder: Path
    answers_at: str = ""
    one_died: str = ""
    ours: Callable[[Sequence[str]], object] | None = None


class Children:
    """The running parts; leaving the `with` block stops them all."""

    def __init__(self, logs: Path) -> None:
        self._logs = logs
        self._running: list[tuple[Part, subprocess.Popen[bytes] | Copy]] = []
        self._began: dict[str, int] = {}
        logs.mkdir(parents=True, exist_ok=True)

    def __enter__(self) -> "Children":
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self, part: Part) -> None:
        """Start one part; what it says goes to its log."""
        path = self._log(part)
        if path.exists() and path.stat().st_size > LARGEST_LOG:
            path.replace(path.with_suffix(".log.1"))
        click.echo(f"starting {part.name} …", err=True)
        with path.open("ab") as log:
            self._began[part.name] = log.tell()
            ours = part.ours if copies.POSSIBLE else None
            process = _copied(part, ours, log.fileno()) if ours else _started(part, log.fileno())
        self._running.append((part, process))

    def wait(self, seconds: float, name: str = "") -> None:
        """Until every part answers, or the one of that name; raises Stopped if one ends or stays silent."""
        deadline = time.monotonic() + seconds
        for part, _ in self._running:
            while part.answers_at and name in ("", part.name) and not _answers(part.answers_at):
                self.look()
                if self._deaths(part) >= DEATHS:
                    raise Stopped(f"{part.name} fails again and again{self._last_words(part)}")
                if time.monotonic() > deadline:
                    raise Stopped(f"{part.name} did not answer at {part.answers_at}{self._last_words(part)}")
                time.sleep(0.05)

    def look(self) -> None:
        """Raise Stopped if any part has ended."""
        for part, process in self._running:
            code = process.poll()
            if code is not None:
                how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"
                raise Stopped(f"{part.name} {how}{self._last_words(part)}")

    def stop(self) -> None:
        """Ask all at once, last started first, then insist."""
        for _, process in reversed(self._running):
            with suppress(ProcessLookupError):
                process.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        for _, process in self._running:
            with suppress(subprocess.TimeoutExpired):
                process.wait(max(0.0, deadline - time.monotonic()))
            with suppress(ProcessLookupError):  # it leads its group: workers it left behind go with it
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        self._running.clear()

    def _log(self, part: Part) -> Path:
        return self._logs / f"{part.name}.log"

    def _deaths(self, part: Part) -> int:
        """How many of its processes have ended in this run, by its log."""
        if not part.one_died:
            return 0
        return self._log(part).read_bytes()[self._began[part.name] :].count(part.one_died.encode())

    def _last_words(self, part: Part) -> str:
        lines = self._log(part).read_text(errors="replace").splitlines()[-LAST_LINES:]
        return "\n".join(["; the end of its log:", *(f"  {line}" for line in lines)])


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2):  # noqa: S310 - our own loopback addresses
            return True
    except (urllib.error.URLError, OSError):
        return False


def _started(part: Part, log: int) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(  # noqa: S603 - our own programs
        part.command,
        cwd=part.folder,
        env=dict(part.environment),
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        start_new_session=True,
        preexec_fn=_die_with_parent,  # noqa: PLW1509 - no other thread runs code
    )


def _copied(part: Part, program: Callable[[Sequence[str]], object], log: int) -> Copy:
    words = list(part.command[1:])

    def become() -> None:
        _die_with_parent()
        os.chdir(part.folder)
        program(words)

    return copies.begin(become, " ".join(["idp", *words]), part.environment, log)


def _die_with_parent() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_ON_DEATH_OF_PARENT, signal.SIGTERM)
