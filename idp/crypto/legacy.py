"""Password hashes of other systems, as they come with imported accounts, until their persons sign in.

Strong ones (bcrypt, PBKDF2) are kept as they are; of weak ones (SSHA, salted MD5 and SM3) only an Argon2id
hash of the old hash is kept. Each begins with its scheme in braces, which no hash of ours does.
"""

import hmac
import re
from base64 import b64decode
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from hashlib import md5, new, pbkdf2_hmac, sha1

import bcrypt
from cryptography.hazmat.primitives import hashes

MOST_ROUNDS = 10_000_000
"""Of PBKDF2, block by block; a file that asks for more would make every sign-in an attack on us."""
LEAST_DIGEST = 16
"""Bytes of a PBKDF2 digest; every shorter one fits many passwords."""
MOST_COST = 14
"""Of bcrypt, likewise: some two seconds."""
BCRYPT_READS = 72
"""Bytes; the systems these come from cut the password there."""
BCRYPT = re.compile(r"\$2[aby]\$[0-9]{2}\$[./A-Za-z0-9]{53}")
TAGGED = re.compile(r"\{([a-z0-9-]+)\}(.+)", re.DOTALL)


class Scheme(StrEnum):
    """How another system hashed; the weak ones say where they put the salt."""

    BCRYPT = "bcrypt"
    PBKDF2_SHA1 = "pbkdf2-sha1"
    PBKDF2_SHA256 = "pbkdf2-sha256"
    SSHA = "ssha"
    MD5_SALT_FIRST = "md5-salt-first"
    MD5_SALT_LAST = "md5-salt-last"
    SM3_SALT_FIRST = "sm3-salt-first"
    SM3_SALT_LAST = "sm3-salt-last"


class Malformed(ValueError):
    """This is no hash of that scheme."""


@dataclass(frozen=True)
class Salted:
    """A weak hash taken apart."""

    salt: bytes
    digest: bytes


def is_legacy(stored: str) -> bool:
    """Whether a stored hash is another system's."""
    return TAGGED.fullmatch(stored) is not None


def wrapped_in(stored: str) -> str | None:
    """The Argon2id hash around a weak one; None for anything else."""
    found = TAGGED.fullmatch(stored)
    if found is None or found[1] not in WEAK:
        return None
    salt, _, wrapped = found[2].partition("$")
    return wrapped if re.fullmatch(r"(?:[0-9a-f]{2})*", salt) else None


def taken_in(scheme: Scheme, hashed: str, wrap: Callable[[str], str]) -> str:
    """What is kept of an imported hash; `wrap` makes an Argon2id hash. Raises Malformed."""
    if scheme is Scheme.BCRYPT:
        if not BCRYPT.fullmatch(hashed) or not 4 <= int(hashed[4:6]) <= MOST_COST:
            raise Malformed(scheme)
        return f"{{{scheme}}}{hashed}"
    if scheme in PBKDF2:
        _affordable(scheme, hashed)
        return f"{{{scheme}}}{hashed}"
    old = _ssha(hashed) if scheme is Scheme.SSHA else _salted(scheme, hashed)
    return f"{{{scheme}}}{old.salt.hex()}${wrap(old.digest.hex())}"


def fits(stored: str, password: str, unwrap: Callable[[str, str], bool]) -> bool:
    """Whether the password fits; `unwrap` verifies an Argon2id hash."""
    found = TAGGED.fullmatch(stored)
    if found is None:
        return False
    scheme, kept = Scheme(found[1]), found[2]
    typed = password.encode("utf-8", "surrogatepass")
    if scheme is Scheme.BCRYPT:
        return bcrypt.checkpw(typed[:BCRYPT_READS], kept.encode())
    if scheme in PBKDF2:
        rounds, salt, digest = _pbkdf2(kept)
        return hmac.compare_digest(pbkdf2_hmac(PBKDF2[scheme], typed, salt, rounds, len(digest)), digest)
    salt_hex, _, wrapped = kept.partition("$")
    return unwrap(wrapped, _weakly(scheme, typed, bytes.fromhex(salt_hex)).hex())


PBKDF2 = {Scheme.PBKDF2_SHA1: "sha1", Scheme.PBKDF2_SHA256: "sha256"}


WEAK = set(Scheme) - set(PBKDF2) - {Scheme.BCRYPT}


def _pbkdf2(hashed: str) -> tuple[int, bytes, bytes]:
    """
    Rounds, salt and digest, from either of two spellings.

    `pbkdf2_sha256$600000$salt$base64` has its salt as text, `$pbkdf2-sha256$600000$salt$digest` has both in a
    base64 of its own, with dots and without padding.
    """
    try:
        name, rounds, salt, digest = hashed.removeprefix("$").split("$")
        count = int(rounds)
        if not name.startswith("pbkdf2") or not 1 <= count <= MOST_ROUNDS:
            raise Malformed(name)
        if hashed.startswith("$"):
            return count, _dotted(salt), _dotted(digest)
        return count, salt.encode(), b64decode(digest, validate=True)
    except ValueError as fault:
        raise Malformed("pbkdf2") from fault


def _affordable(scheme: Scheme, hashed: str) -> None:
    """Every block of the digest costs all rounds once more (RFC 8018 §5.2)."""
    rounds, _, digest = _pbkdf2(hashed)
    blocks = -(-len(digest) // new(PBKDF2[scheme]).digest_size)
    if len(digest) < LEAST_DIGEST or rounds * blocks > MOST_ROUNDS:
        raise Malformed(scheme)


def _dotted(text: str) -> bytes:
    return b64decode(text.replace(".", "+") + "=" * (-len(text) % 4), validate=True)


def _ssha(hashed: str) -> Salted:
    """RFC 2307 with a salt: base64 of SHA-1 and salt behind `{SSHA}`."""
    try:
        raw = b64decode(hashed.removeprefix("{SSHA}"), validate=True)
    except ValueError as fault:
        raise Malformed("ssha") from fault
    if len(raw) <= sha1().digest_size:  # noqa: S324 – imported, and wrapped
        raise Malformed("ssha")
    return Salted(raw[20:], raw[:20])


def _salted(scheme: Scheme, hashed: str) -> Salted:
    """`salt$hex`; the salt is text."""
    salt, _, digest = hashed.rpartition("$")
    length = 16 if scheme.startswith("md5") else 32
    try:
        found = Salted(salt.encode(), bytes.fromhex(digest))
    except ValueError as fault:
        raise Malformed(scheme) from fault
    if len(found.digest) != length or not salt:
        raise Malformed(scheme)
    return found


def _weakly(scheme: Scheme, typed: bytes, salt: bytes) -> bytes:
    salted = salt + typed if scheme.endswith("salt-first") else typed + salt
    if scheme is Scheme.SSHA:
        return sha1(salted).digest()  # noqa: S324 – as the other system had it
    if scheme.startswith("md5"):
        return md5(salted).digest()  # noqa: S324 – likewise
    sm3 = hashes.Hash(hashes.SM3())
    sm3.update(salted)
    return sm3.finalize()
