"""Two accounts in one name: the certificate decides, after the notice and the hold."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import select

from connectors.simulator.personas import Persona
from idp.evidence.models import Evidence, Method
from tests.idp.account.stage import newcomer
from tests.idp.sign_in.cards import Card, Town, built, refusal


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """A provider that believes an authority."""
    with built(tmp_path_factory.mktemp("home")) as town:
        yield town


@pytest.fixture(scope="module")
def holder(town: Town) -> Persona:
    """Whose name and number somebody else has registered with; their own account is at level 2."""
    squatted = newcomer(1)
    town.stage.browser().register(squatted)
    holder = replace(squatted, phone=town.stage.spare_phone())
    town.stage.order("error_500", squatted.key, -1)
    town.stage.browser().register(holder)
    town.stage.order("clear", squatted.key)
    return holder


@pytest.fixture(scope="module")
def card(town: Town, holder: Persona) -> Card:
    """The holder's certificate, added to the holder's own account."""
    return town.added(holder)


def test_until_the_hold_ends_nothing_moves(town: Town, holder: Persona, card: Card) -> None:
    """Whoever has the document hears of it first; the certificate opens neither account."""
    browser = card.show(town.asked())

    assert (2, 3) == (town.stage.level(holder.phone), town.stage.level(newcomer(1).phone))
    assert "还没有添加到账号" in refusal(browser)


def test_afterwards_the_holder_has_the_document_and_level_5(town: Town, holder: Persona, card: Card) -> None:
    """The certificate signs in, and the level ends with it."""
    town.stage.pass_pauses()
    town.stage.work()
    browser = card.show(town.asked())
    with town.stage.services.database.reading() as db:
        evidence = db.scalars(select(Evidence).where(Evidence.method == Method.CERTIFICATE)).one()

    assert "/account" == browser.path
    assert (5, 1) == (town.stage.level(holder.phone), town.stage.level(newcomer(1).phone))
    assert card.pair.certificate.not_valid_after_utc == evidence.expires_at


def test_one_certificate_is_one_accounts(town: Town, card: Card) -> None:
    """Nobody else adds it, whoever's it is."""
    other = newcomer(2)
    town.stage.browser().register(other)
    browser = card.show(town.at_methods(other))

    assert "另一个账号" in refusal(browser)
