"""What an instance is among others is one setting (domain §1.1); the hub has a page of tests of its own."""

from collections.abc import Iterator

import pytest

from tests.attacks.whole import Whole
from tests.federation.stage import City, city
from tests.idp.account.stage import POPULATION
from tests.idp.api.app import SCOPE, App


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    """A city whose people register at the province (统分)."""
    with city(tmp_path_factory.mktemp("broker"), mode="broker") as made:
        yield made


@pytest.fixture(scope="module")
def tenant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    """A province whose cities are departments of its own instance (统建); the nation is above it."""
    changes = {"run_by": "nation", "title": "国家政务服务平台"}
    with city(tmp_path_factory.mktemp("tenant"), changes=changes, mode="tenant") as made:
        yield made


def test_a_broker_registers_nobody(broker: City) -> None:
    """Its register page leads to the province, from where an account begins here all the same."""
    persona = broker.newcomer()
    visitor = broker.traveller().get("/sign-in")
    handle = visitor.browser.address.split("/")[2]
    address = visitor.leaves(f"/register?interaction={handle}")
    visitor.comes_back(address, persona.key).arrives().agrees()

    assert address.startswith(broker.url)
    assert "/account" == visitor.path
    assert ["created"] == [one.proven_by for one in broker.links(broker.stage.person(persona.number))]


@pytest.mark.parametrize("way", ["sign-in", "organisation"])
def test_a_broker_says_where_one_registers(broker: City, way: str) -> None:
    """Nobody is led to another's site by a button that says nothing of it."""
    visitor = broker.traveller().get("/sign-in")
    handle = visitor.browser.address.split("/")[2]
    there = visitor.get(f"/interaction/{handle}/{way}").text

    assert "还没有账号？到“陕西政务服务网”注册" in there


def test_a_broker_offers_no_phone_to_register_with(broker: City) -> None:
    """Whose phone nobody has here learns where people register, and comes there by the button."""
    phone, visitor = broker.newcomer().phone, broker.traveller().get("/sign-in")
    handle = visitor.browser.address.split("/")[2]
    visitor.get(f"/interaction/{handle}/sms").fill(phone=phone)
    said = visitor.fill(code=broker.stage.messages(phone)[0]["code"]).text

    assert "请到“陕西政务服务网”注册" in said and "用这个号码注册" not in said
    assert visitor.leaves(f"/register?interaction={handle}").startswith(broker.url)


@pytest.mark.parametrize("path", ["/register", "/register/identity", "/register/password"])
def test_a_broker_has_no_page_to_register_on(broker: City, path: str) -> None:
    """By its address neither."""
    visitor = broker.traveller().get(path)

    assert "/sign-in" == visitor.path


def test_a_broker_registers_nobody_through_the_interface(broker: City) -> None:
    """R1-19 offers pages and interface; what the pages do not do, an approved client does not do either."""
    whole = Whole(broker.stage.services.extras["oauth"], stage=broker.stage)
    persona = broker.newcomer()
    app = App(whole, whole.client(scope=SCOPE)).begin()
    app.step("/registration", phone=persona.phone)

    assert (403, "registered_elsewhere") == app.refusal
    assert [] == broker.stage.messages(persona.phone)


def test_a_broker_names_the_province_to_guardians(broker: City) -> None:
    """A child under 14 is not registered here either and no registry is asked; a child is told so too."""
    grown, child = broker.newcomer(), POPULATION.persona("child")
    guardian = broker.traveller().enters(grown.key).agrees()
    asked, page = broker.stage.calls(), "/account/family/add"
    fields = {"kind": child.kind, "name": child.name, "number": child.number, "relation": "52"}
    guardian.browser.get(page).fill(page, **fields, agreement="yes", sensitive="yes")
    arrived = broker.traveller().enters("child").text

    assert "请到上级平台登记" in guardian.text and "请在“陕西政务服务网”登记" in guardian.text
    assert (asked, None) == (broker.stage.calls(), broker.stage.person(child.number))
    assert "在“陕西政务服务网”登记和代办" in arrived and 'href="/account/family"' not in arrived


def test_a_city_of_its_own_registers_its_people(town: City) -> None:
    """And admits the province's (分建)."""
    persona = town.newcomer()
    town.registered(persona)

    assert town.stage.person(persona.number) is not None
    assert "/account" == town.traveller().enters(town.newcomer().key).agrees().path


def test_a_province_of_tenants_docks_the_nation(tenant: City) -> None:
    """It registers people for all its cities, and admits the nation's."""
    persona = tenant.newcomer()
    tenant.registered(persona)

    assert tenant.stage.person(persona.number) is not None
    assert "/account" == tenant.traveller().enters(tenant.newcomer().key).agrees().path
