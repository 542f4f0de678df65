"""What Redis does to a store: dies, hangs, restarts, is emptied, is promoted, hides behind a proxy."""

import os
import socket
import socketserver
import threading
import warnings
from collections.abc import Iterator
from typing import Any

import pytest
import redis as redis_client

from idp.storage.redis_state import RedisStateStore
from idp.storage.state import StateUnavailable
from tests import servers
from tests.idp.storage.hanging_up import hanging_up
from tests.waiting import eventually

PERSISTENT = ("--appendonly", "yes", "--appendfsync", "always")


@pytest.fixture
def own_redis() -> Iterator[servers.RedisServer]:
    """A Redis that the test may break; it keeps its keys through a restart."""
    with servers.redis(*PERSISTENT) as server:
        yield server


def test_a_dead_server_is_not_tried_again_and_again(own_redis: servers.RedisServer) -> None:
    """The page that says what to do must not wait, whether or not there were connections."""
    store = RedisStateStore(own_redis.url)
    store.put("code:a", b"x", 60)
    own_redis.stop()
    with hanging_up(own_redis.port) as callers:
        for one in (store, RedisStateStore(own_redis.url)):
            with pytest.raises(StateUnavailable):
                one.get("code:a")

    assert 2 == len(callers)


def test_a_frozen_server_is_refused_within_its_deadline(own_redis: servers.RedisServer) -> None:
    """A server that accepts and never answers costs one deadline, while it is frozen; then it goes on."""
    store = RedisStateStore(own_redis.url, timeout=2.0)
    store.put("code:a", b"x", 60)
    own_redis.pause()
    before = servers.lines_to(own_redis)
    with pytest.raises(StateUnavailable):
        store.get("code:a")
    tried = servers.lines_to(own_redis) - before
    own_redis.resume()

    assert 0 == tried
    assert b"x" == store.get("code:a")


def test_a_restart_is_not_noticed_by_the_next_caller(own_redis: servers.RedisServer) -> None:
    """Connections the old server left behind are replaced without an error."""
    store = RedisStateStore(own_redis.url)
    store.put("code:a", b"x", 60)
    own_redis.stop()
    own_redis.start()

    assert b"x" == store.get("code:a")


def test_what_a_restart_kept_can_be_read_but_not_spent(own_redis: servers.RedisServer) -> None:
    """The server may have forgotten its last second, so what was put before may have been given already."""
    store = RedisStateStore(own_redis.url)
    store.put("code:a", b"x", 60)
    store.put("code:b", b"x", 60)
    epoch = store.epoch()
    own_redis.stop()
    own_redis.start()

    assert (None, None) == (store.spend("code:a"), store.take("code:b"))
    assert b"x" == store.get("code:a")
    assert store.epoch() > epoch


def test_what_is_put_after_a_restart_can_be_spent(own_redis: servers.RedisServer) -> None:
    """Every store, old or new, puts and spends in the new epoch from its first call on."""
    store, other = RedisStateStore(own_redis.url), RedisStateStore(own_redis.url)
    store.put("code:a", b"x", 60)
    other.put("code:b", b"x", 60)
    own_redis.stop()
    own_redis.start()
    store.put("code:a", b"x", 60)
    other.put("code:b", b"y", 60)

    assert (b"y", b"x") == (store.spend("code:b"), other.take("code:a"))


def test_a_durable_server_keeps_its_epoch(own_redis: servers.RedisServer) -> None:
    """Where the vendor promises that a restart loses nothing, spending goes on."""
    store = RedisStateStore(own_redis.url, durable=True)
    store.put("code:a", b"x", 60)
    epoch = store.epoch()
    own_redis.stop()
    own_redis.start()

    assert (epoch, b"x") == (store.epoch(), store.spend("code:a"))


def test_flushing_a_running_server_moves_the_epoch(own_redis: servers.RedisServer) -> None:
    """No connection breaks, so the missing epoch is found at the next look, a second later."""
    store = RedisStateStore(own_redis.url)
    epoch = store.epoch()
    redis_client.Redis.from_url(own_redis.url).flushall()

    assert eventually(lambda: store.epoch() > epoch)


def test_keys_carry_the_prefix(own_redis: servers.RedisServer) -> None:
    """Several products may share a Redis."""
    store = RedisStateStore(own_redis.url, prefix="city:")
    store.put("code:a", b"x", 60)
    store.once("jti:a", 60)

    keys = redis_client.Redis.from_url(own_redis.url).keys("*")
    assert [b"city:code:a", b"city:epoch", b"city:jti:a"] == sorted(keys)


