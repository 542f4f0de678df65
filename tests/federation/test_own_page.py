"""The accounts elsewhere on a person's own page: linked after a look, taken back at once."""

import re
from datetime import timedelta

from idp import clock
from idp.clients.services import origin
from idp.interaction.upstream import Wanted
from tests.federation.stage import ISSUER, City, Traveller

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


def test_who_must_prove_themselves_first_is_let_out_to_the_upstream(town: City) -> None:
    """Browsers hold a form to where its redirects end, so the sign-in page names the upstream's origin."""
    led_on = town.traveller().get(f"/sign-in?next={PAGE}/add/province")
    staying = town.traveller().get(f"/sign-in?next={PAGE}")
    nowhere = town.traveller().get(f"/sign-in?next={PAGE}/add/nobody")

    assert f"form-action 'self' {town.url};" in policy(led_on)
    assert "form-action 'self';" in policy(staying) and "form-action 'self';" in policy(nowhere)


def test_every_upstream_is_let_out_to_where_it_begins(docked_city: City) -> None:
    """Also where it begins at another origin than the one it is called by, once that is known."""
    federation = docked_city.stage.services.extras["federation"]
    begun = {
        name: one.begin(Wanted(federation.callback(name, ISSUER), hops=(ISSUER,)), clock.now())
        for name, one in federation.upstreams.items()
    }

    assert all(origin(one.url) in federation.origins(name) for name, one in begun.items())


def policy(visitor: Traveller) -> str:
    """The content security policy of the page a browser shows."""
    page = visitor.browser.page
    assert page is not None
    return page.headers["Content-Security-Policy"]


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


def has_a_phone(town: City, visitor: Traveller, phone: str) -> Traveller:
    """Their first one here: the province's is not taken over."""
    visitor.get("/account/phone").fill("/account/phone", phone=phone)
    return visitor.fill("/account/phone/code", phone=phone, new=town.stage.messages(phone)[0]["code"])


def test_a_link_is_taken_back(town: City) -> None:
    """What rested on it goes with it, the account itself stays."""
    persona = town.newcomer()
    town.registered(persona)
    visitor = town.traveller().enters(persona.key)
    visitor.get(visitor.browser.address.replace("upstream-link", "sign-in"))
    visitor.fill(login=persona.phone, password="three quiet herons")
    person = town.stage.person(persona.number)
    visitor.get(PAGE).fill(PAGE, end=str(town.links(person)[0].id))
    ended = town.links(person)

    assert [True] == [one.ended_at is not None for one in ended]
    assert ["unlinked"] == [
        one.withdrawn_because for one in town.evidence(person) if one.method == "upstream" and one.expires_at
    ]
    assert "/upstream-link" == town.traveller().enters(persona.key).path


def test_the_only_way_in_is_not_taken_back(town: City) -> None:
    """Nobody could prove the account again: the page offers no button, and a posted form ends nothing."""
    persona = town.newcomer()
    visitor = town.traveller().enters(persona.key).agrees()
    home = visitor.text
    (link,) = town.links(town.stage.person(persona.number))
    shown = visitor.get(PAGE).text
    visitor.fill(PAGE, end=str(link.id))

    assert "您现在只能用其他平台的账号登录" in home
    assert f'value="{link.id}"' not in shown and "再有一种登录方式，才能解除关联" in shown
    assert [None] == [one.ended_at for one in town.links(town.stage.person(persona.number))]


def test_who_has_no_phone_here_is_led_to_one_first(town: City) -> None:
    """A password is set by the phone: without one the way to it would be a dead end."""
    persona = town.newcomer()
    visitor = town.traveller().enters(persona.key).agrees()
    ways, security = visitor.get("/account/methods").text, visitor.get("/account/security").text
    asked = visitor.get("/account/phone").text
    has_a_phone(town, visitor, persona.phone)

    assert "登记手机号码" in asked and "更换" not in asked
    assert "先登记手机号码" in ways and "先登记手机号码" in security
    assert 'href="/recover"' not in ways + security
    assert 'href="/recover"' in visitor.get("/account/methods").text
    assert "您现在只能用其他平台的账号登录" not in visitor.get("/account").text


def test_who_gave_no_name_is_greeted_without_one(town: City) -> None:
    """Nor told that a phone was confirmed that nobody has given."""
    persona = town.newcomer()
    object.__setattr__(town.citizen(persona), "name", "")
    page = town.traveller().enters(persona.key).agrees().text

    assert "<h1>您好</h1>" in page and "****" not in page
    assert "我们确认了您的手机号码" not in page and "身份还没有核验" in page
