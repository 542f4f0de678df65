"""What somebody from an upstream is told when it does not go straight on; the way on can be walked."""

import re
from pathlib import Path

import pytest

from connectors.simulator.personas import Persona
from tests import servers
from tests.federation.stage import ISSUER, City, Traveller, Walker, table
from tests.federation.test_organisations import appoint, arrives, known, proves
from tests.idp.account.stage import PASSWORD, POPULATION, staged

LINK = "/upstream-link"
LINKING = 'href="/account/upstreams/add/province"'


def test_who_has_nothing_but_the_former_upstream_comes_in_by_it(docked_city: City) -> None:
    """All others that are docked are offered, whoever asks; the account there is linked on the own page."""
    persona = docked_city.newcomer()
    docked_city.traveller().enters(persona.key, "shaanxi").agrees()
    visitor = docked_city.traveller().enters(persona.key, "saml")
    asked, former = visitor.path, visitor.text.partition('id="other-upstreams"')[2]
    offered = set(re.findall(r"/upstream/(\w+)", former))
    [way] = re.findall(r'href="([^"]*/upstream/shaanxi)"', former)
    visitor.comes_back(visitor.leaves(way), persona.key).arrives()
    inside, person = visitor.path, docked_city.stage.person(persona.number)
    before = [one.upstream for one in docked_city.links(person)]
    page = visitor.browser.client.get("/account/upstreams/add/saml")
    visitor.comes_back(page.headers["Location"], persona.key).arrives()
    arrival = re.findall(r'name="arrival" value="([^"]+)"', visitor.text)[0]
    visitor.fill("/account/upstreams/confirm", arrival=arrival)

    assert (LINK, set(docked_city.stage.services.settings.upstreams) - {"saml"}) == (asked, offered)
    assert ("/account", ["shaanxi"]) == (inside, before)
    assert {"shaanxi", "saml"} == {one.upstream for one in docked_city.links(person)}


def test_who_came_by_another_is_reminded_to_link_it(docked_city: City) -> None:
    """On the start page and in the inbox, until it is linked; and once, however often they come so."""
    persona = docked_city.newcomer()
    docked_city.traveller().enters(persona.key, "shaanxi").agrees()
    for _ in range(2):
        visitor = docked_city.traveller().enters(persona.key, "saml")
        [way] = re.findall(r'href="([^"]*/upstream/shaanxi)"', visitor.text)
        visitor.comes_back(visitor.leaves(way), persona.key).arrives()
    reminded, told = visitor.text, visitor.get("/account/notices").text
    page = visitor.browser.client.get("/account/upstreams/add/saml")
    visitor.comes_back(page.headers["Location"], persona.key).arrives()
    arrival = re.findall(r'name="arrival" value="([^"]+)"', visitor.text)[0]
    visitor.fill("/account/upstreams/confirm", arrival=arrival)

    assert 'href="/account/upstreams/add/saml"' in reminded and 1 == told.count("还没有关联</span>")
    assert "/account/upstreams/add/saml" not in visitor.get("/account").text


def test_who_has_an_account_and_leaves_the_page_for_newcomers_is_reminded(town: City) -> None:
    """They came under their name, with no document that is believed, and sign in by their own means."""
    persona = POPULATION.persona("elder")
    town.registered(persona)

    assert LINKING in home_after(town, "paperless", persona)


@pytest.mark.parametrize("key", ["nameless", "unnamed"])
def test_who_came_under_another_name_or_none_may_be_anybody(town: City, key: str) -> None:
    """Without a document the name is all there is to tell whose the account there is."""
    persona = town.newcomer()
    town.registered(persona)

    assert LINKING not in home_after(town, key, persona)


def home_after(town: City, key: str, persona: Persona) -> str:
    """Come by that account at the province, leave the page for newcomers, and sign in as this person."""
    visitor = town.traveller().enters(key)
    [way, *_] = re.findall(r'href="([^"]*/sign-in)"', visitor.text)
    home = visitor.get(way).fill(login=persona.phone, password=PASSWORD).text
    assert f"{persona.name}，您好" in home
    return home


