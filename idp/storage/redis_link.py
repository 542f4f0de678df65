"""Talking to Redis: one server, a Sentinel's master or a Cluster, with short deadlines and plain refusals.

One server is spoken to on redis-py's connections without its client around them, which halves the processor
time of a trip. A command that meets a dead connection is sent once more on a new one: at worst nobody wins a
`take` whose answer was lost, never two.
"""

import os
from collections.abc import Callable, Sequence
from typing import Any, Protocol, cast
from urllib.parse import SplitResult, unquote, urlsplit

import hiredis
import redis
from redis.backoff import NoBackoff
from redis.cluster import ClusterNode
from redis.maint_notifications import MaintNotificationsConfig
from redis.retry import Retry
from redis.sentinel import Sentinel, SentinelConnectionPool

from idp.storage.idle import Idle
from idp.storage.state import StateUnavailable

Argument = str | bytes | int
Command = tuple[Argument, ...]
UNBOUNDED = 2**31
"""The threads bound the connections: each uses one at a time."""


class Link(Protocol):
    """A way to a Redis, whatever its topology."""

    def run(self, *command: Argument) -> Any:
        """The raw answer to one command; raises StateUnavailable."""
        ...

    def run_all(self, commands: Sequence[Command]) -> list[Any]:
        """The answer to each of one or more commands, apart from each other; raises StateUnavailable."""
        ...

    def info(self, section: str) -> list[dict[str, str]]:
        """A section of INFO from every primary; empty where a proxy refuses it."""
        ...

    def close(self) -> None:
        """Let go of all connections."""
        ...


def open_link(url: str, protocol: int, timeout: float, connected: Callable[[], None]) -> Link:
    """
    A link for `redis://`, `rediss://`, `unix://`, `redis+sentinel://host,host/service/db` or
    `redis+cluster://host,host`; `connected` is called after every new connection to a single server.
    """
    settings = _settings(protocol, timeout)
    scheme = urlsplit(url).scheme
    if scheme == "redis+cluster":
        return ClusterLink(url, settings)
    if scheme == "redis+sentinel":
        return DirectLink(_sentinel_pool(url, settings), protocol, connected)
    pool = redis.ConnectionPool.from_url(url, max_connections=UNBOUNDED, **settings)
    return DirectLink(pool, protocol, connected)


class DirectLink:
    """One server at a time; connections wait on a stack for whichever thread comes next."""

    def __init__(self, pool: redis.ConnectionPool, protocol: int, connected: Callable[[], None]) -> None:
        self._pool = pool
        self._protocol = protocol
        self._connected = connected
        self._idle: Idle[Any] = Idle(lambda connection: connection.disconnect())

    def run(self, *command: Argument) -> Any:
        """The raw answer to one command; raises StateUnavailable."""
        return self.run_all([command])[0]

    def run_all(self, commands: Sequence[Command]) -> list[Any]:
        """The answer to each of several commands, sent in one go; raises StateUnavailable."""
        connection = self._idle.pop()
        if connection is not None:
            try:
                return self._ask(connection, commands)
            except (redis.ConnectionError, redis.ReadOnlyError):
                self.close()  # the server went away, so the other idle connections are as dead as this one
        try:
            return self._ask(self._connect(), commands)
        except redis.RedisError as failure:
            raise StateUnavailable(f"Redis: {failure}") from failure

    def info(self, section: str) -> list[dict[str, str]]:
        """A section of INFO; empty where a proxy refuses it."""
        try:
            return [_fields(self.run("INFO", section))]
        except StateUnavailable as failure:
            if isinstance(failure.__cause__, redis.ResponseError):
                return []
            raise

    def close(self) -> None:
        """Let go of the connections that are not in use."""
        self._idle.close()

    def _ask(self, connection: Any, commands: Sequence[Command]) -> list[Any]:
        try:
            packed = b"".join(hiredis.pack_command(one) for one in commands)  # type: ignore[arg-type]
            connection.send_packed_command([packed], check_health=False)
            answers = [_answer(connection) for _ in commands]
            for refusal in answers:
                if isinstance(refusal, redis.ResponseError):
                    raise refusal
        except redis.TimeoutError as failure:  # a late answer must not meet the next question
            connection.disconnect()
            raise StateUnavailable("Redis did not answer in time") from failure
        except redis.ConnectionError:
            connection.disconnect()
            raise
        except redis.ReadOnlyError:  # a master that was demoted: ask where the new one is
            connection.disconnect()
            raise
        except redis.ResponseError as failure:
            self._idle.push(connection)
            raise StateUnavailable(f"Redis: {failure}") from failure
        self._idle.push(connection)
        return answers

    def _connect(self) -> Any:
        connection: Any = self._pool.make_connection()
        try:
            connection.connect()
        except redis.RedisError as failure:
            raise StateUnavailable(f"Redis: {failure}{_hint(failure, self._protocol)}") from failure
        self._connected()
        return connection


