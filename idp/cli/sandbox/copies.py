"""Our own programs as copies of this process: what it has loaded need not be loaded again.

Loading the product takes two seconds of one core; a copy is there at once and shares the memory of what was
loaded. Only Linux copies a process safely once libraries are loaded; elsewhere a program is started anew.
"""

import os
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path

POSSIBLE = sys.platform == "linux"
_LONGEST_NAME = 15
_FIRST_OF_OURS = 3
"""The files below it are the standard ones."""


class Copy:
    """A running copy; what `subprocess.Popen` would say of it, in its words."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._code: int | None = None

    def poll(self) -> int | None:
        """Its exit code, negative for a signal, once it has ended."""
        if self._code is None:
            ended, status = os.waitpid(self.pid, os.WNOHANG)
            self._code = os.waitstatus_to_exitcode(status) if ended else None
        return self._code

    def wait(self, timeout: float | None = None) -> int:
        """Its exit code as soon as it has one; raises subprocess.TimeoutExpired."""
        deadline = None if timeout is None else time.monotonic() + timeout
        while (code := self.poll()) is None:
            if timeout is not None and deadline is not None and time.monotonic() > deadline:
                raise subprocess.TimeoutExpired(f"process {self.pid}", timeout)
            time.sleep(0.01)
        return code

    def terminate(self) -> None:
        """Ask it to end."""
        if self.poll() is None:
            os.kill(self.pid, signal.SIGTERM)


def begin(program: Callable[[], object], name: str, environment: Mapping[str, str], log: int) -> Copy:
    """Run this in a copy: in a session and with signals of its own, saying what it says to this open file."""
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid:
        return Copy(pid)
    code = 1
    try:
        _settle(name, environment, log)
        program()
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except (Exception, KeyboardInterrupt):  # nobody is above who could show it
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _settle(name: str, environment: Mapping[str, str], log: int) -> None:
    os.setsid()
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for source, standard in ((nothing, 0), (log, 1), (log, 2)):
        os.dup2(source, standard)
    os.closerange(
        _FIRST_OF_OURS, os.sysconf("SC_OPEN_MAX")
    )  # among them the folder's lock, which is not ours
    os.environ.clear()
    os.environ.update(environment)
    Path("/proc/self/comm").write_text(name[:_LONGEST_NAME])
