"""The state store on Redis 6.2 or newer, or on anything that speaks like it.

A value carries a header: one byte that says whether it was spent, and eight that name the epoch it was put
in. So the mark lives and dies with the value: no eviction and no expiry can forget one and keep the other.

The epoch is a key beside them that names the running server (`run_id` of every primary). A server that was
emptied has no such key; one that was restarted or promoted has another name and may have lost its last
second. Both move the epoch. `durable` says that restarts lose nothing, as some vendors promise.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from idp.storage.redis_link import Argument, open_link
from idp.storage.state import Lasting

HEADER = 9
UNSPENT = b"\x00"
EPOCH_SECONDS = 1.0
TIMEOUT = 1.0
"""Seconds a server has for a connection, and for an answer."""
START = datetime(1970, 1, 1, tzinfo=UTC)

COUNT = """
local n = redis.call('INCR', KEYS[1])
if n == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return n
"""
SPEND = """
local value = redis.call('GET', KEYS[1])
if not value or string.byte(value) ~= 0 then return false end
redis.call('SETRANGE', KEYS[1], 0, '\\1')
return value
"""
REPLACE = """
local header = redis.call('GETRANGE', KEYS[1], 0, 8)
if #header == 0 then return 0 end
redis.call('SET', KEYS[1], header .. ARGV[1], 'KEEPTTL')
return 1
"""
EPOCH = """
local held = redis.call('GET', KEYS[1])
local began, name = string.match(held or '', '^(%d+) (.*)$')
if began and name == ARGV[2] then return held end
began = string.format('%.0f', math.max(tonumber(ARGV[1]), (tonumber(began) or 0) + 1))
redis.call('SET', KEYS[1], began .. ' ' .. ARGV[2])
return began .. ' ' .. ARGV[2]
"""


@dataclass(frozen=True)
class Epoch:
    """What was last learned about the server, how long ago, and over how many connections."""

    began: int
    """Microseconds since 1970."""
    learned: float
    connections: int

    @property
    def name(self) -> bytes:
        """The eight bytes in the header of every value put meanwhile."""
        return self.began.to_bytes(8, "big")


class RedisStateStore:
    """Short-lived values in Redis (see `StateStore`)."""

    def __init__(
        self,
        url: str,
        protocol: int = 3,
        prefix: str = "yitong:",
        timeout: float | None = None,
        durable: bool = False,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._link = open_link(url, protocol, TIMEOUT if timeout is None else timeout, self._connected)
        self._run = self._link.run
        self._prefix = prefix
        self._durable = durable
        self._clock = clock
        self._epoch: Epoch | None = None
        self._connections = 0

    def put(self, key: str, value: bytes, ttl: float) -> None:
        """Keep a value for that long, in place of what was there."""
        self.put_all({key: (value, ttl)})

    def put_all(self, values: Mapping[str, Lasting]) -> None:
        """Put one or more on one way there and back."""
        epoch = None
        while epoch is None or epoch.connections != self._connections:  # else: kept by a server not asked yet
            epoch = self._current()
            header = UNSPENT + epoch.name
            self._link.run_all(
                [
                    ("SET", self._prefix + key, header + value, "PX", _milliseconds(ttl))
                    for key, (value, ttl) in values.items()
                ]
            )

    def get(self, key: str) -> bytes | None:
        """The living value, spent or not."""
        return self.get_all([key])[0]

    def get_all(self, keys: Sequence[str]) -> list[bytes | None]:
        """One or more living values on one way there and back, in the order of their keys."""
        found: list[bytes | None] = self._link.run_all([("GET", self._prefix + key) for key in keys])
        return [None if value is None else value[HEADER:] for value in found]

    def replace(self, key: str, value: bytes) -> bool:
        """Change a living value, keeping its expiry; false (and nothing kept) if it is gone by now."""
        return bool(self._script(REPLACE, key, value))

    def take(self, key: str) -> bytes | None:
        """The value, for exactly one caller; it is gone afterwards."""
        return self._certain(self._run("GETDEL", self._prefix + key))

    def spend(self, key: str) -> bytes | None:
        """The value, for exactly one caller; it stays readable until it expires, so reuse can be seen."""
        return self._certain(self._script(SPEND, key))

    def once(self, key: str, ttl: float) -> bool:
        """True for the first caller until that long has passed."""
        return self._run("SET", self._prefix + key, 1, "NX", "PX", _milliseconds(ttl)) is not None

    def count(self, key: str, ttl: float) -> int:
        """How often this was asked in the current window, which began with the first and lasts that long."""
        return int(self._script(COUNT, key, _milliseconds(ttl)))

    def epoch(self) -> datetime:
        """Since when the store remembers everything; at most a second old."""
        return START + timedelta(microseconds=self._current().began)

    def purge(self, now: datetime) -> int:
        """Nothing to do: Redis forgets by itself."""
        return 0

    def close(self) -> None:
        """Let go of all connections."""
        self._link.close()

    def faults(self) -> list[str]:
        """What an operator should change at the server, in words; empty also when it will not say."""
        found = []
        for node in self._link.info("server"):
            if _version(node.get("redis_version", "")) < (6, 2):
                found.append(f"Redis {node['redis_version']} is too old: 6.2 brought GETDEL")
        for node in self._link.info("memory"):
            if node.get("maxmemory_policy", "noeviction") != "noeviction":
                found.append(
                    f"Redis evicts keys ({node['maxmemory_policy']}), so replays could pass: set noeviction"
                )
        return found

    def _script(self, script: str, key: str, *arguments: Argument) -> Any:
        return self._run("EVAL", script, 1, self._prefix + key, *arguments)

    def _certain(self, found: bytes | None) -> bytes | None:
        """A value of this epoch; an older one may have been given before, and the server forgot."""
        if found is None:
            return None
        name = found[1:HEADER]
        certain = name == self._current().name or name == self._learned().name
        return found[HEADER:] if certain else None

    def _connected(self) -> None:
        """A new connection may lead to a server that was restarted meanwhile: ask again."""
        self._connections += 1

    def _current(self) -> Epoch:
        known = self._epoch
        fresh = known and time.monotonic() - known.learned < EPOCH_SECONDS
        return known if known and fresh and known.connections == self._connections else self._learned()

    def _learned(self) -> Epoch:
        while True:
            connections, learned = self._connections, time.monotonic()
            name = "durable" if self._durable else _name(self._link.info("server"))
            answer: bytes = self._script(EPOCH, "epoch", int(self._clock() * 1e6), name)
            if connections == self._connections:
                self._epoch = Epoch(int(answer.split()[0]), learned, connections)
                return self._epoch


def _name(primaries: list[dict[str, str]]) -> str:
    return ",".join(sorted(node.get("run_id", "") for node in primaries)) or "unknown"


def _milliseconds(seconds: float) -> int:
    return max(1, int(seconds * 1000))


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(".")[:2] if part.isdigit()) or (6, 2)
