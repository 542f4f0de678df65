"""Where the parts of the sandbox listen: loopback ports at fixed distances from a base, and who has them."""

import errno
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

BASE = 8000
HIGHEST = 65_000
LISTENING = "0A"
"""State of a listening socket in /proc/net/tcp."""


@dataclass(frozen=True)
class Places:
    """Addresses of the parts."""

    base: int = BASE

    @property
    def provider(self) -> str:
        """The provider itself."""
        return self._at(0)

    @property
    def metrics(self) -> str:
        """The provider's counters, for Prometheus."""
        return f"{self._at(1)}/metrics"

    @property
    def simulator(self) -> str:
        """The exchange platform, its registries and the SMS inbox."""
        return self._at(100)

    @property
    def registry_control(self) -> str:
        """Where faults are ordered."""
        return f"{self.simulator}/control"

    @property
    def sms_inbox(self) -> str:
        """Where text messages arrive."""
        return f"{self.simulator}/sms/inbox"

    @property
    def city_portal(self) -> str:
        """The first sample portal."""
        return self._at(301)

    @property
    def housing_fund(self) -> str:
        """The second sample portal."""
        return self._at(302)

    @property
    def ports(self) -> dict[str, int]:
        """What needs which port."""
        return {
            "the provider": self.base,
            "its metrics": self.base + 1,
            "the simulated registries": self.base + 100,
            "the city portal": self.base + 301,
            "the housing fund": self.base + 302,
        }

    def _at(self, distance: int) -> str:
        return f"http://127.0.0.1:{self.base + distance}"


def port_of(url: str) -> int:
    """The port in an address of ours."""
    return int(url.split("/")[2].rpartition(":")[2])


def taken(ports: dict[str, int]) -> list[str]:
    """Every port that cannot be had, for what it was meant, and who has it if that can be seen."""
    return [
        f"port {port}, for {what}, is taken{_by(port)}" for what, port in ports.items() if not _is_free(port)
    ]


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as failure:
            if failure.errno in (errno.EADDRINUSE, errno.EACCES):
                return False
            raise
    return True


def _by(port: int) -> str:
    sockets = set(_listeners(port))
    for process in Path("/proc").glob("[0-9]*") if sockets else []:
        try:
            if any(str(link.readlink()) in sockets for link in (process / "fd").iterdir()):
                words = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                return f" by process {process.name} ({words.strip()[:60]})"
        except OSError:  # gone meanwhile, or somebody else's
            continue
    return ""


def _listeners(port: int) -> Iterator[str]:
    """The sockets that listen on a port, as /proc/<pid>/fd names them."""
    for table in (Path("/proc/net/tcp"), Path("/proc/net/tcp6")):
        for line in table.read_text().splitlines()[1:] if table.exists() else []:
            fields = line.split()
            if fields[3] == LISTENING and int(fields[1].rpartition(":")[2], 16) == port:
                yield f"socket:[{fields[9]}]"
