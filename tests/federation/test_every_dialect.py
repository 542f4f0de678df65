"""People of the province come through every dialect it speaks, to the same pages and the same rules."""

import re
from contextlib import suppress
from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest

from federation.models import UpstreamLink
from federation.simulator.people import Citizen
from idp import clock
from idp.clients import onboarding
from idp.clients.models import ClientClass
from idp.evidence.models import Evidence
from idp.interaction.record import Demand, Interaction
from idp.oauth import standing
from idp.persons import synthetic
from idp.persons.identifiers import DocumentType
from idp.persons.models import CertKey
from idp.sessions import lifecycle
from idp.sessions.models import SignInSession
from tests.federation.docked import TABLES
from tests.federation.stage import ISSUER, City, Traveller


@pytest.mark.parametrize("name", sorted(TABLES))
def test_somebody_new_begins_an_account_and_comes_again(docked_city: City, name: str) -> None:
    """The registry and the upstream vouch for the document; the second time nothing is asked."""
    persona = docked_city.newcomer()
    visitor = docked_city.traveller().enters(persona.key, name).agrees()
    person = docked_city.stage.person(persona.number)

    assert "/account" == visitor.path
    assert {"registry_match", "upstream"} <= {one.method for one in docked_city.evidence(person)}
    assert {name} == {one.upstream for one in docked_city.links(person)}
    assert "/account" == docked_city.traveller().enters(persona.key, name).path


@pytest.mark.parametrize("name", sorted(set(TABLES) - {"national"}))
def test_signing_out_here_signs_out_there(docked_city: City, name: str) -> None:
    """By its page, or by a call of ours; the page says that it has confirmed."""
    visitor = docked_city.traveller().enters(docked_city.newcomer().key, name).agrees()
    visitor.get("/sign-out").fill("/sign-out", decision="leave")
    docked_city.stage.work()
    address = visitor.leaves("/signed-out/next")
    if address:
        address = visitor.elsewhere.get(address, allow_redirects=False).headers["Location"]
    visitor.get(address.removeprefix(ISSUER) or "/signed-out")

    assert "1 个服务都已退出。" in visitor.text
    assert "没有人登录" in visitor.elsewhere.get(docked_city.url).text


def leaves(city: City, name: str) -> Traveller:
    """Somebody from there, who has just signed out here."""
    visitor = city.traveller().enters(city.newcomer().key, name).agrees()
    return visitor.get("/sign-out").fill("/sign-out", decision="leave")


def goes_on(visitor: Traveller, path: str = "/signed-out/next") -> Traveller:
    """To the next place, and back."""
    address = visitor.leaves(path)
    back = visitor.elsewhere.get(address, allow_redirects=False).headers["Location"]
    return visitor.get(back.removeprefix(ISSUER))


def test_an_upstream_without_a_sign_out_is_named_so(docked_city: City) -> None:
    """It is not counted among who confirms, and its person is told where to go."""
    visitor = leaves(docked_city, "national")
    visitor.get("/signed-out/next")

    assert "没有退出接口，请到那里退出" in visitor.text
    assert 'id="told"' not in visitor.text


def test_a_call_that_is_not_heard_is_tried_again(docked_city: City) -> None:
    """The page says so, until the upstream has answered."""
    docked_city.lies("error_500", "shaanxi.logout")
    visitor = leaves(docked_city, "shaanxi")
    queued = visitor.text
    docked_city.stage.work()
    waiting = visitor.get("/signed-out").text
    docked_city.stage.pass_pauses()
    docked_city.stage.work()

    assert "正在通知" in queued
    assert "已退出 0/1" in waiting and "未响应，正在重试" in waiting
    assert "1 个服务都已退出。" in visitor.get("/signed-out").text


def entered(city: City) -> tuple[Traveller, UUID]:
    """Somebody who came through Shaanxi, whose sign-out is a call of ours, and their session."""
    persona = city.newcomer()
    visitor = city.traveller().enters(persona.key, "shaanxi").agrees()
    person = city.stage.person(persona.number)
    assert person is not None
    [session] = city.rows(SignInSession, SignInSession.person_id == person.id)
    return visitor, session.id


def ends(city: City, session_id: UUID, reason: str, dies: bool = False) -> None:
    """The session here is over, or would have been if the process had not died; the worker works on."""
    with suppress(InterruptedError), city.stage.services.database.writing() as db:
        lifecycle.end(db, [db.get_one(SignInSession, session_id)], reason, clock.now())
        if dies:
            raise InterruptedError
    city.stage.work()


def is_there(city: City, visitor: Traveller) -> bool:
    return "没有人登录" not in visitor.elsewhere.get(city.url).text


def test_the_call_is_queued_by_what_ends_the_session(docked_city: City) -> None:
    """In its transaction: a process that dies after it leaves nothing undone, before it nothing is told."""
    visitor, session_id = entered(docked_city)
    ends(docked_city, session_id, lifecycle.SIGNED_OUT, dies=True)
    was_there = is_there(docked_city, visitor)
    ends(docked_city, session_id, lifecycle.SIGNED_OUT)

    assert [True, False] == [was_there, is_there(docked_city, visitor)]