def test_nobody_is_reminded_of_somebody_elses(docked_city: City) -> None:
    """Who enters after another person came by the same browser learns nothing of them."""
    persona, other = docked_city.newcomer(), docked_city.newcomer()
    for one in (persona, other):
        docked_city.traveller().enters(one.key, "shaanxi").agrees()
    visitor = docked_city.traveller().enters(other.key, "saml")
    visitor.elsewhere.cookies.clear()
    [way] = re.findall(r'href="([^"]*/upstream/shaanxi)"', visitor.text)
    visitor.comes_back(visitor.leaves(way), persona.key).arrives()

    assert f"{persona.name}，您好" in visitor.text and "/account/upstreams/add" not in visitor.text


def test_with_one_upstream_no_other_is_offered(town: City) -> None:
    persona = town.newcomer()
    town.registered(persona)
    visitor = town.traveller().enters(persona.key)

    assert (LINK, False) == (visitor.path, "other-upstreams" in visitor.text)


def test_the_sign_in_page_says_what_it_is_for(docked_city: City) -> None:
    """And offers nothing that would lead away from it: to link by a proof, or to act for an organisation."""
    persona, _ = known(docked_city)
    visitor = docked_city.traveller().enters(persona.key, "saml")
    [way] = re.findall(r'href="([^"]*/sign-in)"', visitor.text)
    links = visitor.get(way).text
    firm = appoint(docked_city, persona)
    visitor = arrives(docked_city, persona, "shaanxi")
    [way] = re.findall(r'href="([^"]*/sign-in)"', visitor.text)
    acts = visitor.get(way).text

    assert "这次登录是为了关联您在“省级统一身份认证平台”的账号" in links and f"您为“{firm.name}”而来" in acts
    for page in (links, acts):
        assert not any(one in page for one in ("/register?", "/upstream/", "/organisation"))


def test_who_has_no_mandate_is_told_who_can_give_one(docked_city: City) -> None:
    """Once; then they go on, for whomever they may."""
    persona, _ = known(docked_city)
    firm = appoint(docked_city, persona)
    visitor = proves(arrives(docked_city, persona, "shaanxi"), persona)
    told, said = visitor.path, visitor.text
    visitor.fill()

    assert ("/upstream-organisation", True) == (told, f"“{firm.name}”没有在这里授权您" in said)
    assert "法定代表人（负责人）或管理员" in said
    assert ("/notice", False) == (visitor.path, firm.name in visitor.text)


def test_a_childs_guardian_is_shown_the_way(town: City) -> None:
    visitor = town.traveller().enters("child")

    assert "未满 14 周岁，请监护人登记" in visitor.text and 'href="/account/family"' in visitor.text
    assert "暂时" not in visitor.text and "用本地方式登录" not in visitor.text


def test_level_one_is_called_by_what_it_rests_on(town: City) -> None:
    """Nobody who gave no phone is told that one was confirmed."""
    visitor = town.traveller().enters("nameless-too")
    joining = visitor.text
    home = visitor.fill(agreement="yes").text

    assert ("/account", True) == (visitor.path, "一级 · 身份未核验" in home)
    assert "一级 · 身份未核验" in joining and "手机验证" not in joining + home


def test_more_than_three_are_folded(docked_city: City) -> None:
    names = list(docked_city.stage.services.settings.upstreams)
    shown, _, folded = docked_city.traveller().get("/sign-in").text.partition("<details><summary>其他平台")

    assert (names[:3], names[3:]) == tuple(re.findall(r"/upstream/(\w+)", part) for part in (shown, folded))


def test_one_that_is_down_is_told_once(tmp_path: Path) -> None:
    """Above the form, where its visit has just ended; else beside its button."""
    gone = {"province": table(f"http://127.0.0.1:{servers.free_port()}")}
    with staged(tmp_path, issuer=ISSUER, upstreams=gone) as stage:
        after = Traveller(City(stage, None, ""), Walker(stage, stage.app.test_client(), "192.0.2.1"))  # type: ignore[arg-type]
        after.departs()
        again = after.browser.address
        boxes = [after.text.count("panel warn")]
        boxes.append(
            Walker(stage, stage.app.test_client(), "192.0.2.1").get("/sign-in").text.count("panel warn")
        )

    assert (True, [1, 1]) == (again.endswith("/sign-in"), boxes)
