"""What somebody from an upstream is told when it does not go straight on; the way on can be walked."""

import re

from tests.federation.stage import City

LINK = "/upstream-link"


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


def test_with_one_upstream_no_other_is_offered(town: City) -> None:
    persona = town.newcomer()
    town.registered(persona)
    visitor = town.traveller().enters(persona.key)

    assert (LINK, False) == (visitor.path, "other-upstreams" in visitor.text)


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
