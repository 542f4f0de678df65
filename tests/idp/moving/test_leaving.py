"""Everything leaves sealed to a key, and comes back as an import."""

import io
import json
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc import jwe
from joserfc.jwk import ECKey
from sqlalchemy import select

from idp.account import leaving
from idp.authenticators import password
from idp.crypto import parcels, passwords
from idp.crypto.parcels import Damaged, Unsuitable
from idp.keys.vault import Vault
from idp.moving import joining, sealing
from idp.moving.models import ImportedAccount, State
from idp.storage.database import Database
from tests.idp.moving.old_accounts import OLD, imported, written
from tests.idp.persons.people import NOW, claim, person

EC = ECKey.generate_key("P-256")
PUBLIC = parcels.public_key(EC.as_pem(private=False))


def short_rsa() -> bytes:
    """The public half of a key of 1024 bits."""
    public = rsa.generate_private_key(65537, 1024).public_key()  # noqa: S505 - to be refused
    return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def parcel(lines: list[str]) -> list[str]:
    file = io.StringIO()
    parcels.seal(lines, PUBLIC, file)
    return file.getvalue().splitlines(keepends=True)


def test_a_parcel_of_many_parts_comes_out_as_it_went_in() -> None:
    """However long its lines; each part small enough for any library, nothing of it readable on the way."""
    lines = [f"line {number}" for number in range(1234)] + ["一" * 200_000, "short", "\U00020000" * 70_000]
    sealed = parcel(lines)

    assert lines == list(parcels.opened(sealed, EC))
    for part in sealed:
        assert jwe.decrypt_compact(part.strip(), EC, algorithms=["ECDH-ES+A256KW", "A256GCM"]).plaintext


def test_a_part_of_an_earlier_version_is_opened_however_long() -> None:
    """It held 500 whole lines."""
    said = json.dumps({"parcel": "p", "part": 0, "last": True})
    header = {"alg": "ECDH-ES+A256KW", "enc": "A256GCM"}
    plain = "\n".join([said, "a" * 100_000, "b"]).encode()
    sealed = jwe.encrypt_compact(header, plain, PUBLIC, algorithms=[*header.values()])

    assert ["a" * 100_000, "b"] == list(parcels.opened([sealed], EC))


def test_too_large_is_not_the_wrong_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever hears that a key is wrong looks for another one."""
    sealed = parcel(["line"])
    monkeypatch.setattr(parcels, "LARGEST", 4)

    with pytest.raises(Damaged, match="larger"):
        list(parcels.opened(sealed, EC))


@pytest.mark.parametrize(
    "change", [lambda parts: parts[:-1], lambda parts: parts[1:], lambda parts: parts[::-1]]
)
def test_a_parcel_that_is_not_whole_is_refused(change: object) -> None:
    """Cut off, begun later, mixed up."""
    parts = parcel([f"line {number}" for number in range(4321)])

    with pytest.raises(Damaged):
        list(parcels.opened(change(parts), EC))  # type: ignore[operator]


@pytest.mark.parametrize(
    "pem",
    [EC.as_pem(private=True), short_rsa(), b"nonsense"],
)
def test_nothing_is_sealed_to_an_unsuitable_key(pem: bytes) -> None:
    """A private half, a short one, or none."""
    with pytest.raises(Unsuitable):
        parcels.public_key(pem)


def test_who_leaves_arrives_as_an_account_that_waits_for_its_person(
    database: Database, vault: Vault, tmp_path: Path
) -> None:
    """A round trip: exported, imported elsewhere, joined by its document; the password is still theirs."""
    with database.writing() as db:
        someone = person(db, vault, 0, login_name="old_friend")
        password.set_hash(db, someone.id, passwords.hash_password(OLD), "registration", NOW)
    with database.reading() as db:
        told = leaving.account_of(db, db.get_one(type(someone), someone.id))
    counts = imported(database, vault, written(tmp_path, [told], "account.jsonl"))
    with database.reading() as db:
        stored = db.scalars(select(ImportedAccount)).one()
    account = sealing.opened(vault, stored.id, stored.told_sealed)
    joining.join_held(database, vault, 10, NOW + timedelta(days=1))

    assert (1, 0) == (counts.added, counts.faulty)
    assert (claim(0).number, claim(0).name, "old_friend") == (account.id_number, account.name, account.login)
    assert stored.secret is not None
    assert passwords.verify(stored.secret, OLD)
    with database.reading() as db:
        assert [State.JOINED] == list(db.scalars(select(ImportedAccount.state)))
