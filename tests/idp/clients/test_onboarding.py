"""Registering and changing clients."""

from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import select

from idp.audit.models import AuditEvent
from idp.clients import onboarding
from idp.clients.authentication import digest
from idp.clients.fields import MetadataFault
from idp.clients.metadata import Client, client_of
from idp.clients.models import ClientClass
from idp.storage.configuration import version
from idp.storage.database import Database
from tests.idp.clients.making import Register, described


def stored(database: Database, client_id: str) -> Client:
    with database.reading() as db:
        return client_of(onboarding.find(db, client_id))


def changed(database: Database, client_id: str, now: datetime, **changes: Any) -> str | None:
    with database.writing() as db:
        return onboarding.change(db, client_id, described(**changes), now)[1]


def test_only_a_digest_of_the_secret_is_kept(register: Register, database: Database) -> None:
    """256 random bits are given once."""
    portal = register()

    assert 43 == len(portal.secret)
    assert digest(portal.secret) == stored(database, portal.id).secret_digest
    assert portal.secret not in str(stored(database, portal.id).raw)


def test_clients_without_a_secret_get_none(register: Register, database: Database) -> None:
    """A public client has nothing to keep."""
    app = register(token_endpoint_auth_method="none")

    assert "" == app.secret
    assert stored(database, app.id).secret_digest is None


def test_every_change_is_noticed_and_recorded(register: Register, database: Database, now: datetime) -> None:
    """The configuration version grows and the trail says what was done, naming no secret."""
    portal = register()
    with database.writing() as db:
        before = version(db)
        onboarding.suspend(db, portal.id, now)
        onboarding.resume(db, portal.id, now)
        onboarding.renew_secret(db, portal.id, now)
        onboarding.change(db, portal.id, described(), now)
        assert before + 4 == version(db)

    with database.reading() as db:
        rows = db.scalars(select(AuditEvent).order_by(AuditEvent.id)).all()
    assert [
        "client created",
        "client suspended",
        "client resumed",
        "client secret renewed",
        "client changed",
    ] == [row.details["change"] for row in rows]
    assert {portal.id} == {row.client_id for row in rows}


def test_nothing_is_stored_of_a_faulty_client(database: Database, now: datetime) -> None:
    """Faults are raised before anything is written."""
    with pytest.raises(MetadataFault), database.writing() as db:
        onboarding.create(db, {"client_name": "x"}, ClientClass.UTILITY, now)

    with database.reading() as db:
        assert [] == list(onboarding.listed(db))


@pytest.mark.parametrize("client_id", ["a:b", "a b", "x" * 65, "客户", "a/b"])
def test_ids_are_plain(database: Database, now: datetime, client_id: str) -> None:
    """A colon would break Basic authentication, a blank everything else."""
    with pytest.raises(MetadataFault, match="client_id"), database.writing() as db:
        onboarding.create(db, described(), ClientClass.UTILITY, now, client_id=client_id)


def test_an_id_is_registered_once(register: Register, database: Database, now: datetime) -> None:
    """Registering over another client is refused."""
    portal = register()
    with pytest.raises(MetadataFault, match="exists already"), database.writing() as db:
        onboarding.create(db, described(), ClientClass.UTILITY, now, client_id=portal.id)


def test_secrets_brought_along_must_be_long(database: Database, now: datetime) -> None:
    """A fast digest is enough only for secrets nobody can search for."""
    with database.writing() as db:
        with pytest.raises(MetadataFault, match="client_secret"):
            onboarding.create(db, described(), ClientClass.UTILITY, now, secret="x" * 31)
        _, secret = onboarding.create(db, described(), ClientClass.UTILITY, now, secret="x" * 32)

    assert "x" * 32 == secret


def test_subjects_do_not_change_with_addresses(database: Database, now: datetime) -> None:
    """The sector is fixed when the client is registered."""
    with database.writing() as db:
        row, _ = onboarding.create(db, described(), ClientClass.THIRD_PARTY, now)
    changed(database, row.id, now, redirect_uris=["https://elsewhere.example/callback"])

    assert "host:portal.example.gov.cn" == stored(database, row.id).sector
    with pytest.raises(MetadataFault, match="sector"):
        changed(database, row.id, now, sector="host:elsewhere.example")


@pytest.mark.parametrize(
    ("changes", "generations"),
    [
        ({}, 0),
        ({"client_name": "新名字"}, 0),
        ({"scope": "openid profile phone"}, 0),
        ({"scope": "openid"}, 1),
        ({"minimum_acr": "ial3.aal1"}, 1),
        ({"token_endpoint_auth_method": "client_secret_post"}, 1),
    ],
)
def test_taking_something_away_ends_what_was_given(
    register: Register, database: Database, now: datetime, changes: dict[str, Any], generations: int
) -> None:
    """The client's generation grows when it may do less, and only then."""
    portal = register()
    changed(database, portal.id, now, **changes)

    assert 1 + generations == stored(database, portal.id).generation


def test_a_new_method_needs_a_new_secret(register: Register, database: Database, now: datetime) -> None:
    """A secret goes when its method goes, and comes when one is needed."""
    portal = register()

    assert changed(database, portal.id, now, token_endpoint_auth_method="none") is None
    assert stored(database, portal.id).secret_digest is None
    assert 43 == len(changed(database, portal.id, now) or "")


def test_a_renewed_secret_replaces_the_old_one(register: Register, database: Database, now: datetime) -> None:
    """There is one secret at a time."""
    portal = register()
    with database.writing() as db:
        renewed = onboarding.renew_secret(db, portal.id, now)

    assert portal.secret != renewed
    assert digest(renewed) == stored(database, portal.id).secret_digest


def test_suspending_outlives_resuming(register: Register, database: Database, now: datetime) -> None:
    """Tokens given before a suspension stay dead after it."""
    portal = register()
    with database.writing() as db:
        onboarding.suspend(db, portal.id, now)
        onboarding.suspend(db, portal.id, now)
        onboarding.resume(db, portal.id, now)

    assert (True, 2) == (stored(database, portal.id).is_online, stored(database, portal.id).generation)


def test_unknown_clients_cannot_be_changed(database: Database, now: datetime) -> None:
    """Nobody is suspended by a typing error."""
    with pytest.raises(LookupError), database.writing() as db:
        onboarding.suspend(db, "nobody", now)
