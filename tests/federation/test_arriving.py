"""Who comes from the province, and whom that means here."""

import re
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from federation.models import UpstreamLink
from idp import clock
from idp.evidence.models import Evidence
from idp.persons import hold, lifecycle
from idp.persons.models import Person
from idp.sessions.models import SignInSession
from tests.federation.stage import City, city


def test_somebody_new_begins_an_account(town: City) -> None:
    """After the agreements: the document is theirs, by the registry's word and the province's."""
    persona = town.newcomer()
    visitor = town.traveller().enters(persona.key).agrees()
    person = town.stage.person(persona.number)

    assert "/account" == visitor.path
    assert {"registry_match", "upstream", "document_format"} == {one.method for one in town.evidence(person)}
    assert ["created"] == [one.proven_by for one in town.links(person)]


def test_the_second_time_they_enter_at_once(town: City) -> None:
    """By the link; nothing is asked."""
    persona = town.newcomer()
    town.traveller().enters(persona.key).agrees()
    again = town.traveller().enters(persona.key)

    assert "/account" == again.path
    assert 1 == len(town.links(town.stage.person(persona.number)))


@pytest.mark.parametrize(("least_aal", "status"), [(2, "closing"), (1, "active")])
def test_a_closing_is_taken_back_by_a_whole_sign_in_alone(town: City, least_aal: int, status: str) -> None:
    """The province's word is one step; who wants two of every sign-in has not come back by it."""
    persona = town.newcomer()
    town.traveller().enters(persona.key).agrees()
    before = town.stage.person(persona.number)
    assert before is not None
    with town.stage.services.database.writing() as db:
        person = db.get_one(Person, before.id)
        person.least_aal = least_aal
        lifecycle.begin_closing(db, person, "own_wish", clock.now(), timedelta(days=15))
    visitor = town.traveller().enters(persona.key)
    after = town.stage.person(persona.number)

    assert after is not None and status == after.status
    assert (least_aal == 1) == ("/account" == visitor.path)


def test_an_account_that_is_here_is_proven_once(town: City) -> None:
    """Its person signs in with a means of their own; then both are linked and need no second time."""
    persona = town.newcomer()
    town.registered(persona)
    visitor = town.traveller().enters(persona.key)
    asked = visitor.path
    visitor.get(visitor.browser.address.replace("upstream-link", "sign-in"))
    visitor.fill(login=persona.phone, password="three quiet herons")

    assert "/upstream-link" == asked
    assert "/account" == visitor.path
    assert ["own_means"] == [one.proven_by for one in town.links(town.stage.person(persona.number))]
    assert "/account" == town.traveller().enters(persona.key).path


def test_somebody_without_a_document_begins_low(town: City) -> None:
    """An account at the level the province's word is worth; the document can be proven later."""
    visitor = town.traveller().enters("nameless")
    said = visitor.text
    visitor.fill(agreement="yes")
    link = town.rows(UpstreamLink, UpstreamLink.proven_by == "created")[-1]
    levels = {one.level for one in town.rows(Evidence, Evidence.person_id == link.person_id)}

    assert "等级较低" in said
    assert "/account" == visitor.path
    assert {1} == levels


def test_the_agreements_are_asked_for(town: City) -> None:
    """Nobody comes into being without them, and the number takes a consent of its own (PIPL Art. 29)."""
    persona = town.newcomer()
    visitor = town.traveller().enters(persona.key)
    visitor.fill(agreement="yes")

    assert 400 == visitor.status
    assert town.stage.person(persona.number) is None


def test_a_level_that_falls_there_falls_here(town: City) -> None:
    """The province's word of today replaces that of last time; the registry's own stays."""
    persona = town.newcomer()
    town.traveller().enters(persona.key).agrees()
    object.__setattr__(town.citizen(persona), "level", 1)
    town.traveller().enters(persona.key)
    valid = [one for one in town.evidence(town.stage.person(persona.number)) if one.withdrawn_at is None]

    assert [1] == [one.level for one in valid if one.method == "upstream"]
    assert 3 == town.stage.level(persona.number)


