"""Being told of a person without their yes."""

from idp.clients.models import ClientClass
from tests.attacks.whole import Whole


def test_asking_for_optional_things_alone_asks_the_person(whole: Whole) -> None:
    """Or a third party would learn who is signed in, silently and with nothing agreed to (PIPL Art. 23)."""
    third = whole.client(kind=ClientClass.THIRD_PARTY, optional_scope="phone profile")
    answered = whole.authorize(third, whole.sign_in(), scope="phone profile", prompt="none")

    assert ("consent_required", None) == (answered.error, answered.values.get("code"))


def test_nobody_is_given_more_than_was_ticked(whole: Whole) -> None:
    """A scope that is not asked for, or not optional, cannot be posted in."""
    whole.resident("ticking")
    third = whole.client(kind=ClientClass.THIRD_PARTY, optional_scope="phone")
    visitor = whole.visitor().sign_in("ticking").go(whole.request(third, scope="openid phone"))
    visitor.fill(decision="accept", scope="identity_document")
    tokens = whole.redeem(third, visitor.answer["code"]).json

    assert tokens is not None
    assert "openid" == tokens["scope"]
