"""What lives for minutes: the port to the state store, and collections of typed records kept in it."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime
from functools import cache
from typing import Any, Generic, Protocol, TypeVar

from pydantic import ConfigDict, TypeAdapter

from idp.crypto.envelope import CannotOpen
from idp.crypto.handles import digest, new_handle

T = TypeVar("T")
Lasting = tuple[bytes, float]
"""A value and its lifetime in seconds."""


class StateUnavailable(Exception):
    """The store did not answer in time; whether it did what was asked is unknown, so nothing may be given."""


class StateStore(Protocol):
    """
    Short-lived values by key. Every verb stands alone and is atomic among all callers on all machines.

    Keys are ASCII; a key serves either values (put, get, replace, take, spend) or `once` or `count`, never
    two of them. Lifetimes are seconds. Any verb may raise `StateUnavailable`.

    A store may lose what it knew: emptied, crashed, or replaced by a copy that lags behind. Its epoch then
    moves forward, and what was put before may still be read but no longer be taken or spent, because the
    store cannot know whether it already was. Whoever relies on `once` against replay asks `once` first and
    then refuses what was issued before `epoch()`.
    """

    def put(self, key: str, value: bytes, ttl: float) -> None:
        """Keep a value for that long, in place of what was there."""
        ...

    def put_all(self, values: Mapping[str, Lasting]) -> None:
        """Put one or more on one way there and back; others may meet some of them before the rest."""
        ...

    def get(self, key: str) -> bytes | None:
        """The living value, spent or not."""
        ...

    def get_all(self, keys: Sequence[str]) -> list[bytes | None]:
        """One or more living values on one way there and back, in the order of their keys."""
        ...

    def replace(self, key: str, value: bytes) -> bool:
        """Change a living value, keeping its expiry; false (and nothing kept) if it is gone by now."""
        ...

    def take(self, key: str) -> bytes | None:
        """The value, for exactly one caller; it is gone afterwards."""
        ...

    def spend(self, key: str) -> bytes | None:
        """The value, for exactly one caller; it stays readable until it expires, so reuse can be seen."""
        ...

    def once(self, key: str, ttl: float) -> bool:
        """True for the first caller until that long has passed."""
        ...

    def count(self, key: str, ttl: float) -> int:
        """How often this was asked in the current window, which began with the first and lasts that long."""
        ...

    def epoch(self) -> datetime:
        """Since when the store remembers everything; at most a second old."""
        ...

    def purge(self, now: datetime) -> int:
        """Remove what expired and say how much; zero where the store does it by itself."""
        ...

    def close(self) -> None:
        """Let go of all connections."""
        ...


class Sealer(Protocol):
    """Authenticated encryption under a key in custody (`envelope.Sealer`)."""

    def seal(self, plain: bytes, context: bytes) -> bytes:
        """Encrypt and bind to the context."""
        ...

    def open(self, sealed: bytes, context: bytes) -> bytes:
        """What was sealed under this context; raises CannotOpen for anything else."""
        ...


@cache
def _json_of(shape: Any) -> TypeAdapter[Any]:
    """Compiled once, both ways; a one-tuple carries the settings to the dataclass inside it."""
    return TypeAdapter(shape, config=ConfigDict(ser_json_bytes="base64", val_json_bytes="base64"))


class Collection(Generic[T]):
    """
    Records of one type, each under its own random handle, sealed and living `ttl` seconds.

    A record is a frozen dataclass of strings, numbers, bytes, datetimes, UUIDs, enums, tuples, sets and
    further dataclasses. One written by another version of the program is read as far as its fields agree,
    and is otherwise as good as expired.
    """

    def __init__(self, store: StateStore, record_type: type[T], name: str, ttl: float, seal: Sealer) -> None:
        self.ttl = ttl
        self._store = store
        self._name = name
        self._seal = seal
        self._json: TypeAdapter[tuple[T]] = _json_of(tuple.__class_getitem__(record_type))

    def add(self, record: T) -> str:
        """Keep a new record and return the only copy of its handle."""
        handle = new_handle()
        self._keep(handle, record)
        return handle

    def find(self, handle: str | None) -> T | None:
        """The living record, spent or not."""
        if not handle:
            return None
        key = self._key(handle)
        return self._opened(key, self._store.get(key))

    def revise(self, handle: str, record: T) -> bool:
        """Change a living record without prolonging its life; false if it was taken or expired meanwhile."""
        key = self._key(handle)
        return self._store.replace(key, self._sealed(key, record))

    def spend(self, handle: str) -> bool:
        """True for exactly one caller while the record lives; it stays readable until it expires."""
        return self._store.spend(self._key(handle)) is not None

    def take(self, handle: str | None) -> T | None:
        """The record, for exactly one caller; afterwards it is gone."""
        if not handle:
            return None
        key = self._key(handle)
        return self._opened(key, self._store.take(key))

    @contextmanager
    def lent(self, handle: str) -> Iterator[T | None]:
        """The record as `take` gives it; it comes back, for another whole life, if what it was for fails."""
        record = self.take(handle)
        with ExitStack() as unless_done:
            if record is not None:
                unless_done.callback(self._keep, handle, record)
            yield record
            unless_done.pop_all()

    def _keep(self, handle: str, record: T) -> None:
        key = self._key(handle)
        self._store.put(key, self._sealed(key, record), self.ttl)

    def _key(self, handle: str) -> str:
        """The store sees a digest only; the braces keep what belongs to one handle on one Cluster node."""
        return f"{self._name}:{{{digest(handle)}}}"

    def _sealed(self, key: str, record: T) -> bytes:
        return self._seal.seal(self._json.dump_json((record,)), key.encode())

    def _opened(self, key: str, sealed: bytes | None) -> T | None:
        if sealed is None:
            return None
        try:
            return self._json.validate_json(self._seal.open(sealed, key.encode()))[0]
        except (
            CannotOpen,
            ValueError,
        ):  # sealed under a retired key, moved to another key, or of another shape
            return None