def test_the_subject_stays_when_accounts_are_linked(town: City) -> None:
    """Portals know the person by the same `sub` before and after."""
    persona = town.newcomer()
    town.registered(persona)
    before = town.stage.person(persona.number)
    visitor = town.traveller().enters(persona.key)
    visitor.get(visitor.browser.address.replace("upstream-link", "sign-in"))
    visitor.fill(login=persona.phone, password="three quiet herons")
    after = town.stage.person(persona.number)

    assert before is not None and after is not None and before.id == after.id


def test_who_would_rather_not_link_signs_in_here(town: City) -> None:
    """Nothing is linked, nothing is lost."""
    persona = town.newcomer()
    town.registered(persona)
    visitor = town.traveller().enters(persona.key).fill()
    visitor.fill(login=persona.phone, password="three quiet herons")

    assert "/account" == visitor.path
    assert [] == town.links(town.stage.person(persona.number))


def test_a_sign_in_there_of_yesterday_is_asked_for_again(town: City) -> None:
    """Once; a province that says so again is not believed."""
    persona = town.newcomer()
    visitor = town.traveller()
    address = visitor.departs()
    town.grows_old(hours=24)
    visitor.comes_back(address, persona.key)
    town.grows_old(hours=0)
    visitor.arrives()
    asked = visitor.elsewhere_again()
    visitor.comes_back(asked, persona.key).arrives()

    assert "prompt=login" in asked
    assert "/upstream-new" == visitor.path


def test_a_session_is_as_old_as_its_proof(town: City) -> None:
    """Somebody who signed in at the province an hour ago has not just proven themselves here."""
    persona = town.newcomer()
    visitor = town.traveller()
    address = visitor.departs()
    town.grows_old(hours=1)
    visitor.comes_back(address, persona.key).arrives().agrees()
    person = town.stage.person(persona.number)
    assert person is not None
    session = town.rows(SignInSession, SignInSession.person_id == person.id)[0]

    assert timedelta(minutes=59) < session.last_seen_at - session.authenticated_at


def test_an_account_that_was_recovered_today_is_not_linked(town: City) -> None:
    """A link is one more way in: whoever recovered the account adds none for a day, and reads until when."""
    persona = town.newcomer()
    town.registered(persona)
    person = town.stage.person(persona.number)
    assert person is not None
    with town.stage.services.database.writing() as db:
        hold.begin(db.get_one(Person, person.id), clock.now(), {"rc"})
    visitor = town.traveller().enters(persona.key)
    visitor.get(visitor.browser.address.replace("upstream-link", "sign-in"))
    visitor.fill(login=persona.phone, password="three quiet herons")

    assert ("/upstream-link", True) == (visitor.path, "之后才能关联" in visitor.text)
    assert not any(one in visitor.text for one in ("任意一种方式登录一次", "/recover", "回到登录"))
    assert [] == town.links(person)
    assert "/account" == visitor.fill().path


def test_who_would_rather_not_begin_an_account_goes_back(town: City) -> None:
    """Somebody else may be signed in at the province on this computer: nothing has come into being."""
    persona = town.newcomer()
    visitor = town.traveller().enters(persona.key)
    back = visitor.browser.address.replace("upstream-new", "sign-in")

    assert f'href="{urlsplit(back).path}"' in visitor.text and "不是您本人" in visitor.text
    assert "/sign-in" == visitor.get(back).path
    assert town.stage.person(persona.number) is None


def test_who_must_prove_an_account_can_recover_it_from_there(town: City) -> None:
    """And comes back to this very sign-in."""
    persona = town.newcomer()
    town.registered(persona)
    visitor = town.traveller().enters(persona.key)
    handle = urlsplit(visitor.browser.address).path.split("/")[2]

    assert f'href="/recover?interaction={handle}"' in visitor.text


def test_who_may_not_begin_an_account_by_the_province_may_register(tmp_path: Path) -> None:
    """The page says so, and leads there with the sign-in that waits."""
    with city(tmp_path, changes={"trust": {"may_create": False}}) as closed:
        visitor = closed.traveller().enters(closed.newcomer().key)
        register = re.search(r'href="(/register\?interaction=[^"]+)"', visitor.text)

        assert register is not None
        assert "/register" == visitor.get(register[1]).path
