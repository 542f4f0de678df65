"""Consents: nothing is overwritten, the newest is current, withdrawing ends everything towards a client."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from idp.clients import onboarding
from idp.clients.models import ClientClass
from idp.consents import rules, texts
from idp.consents.models import Consent, ConsentKind
from idp.persons.models import Person
from idp.storage.database import Database


@pytest.fixture
def parties(database: Database, now: datetime) -> tuple[Person, str]:
    """A person and a client."""
    with database.writing() as db:
        somebody = Person(created_at=now)
        db.add(somebody)
        details = {"client_name": "水务", "redirect_uris": ["https://water.example.cn/callback"]}
        client, _ = onboarding.create(db, details, ClientClass.UTILITY, now)
    return somebody, client.id


def agree(db: Session, somebody: Person, client: str, scopes: set[str], now: datetime) -> Consent:
    said = texts.said("provision")
    return rules.record(
        db,
        somebody.id,
        ConsentKind.PROVISION,
        said,
        purpose="sign_in",
        now=now,
        client_id=client,
        scopes=scopes,
    )


def test_a_consent_names_the_very_text(
    database: Database, parties: tuple[Person, str], now: datetime
) -> None:
    """Version and digest of the wording are kept with it (PIPL §14)."""
    with database.writing() as db:
        consent = agree(db, *parties, {"openid"}, now)

        assert texts.said("provision") == rules.Said(
            consent.text_key, consent.text_version, consent.text_digest
        )


def test_the_newer_takes_over_what_was_agreed(
    database: Database, parties: tuple[Person, str], now: datetime
) -> None:
    """One current row, holding the union; the older one stays for the record."""
    with database.writing() as db:
        agree(db, *parties, {"openid"}, now)
        db.flush()
        agree(db, *parties, {"phone"}, now + timedelta(days=1))
        db.flush()

        assert [frozenset({"openid", "phone"})] == [
            c.scopes for c in rules.current(db, parties[0].id, parties[1])
        ]
        assert 2 == db.scalar(select(func.count()).select_from(Consent))


def test_withdrawing_ends_it_all(database: Database, parties: tuple[Person, str], now: datetime) -> None:
    """After withdrawal nothing is agreed to; the rows stay with their date."""
    with database.writing() as db:
        agree(db, *parties, {"openid"}, now)
        db.flush()
        rules.withdraw(db, parties[0].id, parties[1], now + timedelta(days=1))
        db.flush()

        assert [] == rules.current(db, parties[0].id, parties[1])
        assert 1 == db.scalar(select(func.count()).select_from(Consent))


def test_a_notice_tells_of_every_department(
    database: Database, parties: tuple[Person, str], now: datetime
) -> None:
    """What was told counts by text and scopes, not by department; what was agreed to does not count."""
    somebody, client = parties
    said = texts.said(texts.DUTY_NOTICE)
    with database.writing() as db:
        agree(db, somebody, client, {"openid", "phone"}, now)
        assert frozenset() == rules.told_of(db, somebody.id, said)

        rules.record(
            db,
            somebody.id,
            ConsentKind.NOTICE,
            said,
            purpose="sign_in",
            now=now,
            client_id=None,
            scopes={"openid", "profile"},
        )

        assert {"openid", "profile"} == rules.told_of(db, somebody.id, said)
        assert frozenset() == rules.told_of(db, somebody.id, texts.said("provision"))
