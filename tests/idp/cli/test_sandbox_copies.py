"""Copies of this process: they end as programs do, and hold nothing of the one they came from."""

import fcntl
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from idp.cli.sandbox import copies
from idp.cli.sandbox.copies import Copy
from tests.waiting import eventually

pytestmark = [
    pytest.mark.skipif(not copies.POSSIBLE, reason="only Linux copies a process safely"),
    pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning"),
]
Begin = Callable[[Callable[[], object]], Copy]


@pytest.fixture
def said(tmp_path: Path) -> Path:
    """What a copy says."""
    return tmp_path / "said"


@pytest.fixture
def begin(said: Path, capsys: pytest.CaptureFixture[str]) -> Begin:
    """Begin a copy of a process whose output is a process's own."""

    def begin(program: Callable[[], object]) -> Copy:
        with capsys.disabled(), said.open("ab") as log:
            return copies.begin(program, "a part with a long name", {"PART": "yes"}, log.fileno())

    return begin


def settled(copy: Copy) -> Copy:
    """It takes its name when all else is its own."""
    assert eventually(lambda: Path(f"/proc/{copy.pid}/comm").read_text() == "a part with a l\n")
    return copy


def failing() -> None:
    raise ValueError("the reason")


@pytest.mark.parametrize(
    ("program", "code"),
    [(lambda: None, 0), (lambda: sys.exit(3), 3), (lambda: sys.exit("no"), 1), (failing, 1)],
)
def test_its_exit_code_is_that_of_the_program(begin: Begin, program: Callable[[], object], code: int) -> None:
    """Returned, exited, failed."""
    assert code == begin(program).wait(90)


def test_what_it_says_is_in_its_log_to_the_last_word(begin: Begin, said: Path) -> None:
    """Its failure too; it sees the environment it was given and no other."""
    begin(lambda: print(dict(os.environ))).wait(90)
    begin(failing).wait(90)

    assert said.read_text().startswith("{'PART': 'yes'}\n")
    assert "ValueError: the reason" in said.read_text()


def test_it_ends_when_asked(begin: Begin) -> None:
    """Whatever this process does with the signal."""
    before = signal.signal(signal.SIGTERM, signal.SIG_IGN)
    copy = settled(begin(signal.pause))
    signal.signal(signal.SIGTERM, before)
    running = copy.poll()
    copy.terminate()

    assert (None, -signal.SIGTERM) == (running, copy.wait(90))


def test_a_lock_is_not_handed_on(begin: Begin, tmp_path: Path) -> None:
    """A folder is free again once its sandbox is gone, however long a part takes to end."""
    path = tmp_path / "lock"
    path.touch()
    held = path.open()
    fcntl.flock(held, fcntl.LOCK_EX)
    copy = settled(begin(signal.pause))
    held.close()
    with path.open() as again:
        fcntl.flock(again, fcntl.LOCK_EX | fcntl.LOCK_NB)
    copy.terminate()

    assert -signal.SIGTERM == copy.wait(90)