@pytest.mark.parametrize("reason", ["replaced", "signed_out_upstream", "person_frozen"])
def test_only_who_signs_out_leaves_the_province_too(docked_city: City, reason: str) -> None:
    """Whose session ends here for another reason has not said so, or has said so there."""
    visitor, session_id = entered(docked_city)
    ends(docked_city, session_id, reason)

    assert is_there(docked_city, visitor)
    assert "/sign-in" == visitor.get("/account").path


@pytest.mark.parametrize("lie", ["denied", "forged"])
def test_a_province_that_does_not_say_yes_has_not_confirmed(docked_city: City, lie: str) -> None:
    """SAML Profiles §4.4.4.2: a signed word of success, or it is tried once more at its person's press."""
    visitor = leaves(docked_city, "saml")
    docked_city.lies(lie, "saml.slo")
    shown = goes_on(visitor).text
    goes_on(visitor, "/signed-out/next?to=0")

    assert "已退出 0/1" in shown and "没有返回结果" in shown
    assert "1 个服务都已退出。" in visitor.text


def brings_anothers(city: City, name: str) -> tuple[Traveller, str]:
    """Somebody on the way out, who comes back by another's address; and that address."""
    other, visitor = leaves(city, name), leaves(city, name)
    address = other.leaves("/signed-out/next")
    back = other.elsewhere.get(address, allow_redirects=False).headers["Location"].removeprefix(ISSUER)
    visitor.leaves("/signed-out/next")
    return visitor.get(back), back


def test_somebody_elses_answer_confirms_nothing(docked_city: City) -> None:
    """A signed word of success is about one session: a link with another's must not reassure anybody."""
    visitor, _ = brings_anothers(docked_city, "saml")

    assert "已退出 0/1" in visitor.text and "没有返回结果" in visitor.text


@pytest.mark.parametrize("query", ["", "?state=", "?state=another"])
@pytest.mark.parametrize("name", ["cas", "guangdong", "liaoning", "zhejiang"])
def test_a_link_to_our_address_confirms_nothing(docked_city: City, name: str, query: str) -> None:
    """Nothing signed comes back: only the state of this sign-out counts, and a link does not spend it."""
    visitor = leaves(docked_city, name)
    address = visitor.leaves("/signed-out/next")
    shown = visitor.get(f"/federation/{name}/left{query}").text
    back = visitor.elsewhere.get(address, allow_redirects=False).headers["Location"]

    assert "已退出 0/1" in shown and "没有返回结果" in shown
    assert "1 个服务都已退出。" in visitor.get(back.removeprefix(ISSUER)).text


def test_the_way_back_of_another_sign_out_confirms_nothing(docked_city: City) -> None:
    """A state belongs to one browser and one sign-out: somebody else's is worth no more than none."""
    visitor, back = brings_anothers(docked_city, "cas")
    stranger = docked_city.traveller().get(back)

    assert "已退出 0/1" in visitor.text and "没有返回结果" in visitor.text
    assert 'id="told"' not in stranger.text


def test_who_does_not_come_back_is_not_held(docked_city: City) -> None:
    """The page that was shown before says so, and sends nobody there again by itself."""
    visitor = leaves(docked_city, "cas")
    visitor.leaves("/signed-out/next")
    visitor.get("/signed-out")

    assert "没有返回结果" in visitor.text
    assert visitor.browser.page is not None
    assert "/signed-out/next" not in visitor.browser.page.headers.get("Refresh", "")
    assert 'href="/sign-in"' in visitor.text


def coming(city: City, *capacities: str) -> Traveller:
    """A browser on its way to a portal that lets people come as these."""
    details = {
        "client_name": "企业服务门户",
        "redirect_uris": ["https://firms.example.gov.cn/callback"],
        "scope": "openid",
        "capacities": list(capacities),
    }
    services, visitor = city.stage.services, city.traveller()
    with services.database.writing() as db:
        client_id = onboarding.create(db, details, ClientClass.GOVERNMENT, clock.now())[0].id
    client = services.clients.find(client_id)
    assert client is not None
    demand = replace(standing.demand(client), on_behalf=standing.on_behalf(client))
    handle = services.interactions.add(Interaction(demand, "oauth", {}, clock.now()))
    path = f"/interaction/{handle}"
    name, _, value = services.cookies.keep_interaction(handle).partition(";")[0].partition("=")
    visitor.browser.client.set_cookie(name, value, path=path)
    return visitor.get(path)


def way_of(address: str) -> str:
    return "organisation" if "/spsaehandler/" in address else "person"