def test_eviction_is_a_fault(own_redis: servers.RedisServer) -> None:
    """A server that evicts under pressure may evict the memory of what was used."""
    store = RedisStateStore(own_redis.url)
    before = store.faults()
    redis_client.Redis.from_url(own_redis.url).config_set("maxmemory-policy", "volatile-lru")

    assert ([], 1) == (before, len(store.faults()))


def test_a_forked_child_uses_connections_of_its_own(redis_server: servers.RedisServer) -> None:
    """Pre-forking servers copy the parent's sockets; answers must not cross."""
    store = RedisStateStore(redis_server.url)
    store.put("fork:a", b"x", 60)
    with warnings.catch_warnings(action="ignore", category=DeprecationWarning):
        child = os.fork()
    if child == 0:
        os._exit(0 if store.get("fork:a") == b"x" and store.once("fork:b", 60) else 1)

    assert (child, 0) == os.waitpid(child, 0)
    assert (b"x", False) == (store.get("fork:a"), store.once("fork:b", 60))


class Proxy(socketserver.BaseRequestHandler):
    """Refuses HELLO as proxies of managed Redis do."""

    def handle(self) -> None:
        assert isinstance(self.request, socket.socket)
        while sent := self.request.recv(4096):
            known = b"HELLO" not in sent
            self.request.sendall(b"$1\r\nx\r\n" if known else b"-ERR unknown command 'HELLO'\r\n")


class HangingUp(socketserver.BaseRequestHandler):
    """Hangs up on what it does not know, as twemproxy does."""

    def handle(self) -> None:
        self.request.recv(4096)


@pytest.mark.parametrize("proxy", [Proxy, HangingUp])
def test_a_proxy_without_hello_is_named(proxy: type[socketserver.BaseRequestHandler]) -> None:
    """The operator reads which setting helps."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), proxy) as listener:
        threading.Thread(target=listener.serve_forever, args=(0.01,), daemon=True).start()
        with pytest.raises(StateUnavailable, match="IDP_REDIS_PROTOCOL=2"):
            RedisStateStore(f"redis://127.0.0.1:{listener.server_address[1]}", protocol=3).get("code:a")
        listener.shutdown()


@pytest.mark.parametrize("protocol", [2, 3])
def test_a_cluster_does_all_the_same(protocol: int) -> None:
    """Every verb names one key, so slots never cross."""
    with servers.redis("--cluster-enabled", "yes") as server:
        raw: Any = redis_client.Redis.from_url(server.url)
        raw.execute_command("CLUSTER", "ADDSLOTS", *range(16384))
        assert eventually(lambda: "ok" == raw.execute_command("CLUSTER INFO")["cluster_state"])
        store = RedisStateStore(f"redis+cluster://127.0.0.1:{server.port}", protocol)
        store.put("code:{a}", b"x", 60)
        got = store.spend("code:{a}"), store.spend("code:{a}"), store.take("code:{a}")
        counted = store.count("throttle:a", 60), store.count("throttle:a", 60)
        once = store.once("jti:a", 60), store.once("jti:a", 60)
        faults = store.faults()
        store.close()

    assert ((b"x", None, b"x"), (1, 2), (True, False), []) == (got, counted, once, faults)


def test_sentinel_names_the_master(redis_server: servers.RedisServer) -> None:
    """The store follows whichever server the sentinels call master."""
    with servers.sentinel(redis_server, "yitong") as watcher:
        store = RedisStateStore(f"redis+sentinel://127.0.0.1:{watcher.port}/yitong/0")
        store.put("sentinel:a", b"x", 60)
        taken = store.take("sentinel:a")
        store.close()

    assert b"x" == taken


def test_a_refusal_among_several_answers_keeps_the_others_apart(own_redis: servers.RedisServer) -> None:
    """What came behind a refusal is read too, or it would answer the next question."""
    store = RedisStateStore(own_redis.url)
    store.put("code:a", b"x", 60)
    redis_client.Redis.from_url(own_redis.url).lpush("yitong:code:list", "no value")
    with pytest.raises(StateUnavailable):
        store.get_all(["code:list", "code:a", "code:a"])

    assert store.get("code:none") is None
