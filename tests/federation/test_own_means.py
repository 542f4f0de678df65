"""A province's word guards nobody's ways of signing in, except for who has nothing but the province."""

import re
from datetime import timedelta

import pyotp
import pytest
from sqlalchemy import update

from connectors.simulator.personas import Persona
from idp import clock
from idp.assurance import own_level
from idp.authenticators.models import Credential
from idp.notices.models import Notice
from idp.persons.models import Person
from idp.sessions.models import SignInSession
from tests.federation.stage import City, Traveller

METHODS = "/account/methods"
GUARDED = (
    f"{METHODS}/totp",
    f"{METHODS}/passkey",
    f"{METHODS}/recovery-codes",
    "/account/phone",
    "/account/upstreams/add/province",
    "/account/export",
)
PASSWORD = "three quiet herons"


def linked(town: City) -> tuple[Persona, Person]:
    """Somebody with password and phone here, whose account at the province is linked."""
    persona = town.newcomer()
    town.registered(persona)
    town.traveller().enters(persona.key).fill("", login=persona.phone, password=PASSWORD)
    visitor = town.traveller().enters(persona.key)
    if visitor.path == "/upstream-link":
        ways = re.search(r'href="([^"]*/sign-in)"', visitor.text)
        assert ways
        visitor.get(ways[1]).fill(login=persona.phone, password=PASSWORD)
    person = town.stage.person(persona.phone)
    assert person is not None
    assert 1 == len(town.links(person))
    return persona, person


def adds_app(visitor: Traveller, **more: str) -> pyotp.TOTP:
    """Add an authenticator app."""
    visitor.get(f"{METHODS}/totp")
    seed = re.search(r'id="seed">([A-Z2-7 ]+)<', visitor.text)
    assert seed is not None, visitor.text
    app = pyotp.TOTP(seed[1].replace(" ", ""))
    visitor.fill(f"{METHODS}/totp", code=app.now(), **more)
    return app


@pytest.mark.parametrize("page", GUARDED)
def test_a_province_that_lies_opens_no_guarded_page(town: City, page: str) -> None:
    """Fresh from the province, somebody with means of their own is asked for these, and for no province."""
    persona, _ = linked(town)
    thief = town.traveller().enters(persona.key).get(page)

    assert "/sign-in" == thief.path
    assert "自己的登录方式" in thief.text
    assert "/upstream/province" not in thief.text


def test_a_province_that_lies_adds_nothing(town: City) -> None:
    """Not by the form either, nor through the upstream's address inside the step-up."""
    persona, person = linked(town)
    thief = town.traveller().enters(persona.key)
    before = town.rows(Credential, Credential.person_id == person.id)
    thief.browser.post(f"{METHODS}/totp", {"code": "123456"})
    thief.browser.post(f"{METHODS}/recovery-codes", {})
    handle = re.sub(r"(/interaction/[^/]+)/.*", r"\1", thief.browser.address)
    outside = thief.leaves(f"{handle}/upstream/province")

    assert ("", "/sign-in") == (outside, thief.path)
    assert len(before) == len(town.rows(Credential, Credential.person_id == person.id))


def test_a_proof_of_ones_own_leads_back_to_the_page(town: City) -> None:
    """The step-up ends: the password opens the page that was asked for."""
    persona, _ = linked(town)
    owner = town.traveller().enters(persona.key).get(f"{METHODS}/totp")
    owner.fill(login=persona.phone, password=PASSWORD)

    assert f"{METHODS}/totp" == owner.path


def test_the_province_does_not_freshen_an_old_proof(town: City) -> None:
    """The password of this morning and the province just now are not a proof of one's own."""
    persona, person = linked(town)
    thief = town.traveller().get("/sign-in").fill(login=persona.phone, password=PASSWORD)
    with town.stage.services.database.writing() as db:
        earlier = clock.now() - timedelta(hours=2)
        mine = update(SignInSession).where(SignInSession.person_id == person.id)
        db.execute(mine.values(authenticated_at=earlier))
    thief.get("/sign-in?again=1")
    thief.comes_back(thief.departs(), persona.key).arrives().get(f"{METHODS}/totp")

    assert "/sign-in" == thief.path


def test_a_province_does_not_stand_for_the_old_phone(town: City) -> None:
    """A second factor does, and the province's word is none."""
    persona, person = linked(town)
    owner = town.traveller().enters(persona.key).get("/account/phone")
    owner.fill(login=persona.phone, password=PASSWORD).fill(phone=town.stage.spare_phone())

    assert 'name="old"' in owner.text


def test_who_has_only_the_province_adds_a_first_means(town: City) -> None:
    """A fresh sign-in there counts for them, and they are told."""
    persona = town.newcomer()
    visitor = town.traveller().enters(persona.key).agrees()
    adds_app(visitor)
    person = town.stage.person(persona.number)
    assert person is not None

    assert "totp" in {one.kind for one in town.rows(Credential, Credential.person_id == person.id)}
    assert "credential.added" in {one.topic for one in town.rows(Notice, Notice.person_id == person.id)}


def test_recovery_codes_alone_are_told_of(town: City) -> None:
    """They are a means as well: nobody gets them in silence."""
    persona = town.newcomer()
    visitor = town.traveller().enters(persona.key).agrees()
    visitor.get(f"{METHODS}/recovery-codes").fill(f"{METHODS}/recovery-codes")
    person = town.stage.person(persona.number)
    assert person is not None

    assert "recovery_codes.made" in {one.topic for one in town.rows(Notice, Notice.person_id == person.id)}


def test_a_stale_sign_in_at_the_province_adds_nothing(town: City) -> None:
    """Even for who has nothing else: they go there once more, and come back to the page."""
    persona = town.newcomer()
    visitor = town.traveller().enters(persona.key).agrees()
    person = town.stage.person(persona.number)
    assert person is not None
    with town.stage.services.database.writing() as db:
        earlier = clock.now() - timedelta(hours=2)
        mine = update(SignInSession).where(SignInSession.person_id == person.id)
        db.execute(mine.values(authenticated_at=earlier))
    asked = visitor.get(f"{METHODS}/totp").path
    visitor.comes_back(visitor.departs(), persona.key).arrives()

    assert ("/sign-in", f"{METHODS}/totp") == (asked, visitor.path)


def test_an_app_that_only_confirms_is_asked_for_after_the_province(town: City) -> None:
    """With an app and the province alone one begins there, but the province alone changes nothing."""
    persona = town.newcomer()
    app = adds_app(town.traveller().enters(persona.key).agrees(), two_steps="yes")
    visitor = town.traveller().enters(persona.key)
    entered = visitor.path
    visitor.get(f"{METHODS}/totp")
    visitor.comes_back(visitor.departs(), persona.key).arrives()
    asked = visitor.path
    visitor.fill(code=app.at(clock.now() + timedelta(seconds=30)))

    assert ("/account", "/totp", f"{METHODS}/totp") == (entered, asked, visitor.path)


@pytest.mark.parametrize(
    ("amr", "level"),
    [({"fed3"}, 0), ({"mca", "mfa"}, 0), ({"fed2", "otp"}, 1), ({"fed", "pwd", "otp"}, 2), ({"hwk"}, 3)],
)
def test_only_ones_own_means_count(amr: set[str], level: int) -> None:
    """Neither another provider nor another device."""
    assert level == own_level(amr)
