"""Whether a port can be had, and who has it if not."""

import errno
import socket
from collections.abc import Iterator
from pathlib import Path

LISTENING = "0A"
"""State of a listening socket in /proc/net/tcp."""


def taken(ports: dict[str, int], host: str = "127.0.0.1") -> list[str]:
    """Every port that cannot be had, for what it was meant, and who has it if that can be seen."""
    return [
        f"port {port}, for {what}, is taken{_by(port)}"
        for what, port in ports.items()
        if not _is_free(port, host)
    ]


def _is_free(port: int, host: str) -> bool:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as failure:
            return failure.errno not in (errno.EADDRINUSE, errno.EACCES)
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