def test_a_portal_for_organisations_asks_for_their_sign_in(docked_city: City) -> None:
    """Where the upstream has one; where people may come as themselves it is theirs to say."""
    found = [
        way_of(coming(docked_city, *capacities).departs("zhejiang"))
        for capacities in (("organisation",), ("person", "organisation"), ("person",))
    ]

    assert ["organisation", "person", "person"] == found


def test_who_presses_for_organisations_comes_by_that_way(docked_city: City) -> None:
    """法人登录 offers the upstreams that know it, and no other."""
    visitor = coming(docked_city, "person", "organisation")
    tab = re.search(r'href="(/interaction/[^"]+/organisation)"', visitor.text)
    assert tab
    visitor.get(tab[1])
    buttons = re.findall(r'href="([^"]+/upstream/[^"]+)"', visitor.text)
    (button,) = buttons

    assert button.endswith("/upstream/zhejiang?as=organisation")
    assert "organisation" == way_of(visitor.leaves(button))


def test_an_organisations_sign_in_leads_to_no_portal_for_people(docked_city: City) -> None:
    """Whoever writes the address: several people may know it, and nobody is themselves by it."""
    visitor = coming(docked_city, "person")
    button = re.search(r'href="([^"]+/upstream/zhejiang)"', visitor.text)
    assert button
    handle = button[1].split("/")[2]

    assert "person" == way_of(visitor.leaves(f"{button[1]}?as=organisation"))
    assert "as=organisation" not in visitor.get(f"/interaction/{handle}/organisation").text


@pytest.mark.parametrize("name", ["cas", "guangdong", "liaoning", "shaanxi", "zhejiang"])
def test_a_sign_nobody_knows_lets_in_at_the_level_that_was_told(docked_city: City, name: str) -> None:
    """What is left is a way to reach somebody: 1 on the page, 1 in the account, and no 0 for portals."""
    persona = docked_city.newcomer()
    docked_city.lies("unknown_level", f"{name}.user")
    visitor = docked_city.traveller().enters(persona.key, name)
    told = visitor.text
    visitor.agrees()
    link = docked_city.rows(UpstreamLink, UpstreamLink.upstream == name)[-1]
    levels = [one.level for one in docked_city.rows(Evidence, Evidence.person_id == link.person_id)]

    assert "一级" in told
    assert [1] == levels


@pytest.mark.parametrize("name", sorted(set(TABLES) - {"cas", "saml"}))
def test_a_document_without_a_sign_of_its_own_is_left_out(docked_city: City, name: str) -> None:
    """Somebody whose kind of document a dialect has no code for is let in low, and the line stays up."""
    key, born = f"passport-{name}", date(1992, 1, 23)
    number = synthetic.residence_permit(DocumentType.HK_RESIDENCE_PERMIT, born, "F", 8)
    docked_city.province.people.add(Citizen(key, "", "陈嘉欣", DocumentType.HK_RESIDENCE_PERMIT, number))
    visitor = docked_city.traveller().enters(key, name)

    assert "/upstream-new" == visitor.path
    assert "没有提供经过核验的证件" in visitor.text


@pytest.mark.parametrize(
    "demand", [Demand("portal", prompt=frozenset({"login"})), Demand("portal", max_age=300)]
)
def test_who_must_prove_themselves_anew_is_not_sent_where_that_cannot_be(
    docked_city: City, demand: Demand
) -> None:
    """A dialect without a word for it is not offered; its own single sign-on would answer for last week."""
    federation = docked_city.stage.services.extras["federation"]

    assert set(TABLES) == set(federation.offered(Demand("portal")))
    assert {"cas", "saml"} == set(federation.offered(demand))


@pytest.mark.parametrize("name", sorted(TABLES))
def test_an_answer_that_is_wrong_lets_nobody_in(docked_city: City, name: str) -> None:
    """Back at the sign-in page, which has other ways; nothing has come into being."""
    persona = docked_city.newcomer()
    docked_city.lies("garbage", f"{name}.user")
    visitor = docked_city.traveller().enters(persona.key, name)

    assert "/sign-in" == visitor.path
    assert docked_city.stage.person(persona.number) is None


def test_a_saml_upstreams_operator_finds_our_metadata(docked_city: City) -> None:
    """Only where the upstream speaks SAML."""
    browser = docked_city.stage.app.test_client()
    page = browser.get("/federation/saml/metadata")

    assert f'Location="{ISSUER}/federation/saml/callback"' in page.text
    assert 404 == browser.get("/federation/cas/metadata").status_code


def test_who_was_handed_down_brings_the_national_hash(docked_city: City) -> None:
    """It is kept sealed with the account that was activated, and names where it came from."""
    persona = docked_city.newcomer()
    docked_city.traveller().enters(persona.key, "national").agrees()
    person = docked_city.stage.person(persona.number)
    assert person is not None
    [kept] = docked_city.rows(CertKey, CertKey.person_id == person.id)

    assert "national" == kept.origin
    assert docked_city.citizen(persona).cert_key.encode() not in kept.value_sealed
