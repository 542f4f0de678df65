"""Fixtures that every suite may use: real servers, and the state store in each of its kinds."""

import gc
import os
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest
import redis as redis_client
from playwright.sync_api import Browser

from idp.storage.postgresql_state import postgresql_state
from idp.storage.redis_state import RedisStateStore
from idp.storage.sqlite_state import sqlite_state
from idp.storage.state import StateStore
from idp.web import logs
from tests import compiled, hashes, patience, scratch, servers
from tests.browser import chromium

scratch.use_memory()
hashes.use(hashes.CHEAP)
logs.configure()
compiled.share()
patience.be_patient()
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False
"""The servers that tests start compile our modules once, and not at every start; so do workers the tests."""


def pytest_collection_finish() -> None:
    """What is loaded by now stays: no collection of garbage need look at it again."""
    gc.collect()
    gc.freeze()


STATE_STORES = ("sqlite", "redis-resp2", "redis-resp3", "postgresql")


@pytest.fixture
def earnest_hashes() -> Iterator[None]:
    """Passwords are hashed at their full price."""
    hashes.use(hashes.EARNEST)
    yield
    hashes.use(hashes.CHEAP)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[servers.PostgresServer]:
    """A PostgreSQL for the whole run (of each xdist worker: it starts in 0.6 s)."""
    with servers.postgres() as server:
        yield server


@pytest.fixture(scope="session")
def redis_server() -> Iterator[servers.RedisServer]:
    """A Redis for the whole run."""
    with servers.redis() as server:
        yield server


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, started once a process: Playwright's loop has no room for a second."""
    with chromium() as started:
        yield started


@dataclass
class StateCase:
    """A kind of state store: how to open it again, how to let time pass for it, how to empty it."""

    open: Callable[[], StateStore]
    pass_time: Callable[[float], None]
    empty: Callable[[], None]
    opened: list[StateStore] = field(default_factory=list)

    def reopen(self) -> StateStore:
        """Another store over the same memory, as another process would have."""
        self.opened.append(self.open())
        return self.opened[-1]


class MovingClock:
    """The wall clock, some seconds ahead."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead

    def move(self, seconds: float) -> None:
        self.ahead += seconds


@pytest.fixture(params=STATE_STORES)
def state_case(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[StateCase]:
    """Each kind of state store in turn, empty."""
    kind = str(request.param)
    if kind == "sqlite":
        case = _on_sqlite(tmp_path / "state.db")
    elif kind == "postgresql":
        case = _on_postgresql(servers.fresh_database(request.getfixturevalue("postgres_server")))
    else:
        case = _on_redis(request.getfixturevalue("redis_server"), int(kind[-1]))
    yield case
    for store in case.opened:
        store.close()


@pytest.fixture
def state_store(state_case: StateCase) -> StateStore:
    """A state store of each kind in turn, empty."""
    return state_case.reopen()


@pytest.fixture
def pass_time(state_case: StateCase) -> Callable[[float], None]:
    """Let so many seconds pass for everything in the state store, without waiting."""
    return state_case.pass_time


def _on_sqlite(path: Path) -> StateCase:
    clock = MovingClock()

    def empty() -> None:
        for file in path.parent.glob(f"{path.name}*"):
            file.unlink()

    return StateCase(lambda: sqlite_state(path, clock), clock.move, empty)


def _on_postgresql(url: str) -> StateCase:
    clock = MovingClock()

    def empty() -> None:
        with psycopg.connect(url) as connection:
            connection.execute("TRUNCATE state_records, state_epoch")

    return StateCase(lambda: postgresql_state(url, clock), clock.move, empty)


def _on_redis(server: servers.RedisServer, protocol: int) -> StateCase:
    raw = redis_client.Redis.from_url(server.url, protocol=2)
    raw.flushall()

    def pass_time(seconds: float) -> None:
        """Shorten every remaining life, as Redis keeps its own time."""
        for key in raw.scan_iter(count=1000):
            left = int(raw.pttl(key))
            if left >= 0:
                raw.pexpire(key, max(0, left - int(seconds * 1000)))

    def empty() -> None:
        raw.flushall()

    return StateCase(lambda: RedisStateStore(server.url, protocol), pass_time, empty)
