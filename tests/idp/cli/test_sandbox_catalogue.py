"""The service matters of the sandbox."""

import re
from collections import Counter
from datetime import datetime

import pytest
from sqlalchemy.orm import Session

from idp.cli.sandbox import catalogue as town
from idp.cli.sandbox import clients
from idp.cli.sandbox.places import Places
from idp.matters import catalogue
from idp.matters.models import Action, Matter
from idp.storage.database import Database
from tests.idp.matters.making import entry


def settled(db: Session, now: datetime) -> list[Matter]:
    """After departments, as the town does it."""
    clients.settle(db, Places(8000), {}, now)
    town.settle(db, now)
    return list(catalogue.listed(db))


@pytest.fixture
def matters(database: Database, now: datetime) -> list[Matter]:
    with database.writing() as db:
        return settled(db, now)


def test_the_catalogue_has_something_of_everything(matters: list[Matter]) -> None:
    """Two hundred matters in groups for enterprises and residents (R3-07), of every kind a rule asks for."""
    assert len(matters) >= 200
    assert len({matter.group_code for matter in matters}) >= 14
    assert min(Counter(matter.group_code for matter in matters).values()) >= 8
    assert set(Action) == {Action(action) for matter in matters for action in matter.actions}
    assert {2, 3, 4} == {matter.minimum_ial for matter in matters}
    assert {True, False} == {matter.winds_up for matter in matters}


def test_every_matter_is_complete(matters: list[Matter]) -> None:
    """A code of its group, a department, names of its own in both languages; high risk asks two factors."""
    names = [name for matter in matters for name in (matter.name, matter.name_en)]

    assert all(re.fullmatch(rf"210100-{m.group_code}-[0-9]{{3}}", m.code) for m in matters)
    assert all(m.department_id and m.name_en and m.name_en.isascii() for m in matters)
    assert [] == [matter.code for matter in matters if matter.high_risk and matter.minimum_aal < 2]
    assert [] == [name for name, times in Counter(names).items() if times > 1]


def test_what_somebody_changed_stays(database: Database, now: datetime) -> None:
    """A sandbox that starts again neither undoes a split nor stumbles over it."""
    with database.writing() as db:
        settled(db, now)
        catalogue.split(db, "210100-gjj-004", [entry("210100-gjj-041", group="gjj")], now)
        catalogue.regroup(db, "210100-gjj-005", "sb", now)
        before = {matter.code: matter.group_code for matter in catalogue.listed(db)}

        assert before == {matter.code: matter.group_code for matter in settled(db, now)}