class ClusterLink:
    """A Cluster, through redis-py's own client, which follows moved slots and promoted replicas."""

    def __init__(self, url: str, settings: dict[str, Any]) -> None:
        self._url = url
        self._settings = settings
        self._client: Any = None
        self._process = os.getpid()

    def run(self, *command: Argument) -> Any:
        """The raw answer to one command; raises StateUnavailable."""
        return self._ask(*command)

    def run_all(self, commands: Sequence[Command]) -> list[Any]:
        """The answer to each of several commands, one by one: each may live on another node."""
        return [self._ask(*command) for command in commands]

    def info(self, section: str) -> list[dict[str, str]]:
        """A section of INFO from every primary."""
        answers = self._ask("INFO", section, target_nodes=redis.RedisCluster.PRIMARIES)
        nodes = answers.values() if all(isinstance(a, dict) for a in answers.values()) else [answers]
        return [{name: str(value) for name, value in node.items()} for node in nodes]

    def close(self) -> None:
        """Let go of all connections."""
        if self._client is not None:
            self._client.close()
        self._client = None

    def _ask(self, *command: Argument, **options: Any) -> Any:
        try:
            if self._client is None or self._process != os.getpid():
                self._client, self._process = self._open(), os.getpid()
            return self._client.execute_command(*command, **options)
        except redis.RedisError as failure:
            hint = _hint(failure, self._settings["protocol"])
            raise StateUnavailable(f"Redis Cluster: {failure}{hint}") from failure

    def _open(self) -> Any:
        parts = urlsplit(self._url)
        node: Any = ClusterNode
        nodes = [node(host, port) for host, port in _addresses(parts.netloc, 6379)]
        settings = {name: value for name, value in self._settings.items() if name != "retry"}
        retry = Retry(NoBackoff(), 1)
        return redis.RedisCluster(startup_nodes=nodes, retry=retry, **_credentials(parts), **settings)


def _answer(connection: Any) -> Any:
    """The next answer; a refusal is one too, or those behind it would meet the next question."""
    try:
        return connection.read_response()
    except redis.ResponseError as refusal:
        return refusal


def _settings(protocol: int, timeout: float) -> dict[str, Any]:
    return {
        "protocol": protocol,
        "socket_timeout": timeout,
        "socket_connect_timeout": timeout,
        "retry": Retry(NoBackoff(), 0),
        "driver_info": None,  # CLIENT SETINFO means nothing to proxies
        "maint_notifications_config": MaintNotificationsConfig(enabled=False),
    }


def _sentinel_pool(url: str, settings: dict[str, Any]) -> redis.ConnectionPool:
    parts = urlsplit(url)
    service, _, database = parts.path.strip("/").partition("/")
    sentinel_at, pool_of = cast(Any, Sentinel), cast(Any, SentinelConnectionPool)
    sentinel = sentinel_at(_addresses(parts.netloc, 26379), sentinel_kwargs=settings)
    return cast(
        redis.ConnectionPool,
        pool_of(
            service,
            sentinel,
            db=int(database or 0),
            max_connections=UNBOUNDED,
            **_credentials(parts),
            **settings,
        ),
    )


def _addresses(netloc: str, default_port: int) -> list[tuple[str, int]]:
    pairs = (address.rpartition(":") for address in netloc.rpartition("@")[2].split(","))
    return [(host, int(port)) if host else (port, default_port) for host, _, port in pairs]


def _credentials(parts: SplitResult) -> dict[str, Any]:
    name, _, password = parts.netloc.rpartition("@")[0].partition(":")
    return {key: unquote(value) for key, value in (("username", name), ("password", password)) if value}


def _fields(answer: bytes | str) -> dict[str, str]:
    text = answer if isinstance(answer, str) else bytes(answer).decode()
    return dict(line.split(":", 1) for line in text.splitlines() if ":" in line)


def _hint(failure: Exception, protocol: int) -> str:
    """RESP3 begins with HELLO, which many proxies of managed Redis refuse or answer by hanging up."""
    refused = any(
        sign in str(failure) for sign in ("HELLO", "unknown command", "NOPROTO", "closed by server")
    )
    if protocol == 3 and refused:
        return "; if this is a proxy that does not know HELLO, set IDP_REDIS_PROTOCOL=2"
    return ""
