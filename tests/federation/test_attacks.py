"""What an attacker, or a province that lies, must not achieve; each is a sentence of the security page."""

import re
from pathlib import Path

import pytest
from sqlalchemy import update

from federation.simulator.faults import Lie
from idp.persons.models import Person
from tests.federation.stage import City, city

REFUSED = "/sign-in"


@pytest.mark.parametrize(
    "lie",
    [
        Lie.FORGED,
        Lie.UNSIGNED,
        Lie.EXPIRED,
        Lie.EARLY,
        Lie.WRONG_AUDIENCE,
        Lie.WRONG_ISSUER,
        Lie.WRONG_NONCE,
        Lie.NO_SUBJECT,
        Lie.NO_TIME,
    ],
)
def test_an_id_token_that_is_not_for_us_is_not_believed(town: City, lie: Lie) -> None:
    """Another key, no signature, another time, audience, issuer or request (OIDC Core §3.1.3.7)."""
    visitor = town.traveller()
    address = visitor.departs()
    town.lies(lie, "oidc.token")
    visitor.comes_back(address, "nameless").arrives()

    assert REFUSED == visitor.path
    assert "没有采用" in visitor.text
    assert "unbelieved" == town.events("upstream.refused")[-1].details["reason"]


@pytest.mark.parametrize("lie", [Lie.WRONG_ISSUER, Lie.WRONG_STATE])
def test_an_answer_of_another_provider_is_refused(town: City, lie: Lie) -> None:
    """Mix-up (RFC 9207) and a state nobody gave: the code is not even redeemed."""
    visitor = town.traveller()
    address = visitor.departs()
    town.lies(lie, "oidc.authorize")
    before = town.province.calls["oidc.token"]
    visitor.comes_back(address, "nameless").arrives()

    assert REFUSED == visitor.path
    assert before == town.province.calls["oidc.token"]


def test_userinfo_must_speak_of_the_same_person(town: City) -> None:
    """OIDC Core §5.3.2: or another's document would come with this one's sign-in."""
    visitor = town.traveller()
    address = visitor.departs()
    town.lies(Lie.OTHER_SUBJECT, "oidc.userinfo")

    assert REFUSED == visitor.comes_back(address, "nameless").arrives().path


def test_a_callback_works_in_the_browser_that_was_sent(town: City) -> None:
    """An attacker who makes a victim open their own callback signs nobody in as themselves (login CSRF)."""
    attacker, victim = town.traveller(), town.traveller()
    attacker.comes_back(attacker.departs(), "nameless")
    victim.arrives(attacker.callback)

    assert 410 == victim.status
    assert "/sign-in" == victim.get("/account").path


def test_a_callback_of_ones_own_visit_does_not_take_anothers_code(town: City) -> None:
    """A victim who is on the way there themselves: the state of this visit is another one."""
    attacker, victim = town.traveller(), town.traveller()
    attacker.comes_back(attacker.departs(), "nameless")
    victim.departs()
    victim.arrives(attacker.callback)

    assert REFUSED == victim.path
    assert "/sign-in" == victim.get("/account").path


def test_a_callback_works_once(town: City) -> None:
    """A replayed address, from the history or a log, finds the visit spent."""
    persona = town.newcomer()
    visitor = town.traveller().enters(persona.key)
    visitor.arrives(visitor.callback)

    assert 410 == visitor.status


def test_a_repeated_parameter_is_refused(town: City) -> None:
    """Which of two states was checked, and which was used (parameter pollution)?"""
    visitor = town.traveller()
    visitor.comes_back(visitor.departs(), "nameless")

    assert REFUSED == visitor.arrives(visitor.callback + "&state=other").path


def test_a_time_beyond_every_calendar_is_no_later_than_now(town: City) -> None:
    """A province whose clock has gone mad gets no error page of ours."""
    town.lies(Lie.FAR_TIME, "oidc.token")

    assert "/upstream-new" == town.traveller().enters(town.newcomer().key).path


def test_half_a_character_breaks_no_page(town: City) -> None:
    """JSON may escape one (RFC 8259 §8.2), and nobody can keep it."""
    town.lies(Lie.HALF_A_CHARACTER, "oidc.userinfo")

    assert "/upstream-new" == town.traveller().enters(town.newcomer().key).path


def test_the_word_of_a_province_strengthens_no_session(town: City) -> None:
    """Asked for a second factor, somebody brings another's sign-in there: theirs begins, mine is over."""
    owner, other = town.newcomer(), town.newcomer()
    town.registered(owner)
    me = town.stage.person(owner.phone)
    assert me is not None
    with town.stage.services.database.writing() as db:
        db.execute(update(Person).where(Person.id == me.id).values(least_aal=2))
    visitor = town.traveller().get("/sign-in").fill(login=owner.phone, password="three quiet herons")
    asked, address = visitor.path, visitor.browser.address
    way = re.sub(r"(/interaction/[^/]+)/.*", r"\1/upstream/province", address)
    visitor.comes_back(visitor.leaves(way), other.key).arrives().agrees()
    begun = [one.details["method"] for one in town.events("session.begun") if one.person_id == me.id]

    assert "/sms" == asked
    assert "/account" == visitor.path
    assert not [method for method in begun if "fed" in method]


def test_a_phone_makes_nobody_somebody_else(town: City) -> None:
    """Takeover: the province asserts the victim's phone with another document."""
    victim, attacker = town.newcomer(), town.newcomer()
    town.registered(victim)
    liar = town.citizen(attacker)
    object.__setattr__(liar, "phone", victim.phone)
    visitor = town.traveller().enters(attacker.key).agrees()
    found = town.stage.person(attacker.number)

    assert "/account" == visitor.path
    assert found is not None and found.phone_sealed is None
    assert [] == town.links(town.stage.person(victim.phone))


