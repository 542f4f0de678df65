"""Password hashes: Argon2id, with a cap on how many are computed at once."""

import threading
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

MAXIMUM_LENGTH: Final = 1024
"""Characters; longer input is refused before any work is done for it."""

_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1, hash_len=32, salt_len=16)
_places = threading.BoundedSemaphore(4)
_NOBODY = _hasher.hash("nobody has this password")


def configure(concurrent: int) -> None:
    """Set how many hashes this process computes at the same time (19 MiB each)."""
    global _places
    _places = threading.BoundedSemaphore(concurrent)


def hash_password(password: str) -> str:
    """A new Argon2id hash in its standard text form."""
    with _places:
        return _hasher.hash(password)


def verify(stored: str | None, password: str) -> bool:
    """Whether the password fits; takes as long for a person who does not exist (`stored` is None)."""
    with _places:
        try:
            return _hasher.verify(stored or _NOBODY, password) and stored is not None
        except (VerificationError, InvalidHashError):
            return False


def needs_rehash(stored: str) -> bool:
    """Whether the parameters have moved on since this hash was made."""
    return _hasher.check_needs_rehash(stored)
