"""The key ring: what signs, what verifies, and when it looks again."""

import json
from datetime import datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from idp.crypto import jose
from idp.keys import rotation
from idp.keys.custody import MasterKeyFile
from idp.keys.keyring import Keyring
from idp.storage.base import Base
from idp.storage.database import Database


class Ticks:
    """A clock that moves when told to."""

    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def ticks() -> Ticks:
    return Ticks()


@pytest.fixture
def keyring(database: Database, custody: MasterKeyFile, now: datetime, ticks: Ticks) -> Keyring:
    with database.writing() as db:
        rotation.ensure(db, custody, now)
    return Keyring(database, custody, ticks)


def test_es256_is_the_default_and_rs256_is_there(keyring: Keyring) -> None:
    """Both algorithms sign from the first day."""
    assert ["ES256", "ES256", "RS256"] == [
        keyring.signing().alg,
        keyring.signing("ES256").alg,
        keyring.signing("RS256").alg,
    ]


def test_keys_are_parsed_once(keyring: Keyring) -> None:
    """The same objects serve every request until configuration changes."""
    assert keyring.signing() is keyring.signing()
    assert keyring.jwks_document() is keyring.jwks_document()
    assert keyring.public_jwks() is keyring.public_jwks()


def test_the_published_set_has_no_secrets(keyring: Keyring) -> None:
    """Active and next keys of both algorithms are shown, without a private parameter."""
    published = json.loads(keyring.jwks_document())["keys"]

    assert ["ES256", "ES256", "RS256", "RS256"] == sorted(key["alg"] for key in published)
    assert not any({"d", "p", "q", "k"} & set(key) for key in published)
    assert keyring.public_jwks()["keys"] == published


def test_a_key_is_found_by_name_and_algorithm_together(keyring: Keyring) -> None:
    """The name of an ES256 key verifies no RS256 token."""
    kid = keyring.signing().kid

    assert 1 == len(keyring.verifying(kid, "ES256"))
    assert [] == [*keyring.verifying(kid, "RS256"), *keyring.verifying(None, "ES256")]
    assert [] == [*keyring.verifying("nothing", "ES256")]


def test_a_rotation_is_seen_within_a_second(
    keyring: Keyring, database: Database, custody: MasterKeyFile, now: datetime, ticks: Ticks
) -> None:
    """The configuration version is looked at once a second, not once a request."""
    before = keyring.signing().kid
    with database.writing() as db:
        rotation.rotate(db, custody, now, "ES256", force=True)

    ticks.at = 0.99
    assert before == keyring.signing().kid
    ticks.at = 1.01
    assert before != keyring.signing().kid


def test_an_unreachable_database_changes_nothing(keyring: Keyring, database: Database, ticks: Ticks) -> None:
    """What is known keeps serving while the database is away."""
    before = keyring.signing()
    Base.metadata.drop_all(database.engine)
    ticks.at = 5

    assert before is keyring.signing()


def test_without_keys_it_says_what_to_do(database: Database, custody: MasterKeyFile) -> None:
    """Before `idp init` there is nothing to sign with."""
    with pytest.raises(LookupError, match="idp init"):
        Keyring(database, custody).signing()


def test_tokens_verify_through_the_ring(keyring: Keyring) -> None:
    """The ring is the key source of our own tokens."""
    for alg in jose.OURS:
        token = jose.sign({"sub": "abc"}, keyring.signing(alg), "JWT")

        assert {"sub": "abc"} == jose.verify(token, keyring)


def test_every_published_rsa_key_has_a_certificate(keyring: Keyring) -> None:
    """That of the key that signs comes first, so that peers know the next one before it does."""
    key, certificate = keyring.certified()
    active, upcoming = map(x509.load_der_x509_certificate, keyring.certificates())

    assert certificate == active.public_bytes(Encoding.DER)
    assert f"CN={key.kid}" == active.subject.rfc4514_string()
    assert active.public_key() == key.private.public_key() != upcoming.public_key()
    assert keyring.certified()[1] is certificate
