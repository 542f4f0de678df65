"""A second department lets people in without a page; a third party and wider wishes do not."""

import pytest

from idp import clock
from idp.clients.models import ClientClass
from idp.consents import rules, texts
from idp.consents.models import Consent, ConsentKind
from tests.idp.oauth.world import Registered, SignedIn, World


@pytest.fixture
def told(world: World) -> SignedIn:
    """Somebody signed in whom one department has told that it uses name and level."""
    somebody, department = world.sign_in(), world.client()
    with world.oauth.database.writing() as db:
        rules.record(
            db,
            somebody.person_id,
            ConsentKind.NOTICE,
            texts.said(texts.DUTY_NOTICE),
            purpose="sign_in",
            now=clock.now(),
            client_id=department.id,
            scopes={"openid", "profile"},
        )
    return somebody


def records(world: World, somebody: SignedIn, client: Registered) -> list[Consent]:
    with world.oauth.database.reading() as db:
        return rules.current(db, somebody.person_id, client.id)


def test_another_department_needs_no_page(world: World, told: SignedIn) -> None:
    """It is answered at once, also silently, and its first use is recorded like any notice."""
    second = world.client()

    answered = world.authorize(second, told, prompt="none")

    assert "code" in answered.values
    recorded = records(world, told, second)
    assert [(ConsentKind.NOTICE, "record", {"openid", "profile"})] == [
        (one.kind, one.channel, set(one.scopes)) for one in recorded
    ]


def test_a_department_that_wants_more_shows_its_page(world: World, told: SignedIn) -> None:
    """Nobody has been told about the phone yet."""
    second = world.client()

    answered = world.authorize(second, told, prompt="none", scope="openid profile phone")

    assert "interaction_required" == answered.error
    assert [] == records(world, told, second)


def test_a_third_party_asks_all_the_same(world: World, told: SignedIn) -> None:
    """What departments may use under their duty is no consent for anybody else (PIPL Art. 23)."""
    third_party = world.client(ClientClass.THIRD_PARTY)

    assert "consent_required" == world.authorize(third_party, told, prompt="none").error
