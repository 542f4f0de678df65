"""`idp` as a process of its own with nothing left to load: forked from a server that has loaded it once.

Starting it anew costs two seconds of a core, and a run starts it sixty times. These processes hash passwords
at next to no price, as the tests' own does. The suites of `idp` itself start it as people do.
"""

import os
import signal
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from multiprocessing import get_context, resource_tracker, set_start_method
from multiprocessing.process import BaseProcess
from pathlib import Path

import wsgi
from tests import compiled, hashes

compiled.share()
_context = get_context("forkserver")
_context.set_forkserver_preload([__name__])


def environment(**settings: str) -> dict[str, str]:
    """The environment of the run with these settings, and with no other of the product's."""
    return {name: value for name, value in os.environ.items() if not name.startswith("IDP_")} | settings


class Child:
    """A process of ours, in the words of `subprocess.Popen`."""

    def __init__(self, process: BaseProcess) -> None:
        self._process = process
        assert process.pid is not None
        self.pid = process.pid

    def poll(self) -> int | None:
        """Its exit code, once it has ended."""
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        """Its exit code as soon as it has one; raises subprocess.TimeoutExpired."""
        self._process.join(timeout)
        code = self._process.exitcode
        if code is None:
            raise subprocess.TimeoutExpired(f"process {self.pid}", timeout or 0)
        return code

    def send_signal(self, how: signal.Signals) -> None:
        """Tell it something, if it is there to hear it."""
        if self.poll() is None:
            os.kill(self.pid, how)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it."""
        self.send_signal(signal.SIGKILL)


def start(
    words: Sequence[str], environment: Mapping[str, str], folder: Path, said: Path, warned: Path | None = None
) -> Child:
    """Begin `idp …` in this folder, with this environment and no other; what it says is added to files."""
    arguments = (list(words), dict(environment), folder, said, warned or said)
    process = _context.Process(target=_become, args=arguments)
    process.start()
    return Child(process)


def run(words: Sequence[str], environment: Mapping[str, str], folder: Path) -> str:
    """What `idp …` prints; raises subprocess.CalledProcessError where it fails."""
    with tempfile.TemporaryDirectory(prefix="yitong-said-") as kept:
        said, warned = Path(kept, "said"), Path(kept, "warned")
        code = start(words, environment, folder, said, warned).wait()
        if code:
            raise subprocess.CalledProcessError(code, ["idp", *words], said.read_text(), warned.read_text())
        return said.read_text()


def _become(words: list[str], environment: dict[str, str], folder: Path, said: Path, warned: Path) -> None:
    for path, standard in ((said, 1), (warned, 2)):
        with path.open("ab") as file:
            os.dup2(file.fileno(), standard)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    set_start_method(None, force=True)
    resource_tracker._resource_tracker._fd = None  # type: ignore[attr-defined]  # the one of the run
    hashes.use(hashes.CHEAP)
    wsgi.main(words, prog_name="idp")