def test_a_document_that_is_not_believed_makes_nobody_the_holder(town: City) -> None:
    """Takeover: an account at a low level claims the victim's number; it becomes an account of its own."""
    victim = town.newcomer()
    town.registered(victim)
    town.lies(Lie.UNKNOWN_LEVEL, "oidc.userinfo", -1)
    visitor = town.traveller().enters(victim.key)
    asked = visitor.path
    visitor.fill(agreement="yes")

    assert "/upstream-new" == asked
    assert [] == town.links(town.stage.person(victim.number))
    assert "/account" == visitor.path


def test_somebody_else_does_not_prove_the_account(town: City) -> None:
    """Linking needs the person of that very account, not just anybody who can sign in here."""
    victim, attacker = town.newcomer(), town.newcomer()
    town.registered(victim)
    town.registered(attacker)
    visitor = town.traveller().enters(victim.key)
    visitor.get(visitor.browser.address.replace("upstream-link", "sign-in"))
    visitor.fill(login=attacker.phone, password="three quiet herons")

    assert "/upstream-link" == visitor.path
    assert "这不是同一个人的账号" in visitor.text
    assert [] == town.links(town.stage.person(victim.number))
    assert [] == town.links(town.stage.person(attacker.number))


def test_an_account_prepared_for_somebody_is_not_entered(town: City) -> None:
    """Pre-hijacking: an unproven claim of the victim's number, made beforehand, gets nothing of them."""
    victim = town.newcomer()
    prepared = town.stage.browser()
    phone = town.stage.spare_phone()
    prepared.register(victim, phone=phone)
    visitor = town.traveller().enters(victim.key).agrees()
    mine, theirs = town.stage.person(victim.number), town.stage.person(phone)

    assert "/account" == visitor.path
    assert mine is not None and theirs is not None and mine.id != theirs.id
    assert [] == town.links(theirs)


def test_a_level_is_believed_as_far_as_the_table_says(town: City) -> None:
    """Whatever the province says of everybody, here it is 3 at most."""
    persona = town.newcomer()
    town.lies(Lie.HIGHEST_LEVEL, "oidc.userinfo", -1)
    town.traveller().enters(persona.key).agrees()

    assert 3 == town.stage.level(persona.number)


def test_a_sign_in_there_counts_no_more_than_trusted(town: City) -> None:
    """The province claims a hardware key; here the session is worth one factor."""
    persona = town.newcomer()
    object.__setattr__(town.citizen(persona), "aal", 3)
    town.traveller().enters(persona.key).agrees()
    person = town.stage.person(persona.number)
    begun = [event for event in town.events("session.begun") if person and event.person_id == person.id]

    assert [("fed", 1)] == [(event.details["method"], event.details["aal"]) for event in begun]


def test_the_registry_wins(town: City) -> None:
    """A name it does not confirm opens a case; nobody comes into being."""
    visitor = town.traveller().enters("unknown-to-registry").agrees()

    assert 409 == visitor.status
    assert "registry_says_no" == town.cases()[-1].reason
    assert "/sign-in" == visitor.get("/account").path


def test_operators_learn_that_a_number_is_nobodys_and_the_person_does_not(town: City) -> None:
    """Two reasons in the console, one page: it never tells another name from no such number."""
    pages = [
        town.traveller().enters(key).agrees().text.split("<h1", 1)[1].split("</ol>")[0]
        for key in ("unknown-to-registry", "nowhere")
    ]

    assert {"registry_says_no", "registry_knows_nobody"} <= {one.reason for one in town.cases()}
    assert "公安机关的登记没有证实" in pages[0]
    assert pages[0] == pages[1]


def test_coming_again_opens_no_second_case(town: City) -> None:
    """An operator decides each disagreement once."""
    for _ in range(2):
        town.traveller().enters("unknown-to-registry").agrees()
    subject = town.province.people.find("unknown-to-registry")

    assert subject is not None
    assert 1 == len([one for one in town.cases() if one.reason == "registry_says_no"])


def test_the_dead_do_not_come(town: City) -> None:
    """The province may not have heard."""
    visitor = town.traveller().enters("deceased").agrees()

    assert 409 == visitor.status
    assert "holder_is_dead" == town.cases()[-1].reason


def test_a_child_is_left_to_its_guardian(town: City) -> None:
    """Under fourteen nobody begins an account alone (PIPL Art. 31)."""
    visitor = town.traveller().enters("child")

    assert 403 == visitor.status
    assert "监护人" in visitor.text


def test_posted_answers_are_counted(tmp_path: Path) -> None:
    """Whoever posts without having been sent anywhere fills no store."""
    with city(tmp_path, limit_source_per_minute=2) as small:
        client = small.stage.app.test_client()
        given = [client.post("/federation/province/callback", data={"code": "x"}) for _ in range(3)]

    assert [303, 303, 429] == [answer.status_code for answer in given]


def test_nonsense_about_ended_sessions_fills_no_trail(tmp_path: Path) -> None:
    """Anybody can post to where a province tells us of a sign-out; it is refused, and noted a few times."""
    with city(tmp_path, limit_source_per_minute=2) as small:
        client = small.stage.app.test_client()
        given = [client.post("/federation/province/logout", data={"logout_token": "x"}) for _ in range(4)]
        noted = [one for one in small.events("upstream.refused") if one.details["code"] == "logout_token"]

    assert [400] * 4 == [answer.status_code for answer in given]
    assert 2 == len(noted)
