"""Somebody comes with the login and password of an older system."""

from collections.abc import Iterator
from pathlib import Path

import bcrypt
import pytest
from sqlalchemy import select

from idp.moving.models import ImportedAccount, State
from idp.notices.models import Notice
from tests.idp.account.stage import Stage, identity, newcomer, staged
from tests.idp.moving.old_accounts import OLD, imported, written

BCRYPT = bcrypt.hashpw(OLD.encode(), bcrypt.gensalt(4)).decode()


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with staged(tmp_path_factory.mktemp("home")) as stage:
        rows = []
        for index in (1, 2):
            who = newcomer(index)
            rows.append({"id": f"{index}", "name": who.name, "id_type": who.kind, "id_number": who.number})
            rows[-1] |= {"login": f"旧账号{index}", "scheme": "bcrypt", "hash": BCRYPT}
        path = written(Path(tmp_path_factory.mktemp("files")), rows)
        imported(stage.services.database, stage.services.vault, path)
        yield stage


def states(stage: Stage) -> list[str]:
    with stage.services.database.reading() as db:
        return sorted(db.scalars(select(ImportedAccount.state)))


def test_an_old_password_leads_into_proving_who_one_is(stage: Stage) -> None:
    """It opens nothing by itself; once the document is proven, the account is theirs, and they are told."""
    browser = stage.browser().sign_in("旧账号1", OLD)
    led = browser.path, "住房公积金网厅" in browser.text
    before = states(stage)
    who = newcomer(1)
    browser.prove_phone(who.phone).fill(**identity(who))
    browser.get("/register/password").fill(password="four patient herons")  # noqa: S106

    person = stage.person(who.phone)
    assert ("/register", True) == led
    assert [State.WAITING, State.WAITING] == before
    assert [State.JOINED, State.WAITING] == states(stage)
    assert person is not None
    with stage.services.database.reading() as db:
        told = set(db.scalars(select(Notice.topic).where(Notice.person_id == person.id)))
    assert "import.joined" in told


def test_a_wrong_old_password_is_answered_as_a_strangers_is(stage: Stage) -> None:
    """Nobody learns that there is an old account."""
    known = stage.browser("192.0.2.7").sign_in("旧账号2", "wrong")
    unknown = stage.browser("192.0.2.8").sign_in("没有的账号", "wrong")

    assert (unknown.status, unknown.path) == (known.status, known.path)
    assert "用户名" not in known.text or "用户名" in unknown.text
