"""The accounts elsewhere on a person's own page: linked after a look, taken back at once."""

import re
from datetime import timedelta

from tests.federation.stage import City, Traveller

PAGE = "/account/upstreams"


def signed_in(town: City, registered: str) -> Traveller:
    """A browser in which that person has just signed in with their password."""
    visitor = town.traveller().get("/sign-in")
    return visitor.fill(login=registered, password="three quiet herons")


def asks_to_link(visitor: Traveller, key: str) -> Traveller:
    """Press the button, sign in there, come back."""
    page = visitor.browser.client.get(f"{PAGE}/add/province")
    return visitor.comes_back(page.headers["Location"], key).arrives()


def test_an_account_without_a_document_is_linked_by_its_person(town: City) -> None:
    """It is shown first; from then on it signs in."""
    persona = town.newcomer()
    town.registered(persona)
    visitor = asks_to_link(signed_in(town, persona.phone), "nameless")
    shown = visitor.text
    visitor.fill(f"{PAGE}/confirm", arrival=re.findall(r'name="arrival" value="([^"]+)"', shown)[0])

    assert "确认关联" in shown
    assert ["own_page"] == [one.proven_by for one in town.links(town.stage.person(persona.phone))]
    assert "/account" == town.traveller().enters("nameless").path


def test_somebody_elses_document_is_not_linked(town: City) -> None:
    """The page says why."""
    persona, other = town.newcomer(), town.newcomer()
    town.registered(persona)
    visitor = asks_to_link(signed_in(town, persona.phone), other.key)

    assert "不是同一个人" in visitor.text
    assert [] == town.links(town.stage.person(persona.phone))


def test_who_sat_here_before_is_not_linked(town: City) -> None:
    """Somebody is still signed in there, and the province asks nobody again though it was asked to."""
    persona = town.newcomer()
    town.registered(persona)
    me = signed_in(town, persona.phone)
    town.province.age = timedelta(minutes=10)
    try:
        shown = asks_to_link(me, "nameless-too").text
    finally:
        town.province.age = timedelta()

    assert "没有请您重新登录" in shown
    assert 'name="arrival"' not in shown


def test_nothing_is_linked_without_its_persons_yes(town: City) -> None:
    """Linking CSRF: coming back links nothing, and a form from elsewhere has no token."""
    persona = town.newcomer()
    town.registered(persona)
    visitor = asks_to_link(signed_in(town, persona.phone), "nameless-too")
    arrival = re.findall(r'name="arrival" value="([^"]+)"', visitor.text)[0]
    visitor.browser.post(f"{PAGE}/confirm", {"arrival": arrival})

    assert [] == town.links(town.stage.person(persona.phone))


def test_an_arrival_of_another_session_is_not_linked(town: City) -> None:
    """Linking CSRF: an attacker's own arrival, opened in the victim's browser."""
    attacker, victim = town.newcomer(), town.newcomer()
    town.registered(attacker)
    town.registered(victim)
    theirs = asks_to_link(signed_in(town, attacker.phone), "nameless")
    request = theirs.browser.page.request if theirs.browser.page else None
    assert request is not None
    mine = signed_in(town, victim.phone).get(request.full_path)

    assert 403 == mine.status
    assert [] == town.links(town.stage.person(victim.phone))


def test_a_link_is_taken_back(town: City) -> None:
    """What rested on it goes with it, the account itself stays."""
    persona = town.newcomer()
    visitor = town.traveller().enters(persona.key).agrees()
    person = town.stage.person(persona.number)
    visitor.get(PAGE).fill(PAGE, end=str(town.links(person)[0].id))
    ended = town.links(person)

    assert [True] == [one.ended_at is not None for one in ended]
    assert ["unlinked"] == [
        one.withdrawn_because for one in town.evidence(person) if one.method == "upstream" and one.expires_at
    ]
    assert "/upstream-link" == town.traveller().enters(persona.key).path
