"""Hashes of other systems: verified as those systems did, and none of the weak ones kept as it was."""

from base64 import b64encode
from hashlib import md5, pbkdf2_hmac, sha1

import bcrypt
import pytest
from cryptography.hazmat.primitives import hashes

from idp.crypto import passwords
from idp.crypto.legacy import Malformed, Scheme

PASSWORD = "旧系统的密码 1"
TYPED = PASSWORD.encode()
SALT = b"s4lt"


def sm3(content: bytes) -> str:
    digest = hashes.Hash(hashes.SM3())
    digest.update(content)
    return digest.finalize().hex()


def dotted(raw: bytes) -> str:
    return b64encode(raw).decode().rstrip("=").replace("+", ".")


def _django(name: str) -> str:
    digest = b64encode(pbkdf2_hmac(name, TYPED, b"somesalt", 1000)).decode()
    return f"pbkdf2_{name}$1000$somesalt${digest}"


HASHES = [
    (Scheme.BCRYPT, bcrypt.hashpw(TYPED, bcrypt.gensalt(4)).decode()),
    (Scheme.BCRYPT, bcrypt.hashpw(TYPED, bcrypt.gensalt(4, b"2a")).decode()),
    (Scheme.PBKDF2_SHA256, _django("sha256")),
    (Scheme.PBKDF2_SHA1, _django("sha1")),
    (
        Scheme.PBKDF2_SHA256,
        f"$pbkdf2-sha256$29000${dotted(SALT)}${dotted(pbkdf2_hmac('sha256', TYPED, SALT, 29000))}",
    ),
    (Scheme.SSHA, "{SSHA}" + b64encode(sha1(TYPED + SALT).digest() + SALT).decode()),
    (Scheme.MD5_SALT_FIRST, f"s4lt${md5(SALT + TYPED).hexdigest()}"),
    (Scheme.MD5_SALT_LAST, f"s4lt${md5(TYPED + SALT).hexdigest().upper()}"),
    (Scheme.SM3_SALT_FIRST, f"s4lt${sm3(SALT + TYPED)}"),
    (Scheme.SM3_SALT_LAST, f"s4lt${sm3(TYPED + SALT)}"),
]
WEAK = [pair for pair in HASHES if pair[0] not in {Scheme.BCRYPT, Scheme.PBKDF2_SHA1, Scheme.PBKDF2_SHA256}]


@pytest.mark.parametrize(("scheme", "hashed"), HASHES, ids=range(len(HASHES)))
def test_an_imported_password_is_known(scheme: Scheme, hashed: str) -> None:
    """And no other; the hash is to be renewed."""
    kept = passwords.take_in(scheme, hashed)

    assert [True, False] == [passwords.verify(kept, typed) for typed in (PASSWORD, "another")]
    assert passwords.needs_rehash(kept)


@pytest.mark.parametrize(("scheme", "hashed"), WEAK, ids=range(len(WEAK)))
def test_no_weak_hash_is_kept(scheme: Scheme, hashed: str) -> None:
    """Only an Argon2id hash of it: who copies the table has nothing quick to guess at."""
    kept = passwords.take_in(scheme, hashed)
    digest = hashed.rpartition("$")[2].lower()

    assert "$argon2id$" in kept
    assert digest not in kept
    assert hashed.removeprefix("{SSHA}") not in kept


@pytest.mark.parametrize(
    ("scheme", "hashed"),
    [
        (Scheme.BCRYPT, "$2b$04$short"),
        (Scheme.BCRYPT, "$2b$31$" + "a" * 53),
        (Scheme.PBKDF2_SHA256, "pbkdf2_sha256$99999999999$salt$aGFzaA=="),
        (Scheme.PBKDF2_SHA256, "pbkdf2_sha256$1000$salt"),
        (Scheme.SSHA, "{SSHA}dG9vIHNob3J0"),
        (Scheme.SSHA, "not base64!"),
        (Scheme.MD5_SALT_FIRST, "s4lt$abcd"),
        (Scheme.MD5_SALT_FIRST, md5(b"unsalted").hexdigest()),
        (Scheme.SM3_SALT_LAST, f"s4lt${md5(b'x').hexdigest()}"),
    ],
)
def test_what_is_no_such_hash_is_refused(scheme: Scheme, hashed: str) -> None:
    """Also one whose work would be an attack on whoever verifies it."""
    with pytest.raises(Malformed):
        passwords.take_in(scheme, hashed)


def test_a_long_password_is_cut_where_bcrypt_cuts_it() -> None:
    """At 72 bytes, as the systems these come from did."""
    hashed = bcrypt.hashpw(b"x" * 72, bcrypt.gensalt(4)).decode()

    assert passwords.verify(passwords.take_in(Scheme.BCRYPT, hashed), "x" * 90)


@pytest.mark.parametrize(
    "hashed",
    [
        f"$pbkdf2-sha1$6000000${dotted(SALT)}${dotted(bytes(40))}",
        f"$pbkdf2-sha1$1000000${dotted(SALT)}${dotted(bytes(221))}",
        "pbkdf2_sha1$1000$somesalt$",
        f"pbkdf2_sha1$1000$somesalt${b64encode(b'x').decode()}",
    ],
)
def test_no_hash_costs_more_or_says_less_than_hashes_do(hashed: str) -> None:
    """Every block costs all rounds anew; none at all breaks each sign-in that meets it, one fits many."""
    with pytest.raises(Malformed):
        passwords.take_in(Scheme.PBKDF2_SHA1, hashed)
