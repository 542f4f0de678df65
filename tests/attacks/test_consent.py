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


def test_a_no_is_the_answer(whole: Whole) -> None:
    """The form that said no cannot be made to say yes afterwards: one request has one answer."""
    whole.resident("declining")
    third = whole.client(kind=ClientClass.THIRD_PARTY)
    visitor = whole.visitor().sign_in("declining").go(whole.request(third))
    place, token = visitor.path, visitor.token
    visitor.post(place, decision="decline", csrf_token=token)
    first = visitor.answer
    visitor.post(place, decision="accept", csrf_token=token)

    assert "access_denied" == first["error"]
    assert (410, {}) == (visitor.status, visitor.answer)


def test_a_page_shown_to_one_person_is_not_answered_for_another(whole: Whole) -> None:
    """On a shared computer the form stays open, somebody else signs in, and it is pressed."""
    whole.resident("first-there")
    whole.resident("second-there")
    third = whole.client(kind=ClientClass.THIRD_PARTY)
    visitor = whole.visitor().sign_in("first-there").go(whole.request(third))
    place, token = visitor.path, visitor.token
    visitor.go("/sign-out").post("/sign-out", csrf_token=visitor.token)
    visitor.sign_in("second-there").post(place, decision="accept", csrf_token=token)

    assert ("consent", {}) == (visitor.path.rsplit("/", 1)[1], visitor.answer)
