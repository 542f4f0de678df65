"""Real servers for the suite and the bench, each on a free loopback port and stopped with its context.

Nothing here knows pytest. A missing program is a `ServerMissing` that says what to install.
"""

import atexit
import contextlib
import functools
import itertools
import os
import pwd
import random
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import psycopg
import redis as redis_client

from connectors.simulator import directory
from tests.waiting import eventually

START_SECONDS = 90.0
LISTENS = "0A"
"""The state of a socket in /proc/net/tcp that waits for connections."""
_numbers = itertools.count()


class ServerMissing(RuntimeError):
    """A program the tests need is not installed, or did not start; the message says what to do."""


class Server:
    """A process on a port of its own, which can be stopped, killed and started again with what it kept."""

    def __init__(
        self, command: list[str], port: int, owner: str | None, folder: Path, ready: Callable[[], None]
    ):
        self.port = port
        self.folder = folder
        self._command = command
        self._owner = owner
        self._ready = ready
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it answers."""
        log = (self.folder / "log").open("ab")
        with log:
            self.process = subprocess.Popen(
                self._command, cwd="/", stdout=log, stderr=log, user=self._owner, group=self._owner,
                extra_groups=[] if self._owner else None, start_new_session=True,
            )  # fmt: skip
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                return self._ready()
            except (psycopg.OperationalError, redis_client.RedisError, ConnectionError) as failure:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    said = (self.folder / "log").read_text(errors="replace")[-2000:]
                    raise ServerMissing(f"{self._command[0]} did not start: {failure}\n{said}") from failure
            time.sleep(0.02)

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """Stop it in an orderly way, or `how` else, and wait until it is gone."""
        if self.process is None:
            return
        self.process.send_signal(how)
        try:
            self.process.wait(START_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None

    def pause(self) -> None:
        """Freeze it: connections stay open and nothing answers."""
        assert self.process is not None
        freeze(self.process.pid)

    def resume(self) -> None:
        """Let a frozen server go on."""
        assert self.process is not None
        self.process.send_signal(signal.SIGCONT)


class PostgresServer(Server):
    """PostgreSQL, its superuser trusted on loopback."""

    def url(self, database: str = "postgres") -> str:
        """How psycopg and SQLAlchemy reach a database of it."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"

    def crash(self) -> None:
        """Stop it as a power cut would: the next start recovers."""
        self.stop(signal.SIGQUIT)

    def pause(self) -> None:
        """Freeze it, with the processes that serve the connections."""
        super().pause()
        for child in self._children():
            freeze(child)

    def resume(self) -> None:
        """Let all of it go on."""
        for child in self._children():
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGCONT)
        super().resume()

    def _children(self) -> list[int]:
        assert self.process is not None
        pid = self.process.pid
        try:
            return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
        except FileNotFoundError:
            return []


class RedisServer(Server):
    """Redis, keeping nothing on disk unless told to."""

    @property
    def url(self) -> str:
        """How redis-py reaches it."""
        return f"redis://127.0.0.1:{self.port}/0"


@functools.cache
def _cluster(owner: str | None) -> Path:
    """Where a PostgreSQL's files lie as it begins with: made once in a process, for copies."""
    folder = _folder("cluster")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    if owner:
        shutil.chown(folder, owner, owner)
    subprocess.run(
        [f"{_postgres_binaries()}/initdb", "-D", f"{folder}/db", "-A", "trust", "-U", "postgres",
         "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"],
        check=True, cwd="/", stdout=subprocess.DEVNULL, user=owner, group=owner,
        extra_groups=[] if owner else None,
    )  # fmt: skip
    return folder / "db"


