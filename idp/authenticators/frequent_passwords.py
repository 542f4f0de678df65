"""Whether a password is a common one: a file of 400 kB beside this module, read when it is first needed.

The file is a Bloom filter: it knows every password it was built from, and takes one in ten thousand others
for one of them. It is built by `python -m idp.authenticators.frequent_patterns`.
"""

from functools import cache
from hashlib import blake2b
from pathlib import Path

FILE = Path(__file__).with_name("frequent_passwords.bin")
BITS = 400_000 * 8
PROBES = 13
"""For every password, this many bits of the file are set."""
ENDINGS = "!@#$%^&*.?~_-+= "
"""Behind a common password they make it no rarer."""
LOOKALIKES = str.maketrans("@$013457", "asoleast")
"""Nor do digits and signs in place of letters."""


def is_common(password: str) -> bool:
    """Whether this password, or what it was made of, is one that many people have."""
    folded = password.casefold()
    bare = folded.rstrip(ENDINGS)
    return any(_is_in_file(one) for one in {folded, bare, bare.translate(LOOKALIKES)} if len(one) >= 6)


def positions(password: str) -> list[int]:
    """The bits that stand for a password."""
    digest = int.from_bytes(blake2b(password.encode("utf-8", "surrogatepass"), digest_size=64).digest())
    first, step = digest & (2**64 - 1), (digest >> 64) & (2**64 - 1) | 1
    return [(first + turn * step) % BITS for turn in range(PROBES)]


@cache
def _file() -> bytes:
    return FILE.read_bytes()


def _is_in_file(password: str) -> bool:
    content = _file()
    return all(content[bit >> 3] >> (bit & 7) & 1 for bit in positions(password))
