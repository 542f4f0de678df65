"""How busy the machine was with things that are not ours: a rate taken beside them says little."""

import os
import time
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


class Others:
    """Cores used, since it was made, by processes this one did not start."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._busy = busy_seconds() - own_seconds()

    def cores(self) -> float:
        """The average so far; 0.2 on two cores is already noise in the second digit."""
        passed = time.monotonic() - self._began
        return max(0.0, busy_seconds() - own_seconds() - self._busy) / passed


def busy_seconds() -> float:
    """What all cores have worked: user, nice, system, interrupts (proc(5), /proc/stat)."""
    fields = Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]
    user, nice, system, _idle, _waiting, irq, softirq = (int(field) for field in fields[:7])
    return (user + nice + system + irq + softirq) / TICKS


def own_seconds() -> float:
    """What this process and everything below it have worked, those that ended included."""
    parents: dict[int, int] = {}
    worked: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue  # it ended meanwhile
            parents[int(entry.name)] = int(fields[1])
            worked[int(entry.name)] = sum(int(field) for field in fields[11:15])
    return sum(ticks for process, ticks in worked.items() if below_us(process, parents)) / TICKS


def below_us(process: int, parents: dict[int, int]) -> bool:
    while process > 1:
        if process == os.getpid():
            return True
        process = parents.get(process, 0)
    return False