@contextlib.contextmanager
def postgres(durable: bool = False) -> Iterator[PostgresServer]:
    """A PostgreSQL of its own; `durable` keeps fsync on, for measuring."""
    folder, owner = _folder("pg"), "postgres" if os.geteuid() == 0 else None
    port, binaries = free_port(), _postgres_binaries()
    if owner:
        shutil.chown(folder, owner, owner)
    subprocess.run(["cp", "-a", _cluster(owner), f"{folder}/db"], check=True)
    settings = {
        "port": port, "listen_addresses": "127.0.0.1", "unix_socket_directories": folder,
        "max_connections": 200, "fsync": "on" if durable else "off",
        "full_page_writes": "on" if durable else "off", "shared_buffers": "64MB", "timezone": "UTC",
        "autovacuum": "on" if durable else "off",
    }  # fmt: skip
    command = [f"{binaries}/postgres", "-D", f"{folder}/db"]
    command += [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    server = PostgresServer(command, port, owner, folder, lambda: _answers(server.url()))
    with _running(server):
        yield server


@contextlib.contextmanager
def redis(*options: str) -> Iterator[RedisServer]:
    """A Redis of its own, with further command-line options, for example `--cluster-enabled yes`."""
    program = shutil.which("redis-server")
    if program is None:
        raise ServerMissing("redis-server is not installed: apt-get install redis-server")
    folder, port = _folder("redis"), free_port()
    command = [
        program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no",
        "--dir", str(folder), *options,
    ]  # fmt: skip
    server = RedisServer(command, port, None, folder, lambda: _pings(port))
    with _running(server):
        yield server


@contextlib.contextmanager
def sentinel(master: RedisServer, service: str) -> Iterator[RedisServer]:
    """A Sentinel that watches one Redis under a name."""
    folder, port = _folder("sentinel"), free_port()
    configuration = folder / "sentinel.conf"
    configuration.write_text(f"sentinel monitor {service} 127.0.0.1 {master.port} 1\n")
    command = ["redis-server", str(configuration), "--sentinel", "--port", str(port), "--bind", "127.0.0.1"]
    server = RedisServer(command, port, None, folder, lambda: _pings(port))
    with _running(server):
        yield server


class DirectoryServer(Server):
    """A slapd full of invented civil servants."""

    slapd: directory.Slapd

    @property
    def url(self) -> str:
        """How it is reached; its certificate is vouched for by `slapd.ca_file`."""
        return self.slapd.url

    @property
    def plain_url(self) -> str:
        """Another address, at which TLS must be asked for."""
        return self.slapd.besides[0]


@contextlib.contextmanager
def slapd(
    people: Iterable[directory.Official], units: Sequence[str], secret: str = "directory secret"
) -> Iterator[DirectoryServer]:
    """A directory of its own, filled with these people."""
    if not directory.is_installed():
        raise ServerMissing("slapd is not installed: apt-get install slapd")
    folder, port = _folder("slapd"), free_port()
    plain = f"ldap://localhost:{free_port()}"
    made = directory.prepare(folder, port, people, units, secret, (plain,))
    server = DirectoryServer(made.command, port, None, folder, lambda: _listens(port))
    server.slapd = made
    with _running(server):
        yield server


def fresh_database(server: PostgresServer, template: str = "template1") -> str:
    """The URL of a new database; `template` names one made before, schema and all, to copy."""
    name = f"t{next(_numbers)}_{secrets.token_hex(4)}"
    with psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY'.encode())
    return server.url(name)


def fresh_memory(server: RedisServer) -> str:
    """The URL of a Redis that remembers nothing of whoever used it before."""
    with redis_client.Redis(port=server.port, protocol=2) as client:
        client.flushall()
    return server.url


def lines_to(server: Server) -> int:
    """Connections the kernel has taken for it, also those a frozen server knows nothing of."""
    rows = [row.split() for row in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    there = f"0100007F:{server.port:04X}"
    return sum(row[1] == there and row[3] != LISTENS for row in rows)


def freeze(pid: int) -> None:
    """Stop a process, and wait until each of its threads has: on a busy machine one more may answer."""
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        os.kill(pid, signal.SIGSTOP)
        assert eventually(lambda: all(_state(task) in "TXZ" for task in Path(f"/proc/{pid}/task").iterdir()))


def _state(task: Path) -> str:
    """One letter (proc(5)); a thread that is gone is dead."""
    try:
        return (task / "stat").read_text().rpartition(") ")[2][0]
    except (FileNotFoundError, ProcessLookupError):
        return "X"


PORTS = range(10_000, 12_000)
"""Below those the kernel hands out, so that no connection takes one that was found free, and low enough for a
Redis Cluster, whose bus is 10,000 ports above."""


def free_port() -> int:
    """A port nobody listens on, and that this worker of the run gives to nobody else for long."""
    return next(port for port in _ours() if _is_free(port))


@functools.cache
def _ours() -> Iterator[int]:
    """Round and round, those of this worker: two that looked at once could find the same one."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    share = len(PORTS) // int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    return itertools.cycle(random.sample(PORTS[worker * share :][:share], share))


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


@contextlib.contextmanager
def _running(server: Server) -> Iterator[None]:
    try:
        server.start()
        yield
    finally:
        if server.process is not None:
            server.resume()
        server.stop()
        shutil.rmtree(server.folder, ignore_errors=True)


def _folder(kind: str) -> Path:
    return Path(tempfile.mkdtemp(prefix=f"yitong-{kind}-"))


def _postgres_binaries() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda p: int(p.parts[-3]))
    if not found:
        raise ServerMissing("PostgreSQL is not installed: apt-get install postgresql")
    if os.geteuid() == 0 and "postgres" not in {entry.pw_name for entry in pwd.getpwall()}:
        raise ServerMissing("there is no user postgres, and PostgreSQL refuses to run as root")
    return found[-1].parent


def _answers(url: str) -> None:
    psycopg.connect(url, connect_timeout=10).close()


def _listens(port: int) -> None:
    socket.create_connection(("localhost", port), timeout=10).close()


def _pings(port: int) -> None:
    with redis_client.Redis(port=port, protocol=2, socket_timeout=10) as client:
        client.ping()
