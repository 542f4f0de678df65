"""What hashing a password costs in tests: next to nothing, unless a test is about that.

Invented people register and sign in two thousand times in a run; in earnest that is a minute of hashing.
Providers of `nursery.py` spare it too. Those that tests start by the command hash in earnest, as do the tests
that say `earnest_hashes`.
"""

from argon2 import PasswordHasher

from idp.crypto import passwords

EARNEST = passwords._hasher, passwords._NOBODY
_hasher = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1, hash_len=32, salt_len=16)
CHEAP = _hasher, _hasher.hash("nobody has this password")


def use(cost: tuple[PasswordHasher, str]) -> None:
    """Hash like this from now on, for people and for nobody."""
    passwords._hasher, passwords._NOBODY = cost
