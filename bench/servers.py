"""What is measured, started: the stores, the floor's routes, and the provider on either pair of stores."""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.servers import free_port, fresh_database, postgres, redis

BIN = Path(sys.executable).parent
ROOT = Path(__file__).parents[1]
WORKERS, THREADS = 2, 8
READY_SECONDS = 30.0
STORES = {"sqlite": "SQLite", "postgres": "PostgreSQL + Redis"}


class DidNotStart(RuntimeError):
    """A server ended or stayed silent; the message is the end of its log."""


@dataclass(frozen=True)
class Stores:
    """Addresses of a PostgreSQL that syncs every commit and of a Redis."""

    postgres_url: str
    redis_url: str


@dataclass(frozen=True)
class Provider:
    """A running provider and the environment in which `idp` commands reach the same instance."""

    url: str
    environment: Mapping[str, str]

    def command(self, *arguments: str) -> str:
        """Run `idp …` on this instance and give its output."""
        return run_idp(self.environment, *arguments)


def run_idp(environment: Mapping[str, str], *arguments: str) -> str:
    done = subprocess.run(
        [str(BIN / "idp"), *arguments], env=dict(environment), capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise DidNotStart(f"idp {' '.join(arguments)} ended with {done.returncode}: {done.stderr[-2000:]}")
    return done.stdout


@contextlib.contextmanager
def stores() -> Iterator[Stores]:
    """Both servers, as durable as in production."""
    with postgres(durable=True) as database, redis() as memory:
        yield Stores(fresh_database(database), memory.url)


@contextlib.contextmanager
def floor(
    using: Stores, *, workers: int = WORKERS, threads: int = THREADS, options: tuple[str, ...] = ()
) -> Iterator[str]:
    """The bare routes of `bench.floor` on the provider's own server; gives their address."""
    port = free_port()
    command = [
        str(BIN / "granian"), "--interface", "wsgi", "--port", str(port), "--no-ws",
        "--workers", str(workers), "--blocking-threads", str(threads), *options, "bench.floor:app",
    ]  # fmt: skip
    environment = {**os.environ, "BENCH_REDIS_URL": using.redis_url, "BENCH_POSTGRES_URL": using.postgres_url}
    url = f"http://127.0.0.1:{port}"
    with running(command, environment, f"{url}/constant"):
        yield url


@contextlib.contextmanager
def provider(store: str, using: Stores, settings: Mapping[str, str] | None = None) -> Iterator[Provider]:
    """A provider of its own in a temporary home, with limits per source out of the way, and more settings."""
    port = free_port()
    url = f"http://localhost:{port}"  # passkeys need a name
    with tempfile.TemporaryDirectory(prefix="yitong-bench-") as home:
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("IDP_")},
            "IDP_HOME": home,
            "IDP_ISSUER": url,
            "IDP_LISTEN_PORT": str(port),
            "IDP_WORKERS": str(WORKERS),
            "IDP_THREADS": str(THREADS),
            "IDP_SANDBOX": "true",
            "IDP_REGISTRY": "none",
            "IDP_SMS_GATEWAY": "none",
            "IDP_LIMIT_SOURCE_PER_MINUTE": "100000000",
            **(settings or {}),
        }
        if store == "postgres":
            environment |= {"IDP_DATABASE_URL": using.postgres_url, "IDP_STATE_URL": using.redis_url}
        run_idp(environment, "init")
        with running([str(BIN / "idp"), "serve"], environment, f"{url}/healthz"):
            yield Provider(url, environment)


@contextlib.contextmanager
def running(command: list[str], environment: Mapping[str, str], ready: str) -> Iterator[None]:
    """A server in a process group of its own, from when it answers until the context ends."""
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            command, cwd=ROOT, env=dict(environment), stdout=log, stderr=log, start_new_session=True
        )
        try:
            wait_until_ready(ready, process)
            yield
        except DidNotStart as failure:
            log.seek(0)
            raise DidNotStart(f"{failure}\n{log.read().decode(errors='replace')[-3000:]}") from failure
        finally:
            stop(process)


def wait_until_ready(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise DidNotStart(f"the server ended with {process.returncode}")
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.05)
    raise DidNotStart(f"{url} did not answer in {READY_SECONDS:.0f} s")


def stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
