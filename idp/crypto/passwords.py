"""Password hashes: Argon2id, a few at once, by threads that let everything else go first.

Twelve sign-ins a second must not hold up eight hundred token calls, so hashing has threads of its own with a
lower priority (Linux gives each thread its own); whoever waits for a hash waits without the interpreter lock.
"""

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import Final

from argon2 import PasswordHasher, Type, extract_parameters
from argon2.exceptions import InvalidHashError, VerificationError

from idp.crypto import legacy
from idp.crypto.legacy import Scheme

MAXIMUM_LENGTH: Final = 1024
"""Characters; longer input is refused before any work is done for it."""
NICENESS: Final = 10

_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1, hash_len=32, salt_len=16)
_NOBODY = f"$argon2id$v=19$m={_hasher.memory_cost},t={_hasher.time_cost},p=1${'A' * 22}${'A' * 43}"
"""As dear as any to compare with; that its digest is all zeros spares every start the hashing."""


def _step_back() -> None:
    with suppress(AttributeError, OSError):  # other systems hash at the priority they have
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)


_threads = partial(ThreadPoolExecutor, thread_name_prefix="hash", initializer=_step_back)
_pool = _threads(4)


def configure(concurrent: int) -> None:
    """Set how many hashes this process computes at the same time (19 MiB each)."""
    global _pool
    _pool = _threads(concurrent)


def hash_password(password: str) -> str:
    """A new Argon2id hash in its standard text form."""
    return _pool.submit(_hasher.hash, password).result()


def verify(stored: str | None, password: str) -> bool:
    """Whether the password fits; takes as long for a person who does not exist (`stored` is None)."""
    return _pool.submit(_fits, stored or _NOBODY, password).result() and stored is not None


def needs_rehash(stored: str) -> bool:
    """Whether the hash is another system's, or the parameters have moved on since it was made."""
    return legacy.is_legacy(stored) or _hasher.check_needs_rehash(stored)


def take_in(scheme: Scheme, hashed: str) -> str:
    """What is kept of another system's hash, in a form that `verify` knows; raises `legacy.Malformed`."""
    return legacy.taken_in(scheme, hashed, hash_password)


def is_ours(hashed: str) -> bool:
    """Whether this is an Argon2id hash that costs no more than ours do, alone or around a weak one.

    A file may bring any.
    """
    try:
        asked = extract_parameters(legacy.wrapped_in(hashed) or hashed)
    except InvalidHashError:
        return False
    at_most = (_hasher.time_cost, _hasher.memory_cost, _hasher.parallelism)
    costs = (asked.time_cost, asked.memory_cost, asked.parallelism)
    return asked.type is Type.ID and all(cost <= most for cost, most in zip(costs, at_most, strict=True))


def _fits(stored: str, password: str) -> bool:
    return legacy.fits(stored, password, _matches) if legacy.is_legacy(stored) else _matches(stored, password)


def _matches(stored: str, password: str) -> bool:
    try:
        return _hasher.verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False
