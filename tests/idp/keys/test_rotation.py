"""The life of signing keys: nothing signed is refused later, and nothing doubtful ever signs."""

import threading
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.crypto import jose
from idp.keys import rotation
from idp.keys.custody import MasterKeyFile
from idp.keys.keyring import Keyring
from idp.keys.models import Key, KeyState
from idp.keys.rotation import PUBLICATION, KeyRejected, NotPublished, StillSigning
from idp.storage.configuration import version
from idp.storage.database import Database, Refusal


@pytest.fixture
def initialised(database: Database, custody: MasterKeyFile, now: datetime) -> Database:
    with database.writing() as db:
        rotation.ensure(db, custody, now)
    return database


@pytest.fixture
def later(now: datetime) -> datetime:
    """When the first next key may sign."""
    return now + PUBLICATION


def states(db: Session, alg: str = "ES256") -> list[str]:
    return [key.state for key in rotation.signing_keys(db, alg)]


def test_a_new_provider_signs_and_has_a_successor_ready(initialised: Database) -> None:
    """One active and one next key for each algorithm."""
    with initialised.reading() as db:
        assert ["active", "next"] == states(db, "ES256") == states(db, "RS256")


def test_ensuring_twice_makes_nothing_new(
    initialised: Database, custody: MasterKeyFile, now: datetime
) -> None:
    """`idp init` may run again."""
    with initialised.writing() as db:
        rotation.ensure(db, custody, now)

        assert 4 == len(rotation.signing_keys(db))


def test_rotation_moves_every_key_one_step(
    initialised: Database, custody: MasterKeyFile, later: datetime
) -> None:
    """Next becomes active, active becomes retired, and a new next is published; the other algorithm stays."""
    with initialised.writing() as db:
        rotated = rotation.rotate(db, custody, later, "ES256")

        assert ["retired", "active", "next"] == states(db)
        assert (rotated.state, rotated.activated_at) == (KeyState.ACTIVE, later)
        assert ["active", "next"] == states(db, "RS256")


@pytest.mark.parametrize("alg", jose.OURS)
def test_what_was_signed_before_stays_good(
    initialised: Database, custody: MasterKeyFile, later: datetime, alg: str
) -> None:
    """Three rotations on, every token still verifies, and each was signed by another key."""
    tokens = []
    for turn in range(4):
        token = jose.sign({"turn": turn}, Keyring(initialised, custody).signing(alg), "JWT")
        tokens.append(token)
        with initialised.writing() as db:
            rotation.rotate(db, custody, later + turn * PUBLICATION, alg)
    ring = Keyring(initialised, custody)

    assert [{"turn": turn} for turn in range(4)] == [jose.verify(token, ring) for token in tokens]
    assert 4 == len({token.split(".")[0] for token in tokens})


def test_a_key_signs_only_after_it_was_published(
    initialised: Database, custody: MasterKeyFile, later: datetime
) -> None:
    """A portal that cached the set a moment ago must already have the key that signs next."""
    with pytest.raises(NotPublished) as refused, initialised.writing() as db:
        rotation.rotate(db, custody, later - timedelta(seconds=1), "ES256")

    assert later == refused.value.ready_at
    with initialised.reading() as db:
        assert ["active", "next"] == states(db)


def test_force_does_not_wait(initialised: Database, custody: MasterKeyFile, now: datetime) -> None:
    """A leaked key can be replaced at once."""
    with initialised.writing() as db:
        rotation.rotate(db, custody, now, "ES256", force=True)

        assert ["retired", "active", "next"] == states(db)


def test_a_missing_successor_is_published_and_waits(
    initialised: Database, custody: MasterKeyFile, later: datetime
) -> None:
    """Without a next key, rotation publishes one and keeps it although it refuses for now."""
    with initialised.writing() as db:
        rotation.withdraw(db, rotation.signing_keys(db, "ES256")[1].kid)
    with pytest.raises(NotPublished), initialised.writing() as db:
        rotation.rotate(db, custody, later, "ES256")

    with initialised.writing() as db:
        rotation.rotate(db, custody, later + PUBLICATION, "ES256")
        assert ["retired", "active", "next"] == states(db)


@pytest.mark.parametrize("alg", jose.OURS)
def test_a_rejected_key_never_signs(
    initialised: Database, custody: MasterKeyFile, later: datetime, alg: str
) -> None:
    """What is published must verify what is signed, under both libraries; force changes nothing about it."""
    with initialised.writing() as db:
        _, upcoming = rotation.signing_keys(db, alg)
        upcoming.public = jose.generate(alg, upcoming.kid).public

    with pytest.raises(KeyRejected) as refused, initialised.writing() as db:
        rotation.rotate(db, custody, later, alg, force=True)

    assert ["joserfc", "python-jose"] == refused.value.rejected_by
    with initialised.reading() as db:
        assert ["active", "next"] == states(db, alg)


def test_python_jose_alone_can_reject(initialised: Database, custody: MasterKeyFile, later: datetime) -> None:
    """A key published under a name of an algorithm that python-jose is not asked about does not go live."""
    with initialised.writing() as db:
        _, upcoming = rotation.signing_keys(db, "ES256")
        upcoming.public = {name: value for name, value in (upcoming.public or {}).items() if name != "alg"}

    with pytest.raises(KeyRejected) as refused, initialised.writing() as db:
        rotation.rotate(db, custody, later, "ES256")

    assert ["python-jose"] == refused.value.rejected_by


def test_of_many_rotations_at_once_one_happens(
    either_database: Database, custody: MasterKeyFile, now: datetime, later: datetime
) -> None:
    """Rotations wait for one another; the later ones find a successor that is too new."""
    with either_database.writing() as db:
        rotation.ensure(db, custody, now)
    outcomes: list[str] = []

    def turn() -> None:
        try:
            with either_database.writing() as db:
                rotation.rotate(db, custody, later, "ES256")
            outcomes.append("rotated")
        except NotPublished:
            outcomes.append("refused")

    threads = [threading.Thread(target=turn) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert ["refused"] * 5 + ["rotated"] == sorted(outcomes)
    with either_database.reading() as db:
        assert ["retired", "active", "next"] == states(db)


def test_an_active_key_cannot_be_withdrawn(initialised: Database) -> None:
    """There is always a key that signs."""
    with pytest.raises(StillSigning), initialised.writing() as db:
        rotation.withdraw(db, rotation.signing_keys(db, "ES256")[0].kid)


def test_what_a_withdrawn_key_signed_is_refused(
    initialised: Database, custody: MasterKeyFile, now: datetime
) -> None:
    """A leaked key is rotated away and withdrawn; its signatures are worth nothing then."""
    leaked = Keyring(initialised, custody).signing()
    token = jose.sign({"sub": "abc"}, leaked, "JWT")
    with initialised.writing() as db:
        rotation.rotate(db, custody, now, "ES256", force=True)
        rotation.withdraw(db, leaked.kid)

    with pytest.raises(jose.Refused, match="no such key"):
        jose.verify(token, Keyring(initialised, custody))


def test_retired_keys_are_kept_for_a_month(
    initialised: Database, custody: MasterKeyFile, later: datetime
) -> None:
    """Purging removes what nothing useful was signed with any more, and only that."""
    with initialised.writing() as db:
        rotation.rotate(db, custody, later, "ES256")
        assert 0 == rotation.purge(db, later + rotation.KEPT)
        before = version(db)
        assert 1 == rotation.purge(db, later + rotation.KEPT + timedelta(seconds=1))
        assert before < version(db)
        assert ["active", "next"] == states(db)


def test_private_keys_are_wrapped(initialised: Database, custody: MasterKeyFile) -> None:
    """The database holds no private key in clear."""
    with initialised.reading() as db:
        rows = rotation.signing_keys(db)
        ders = [
            jose.from_der(r.algorithm, r.kid, custody.unwrap(r.wrapped, f"signing|{r.kid}")) for r in rows
        ]

        assert not any(key.to_der()[-24:] in row.wrapped for key, row in zip(ders, rows, strict=True))


def test_every_refusal_is_expected(initialised: Database) -> None:
    """Refusals commit what was decided before them."""
    assert all(issubclass(kind, Refusal) for kind in (NotPublished, KeyRejected, StillSigning))
    with initialised.reading() as db:
        assert 1 == len(db.scalars(select(Key).where(Key.kid.like("es256-1-%"))).all())
