"""An organisation's sign-in at an upstream is nobody's here: several people may know it (domain §4.8)."""

import itertools
import re
from base64 import b64decode
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from sqlalchemy import update
from werkzeug.test import Client

from connectors.simulator.personas import Persona
from federation import asserted
from federation.simulator.people import Firm
from idp import clock
from idp.mandates import states, succession
from idp.oauth.checks.pkce import challenge_of
from idp.oauth.machine import create_machine
from idp.organisations import synthetic
from idp.persons.models import Person
from idp.saml import machine as saml_machine
from idp.sessions.models import SignInSession
from idp.settings_upstreams import UpstreamTable
from idp.sign_in.arrivals import ARRIVED
from idp.storage import configuration
from idp.web import department_systems
from tests.federation.docked import TABLES
from tests.federation.stage import ISSUER, City, Traveller, table
from tests.federation.test_every_dialect import coming
from tests.idp.account.stage import PASSWORD
from tests.idp.cas.world import SERVICE, CasWorld
from tests.idp.mandates.office import organisation
from tests.idp.oauth.world import CALLBACK, VERIFIER, SignedIn, World
from tests.idp.saml.hall import Hall

OWN_PROOF = "/upstream-organisation"
ORGANISATION = ("organisation_code", "organisation_name")
NUMBERS = itertools.count(301)


@pytest.fixture(scope="module", autouse=True)
def no_interval() -> Iterator[None]:
    """Systems are registered and entered in the same second."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(configuration, "INTERVAL", 0.0)
        yield


def appoint(city: City, persona: Persona, index: int = 0) -> Firm:
    """From now on this person comes from there for a company."""
    number = index or next(NUMBERS)
    firm = Firm(synthetic.credit_code(number), f"示范第{number}科技有限公司")
    object.__setattr__(city.citizen(persona), "firm", firm)
    return firm


def arrives(city: City, persona: Persona, name: str) -> Traveller:
    """At a portal where people may come for themselves or for others, by that upstream, for a company."""
    visitor = coming(city, "organisation") if name == "zhejiang" else coming(city, "person", "organisation")
    return visitor.enters(persona.key, name)


def entrances(city: City, visitor: Traveller, person: Person) -> dict[str, bool]:
    """
    Which of them let this browser in without showing a page: whatever it has been given is sent along.

    The person has agreed to everything before, at each of them.
    """
    services = city.stage.services
    world = World(services.extras["oauth"])
    portal, cas = world.client(scope="openid"), CasWorld(world).service(f"{SERVICE}/{next(NUMBERS)}")
    system, registered = Hall(world, services).system()
    for one in (portal, cas, registered):
        world.agree(SignedIn(person.id, person.id, ""), one)
    front = saml_machine.create_machine(
        services.extras["saml"], services.extras["carriers"], city.stage.app.wsgi_app
    )
    routes = department_systems.routes(services.extras, world.oauth)
    browser = Client(create_machine(world.oauth, front, routes), use_cookies=False)
    kept = "; ".join(f"{one.key}={one.value}" for one in (visitor.browser.client._cookies or {}).values())

    def ask(path: str, query: str = "") -> str:
        answer = browser.get(path, query_string=query, base_url=ISSUER, headers={"Cookie": kept})
        return answer.headers.get("Location", "") or answer.text

    asked = {"client_id": portal.id, "response_type": "code", "redirect_uri": CALLBACK, "scope": "openid"}
    pkce = {"code_challenge": challenge_of(VERIFIER), "code_challenge_method": "S256", "prompt": "none"}
    service = {"service": cas.client.raw["services"][0]["prefix"], "gateway": "true"}
    answer = ask("/saml/sso", system.query(system.request(IsPassive="true")))
    return {
        "own pages": "/sign-in" not in ask("/account"),
        "openid": "code=" in ask("/oauth/authorize", urlencode(asked | pkce)),
        "cas": "ticket=" in ask("/cas/login", urlencode(service)),
        "saml": "NoPassive"
        not in b64decode(re.findall(r'name="SAMLResponse" value="([^"]+)"', answer)[0]).decode(),
    }


NOBODY = dict.fromkeys(("own pages", "openid", "cas", "saml"), False)
EVERYWHERE = dict.fromkeys(NOBODY, True)


def sessions(city: City, person: Person) -> int:
    return len(city.rows(SignInSession, SignInSession.person_id == person.id))


def known(city: City) -> tuple[Persona, Person]:
    """Somebody registered here, with a password."""
    persona = city.newcomer()
    city.registered(persona)
    person = city.stage.person(persona.number)
    assert person is not None
    return persona, person


def proves(visitor: Traveller, persona: Persona) -> Traveller:
    """By the password, from the page that asks for a proof."""
    way = re.search(r'href="([^"]*/sign-in)"', visitor.text)
    assert way, visitor.text
    return visitor.get(way[1]).fill(login=persona.phone, password=PASSWORD)


@pytest.mark.parametrize("name", sorted(TABLES))
def test_whomever_it_names_nobody_is_signed_in(docked_city: City, name: str) -> None:
    """No page of one's own, no portal, no department system, and nothing is linked or believed."""
    persona, person = known(docked_city)
    firm = appoint(docked_city, persona)
    before = sessions(docked_city, person)
    visitor = arrives(docked_city, persona, name)

    assert (OWN_PROOF, True) == (visitor.path, firm.name in visitor.text)
    assert before == sessions(docked_city, person)
    assert NOBODY == entrances(docked_city, visitor, person)
    assert [] == docked_city.links(person)
    assert "upstream" not in {one.method for one in docked_city.evidence(person)}


@pytest.mark.parametrize("name", ["national", "saml"])
def test_a_link_to_ones_own_account_there_does_not_help(docked_city: City, name: str) -> None:
    """These name the same account whether its person comes for themselves or for a company."""
    persona = docked_city.newcomer()
    docked_city.traveller().enters(persona.key, name).agrees()
    person = docked_city.stage.person(persona.number)
    assert person is not None
    appoint(docked_city, persona)
    visitor = arrives(docked_city, persona, name)

    assert OWN_PROOF == visitor.path
    assert NOBODY == entrances(docked_city, visitor, person)


@pytest.mark.parametrize(
    "page", ["", "/capacity", "/consent", "/step-up", "/done", "/upstream", "/upstream-new", "/upstream-link"]
)
def test_no_page_of_the_way_leads_past_the_proof(docked_city: City, page: str) -> None:
    """Whoever writes the address, or sends the form of another page."""
    persona, person = known(docked_city)
    appoint(docked_city, persona)
    before = sessions(docked_city, person)
    visitor = arrives(docked_city, persona, "shaanxi")
    base = visitor.browser.address.removesuffix(OWN_PROOF)
    ends = [visitor.get(base + page).path]
    visitor.browser.post(base + page, {"capacity": "self", "decision": "accept", "agreement": "yes"})
    ends.append(visitor.path)

    assert set(ends) <= {OWN_PROOF, "/sign-in", base + page, page}
    assert "/sign-in" == visitor.get("/account").path
    assert before == sessions(docked_city, person)


def test_a_person_of_the_company_goes_on_for_it(docked_city: City) -> None:
    """By a proof of their own; the company they signed in for there is chosen already."""
    persona, person = known(docked_city)
    number = next(NUMBERS)
    firm = appoint(docked_city, persona, number)
    with docked_city.stage.services.database.writing() as db:
        for made in (organisation(number, clock.now()), organisation(next(NUMBERS), clock.now())):
            db.add(made)
            db.flush()
            succession.appoint(db, states.hold(db, made.id), person.id, None, clock.now())
    visitor = proves(arrives(docked_city, persona, "zhejiang"), persona)
    chosen = re.findall(r"<input[^>]* checked><span><b>([^<]*)", visitor.text)

    assert ("/capacity", [f"代表 {firm.name}"]) == (visitor.path, chosen)
    assert EVERYWHERE == entrances(docked_city, visitor, person)


def test_a_mandate_is_not_made_by_it(docked_city: City) -> None:
    """The upstream says for whom they come; whether they may is judged here."""
    persona, _ = known(docked_city)
    firm = appoint(docked_city, persona)
    visitor = proves(arrives(docked_city, persona, "zhejiang"), persona)
    told = visitor.path
    visitor.fill()

    assert (OWN_PROOF, "/capacity") == (told, visitor.path)
    assert firm.name not in visitor.text


def test_each_time_anew(docked_city: City) -> None:
    """Neither a session from before, nor the province's word for its person, is the proof."""
    persona, person = known(docked_city)
    visitor = coming(docked_city, "person", "organisation")
    handle = visitor.browser.address
    visitor.browser.sign_in(persona.phone)
    with docked_city.stage.services.database.writing() as db:
        earlier = clock.now() - timedelta(minutes=5)
        mine = update(SignInSession).where(SignInSession.person_id == person.id)
        db.execute(mine.values(authenticated_at=earlier))
    appoint(docked_city, persona)
    address = visitor.leaves(handle.replace("/sign-in", "/upstream/shaanxi"))
    visitor.comes_back(address, persona.key).arrives()

    assert OWN_PROOF == visitor.path


def test_who_comes_as_themselves_after_all_is_let_in(docked_city: City) -> None:
    """Back to the sign-in page and to the province once more, with one's own account there."""
    persona = docked_city.newcomer()
    docked_city.traveller().enters(persona.key, "shaanxi").agrees()
    appoint(docked_city, persona)
    visitor = arrives(docked_city, persona, "shaanxi")
    object.__setattr__(docked_city.citizen(persona), "firm", None)
    visitor.fill()
    visitor.enters(persona.key, "shaanxi")

    assert visitor.path in {"/capacity", "/notice", "/done"}


@pytest.mark.parametrize("page", [OWN_PROOF, "/upstream-link"])
def test_an_arrival_that_is_lost_traps_nobody(docked_city: City, page: str) -> None:
    """Forgotten, or left open for too long: a good sign-in goes on as it always does."""
    persona, person = known(docked_city)
    if page == OWN_PROOF:
        appoint(docked_city, persona)
    visitor = arrives(docked_city, persona, "shaanxi")
    arrived_at, handle = visitor.path, visitor.browser.address.split("/")[2]
    services = docked_city.stage.services
    interaction = services.interactions.find(handle)
    assert interaction is not None
    services.extras["federation"].arrivals.take(interaction.kept[ARRIVED])
    proves(visitor, persona)

    assert (page, False) == (arrived_at, "upstream" in visitor.path or visitor.path == "/sign-in")
    assert [] == docked_city.links(person)


def test_its_account_is_linked_to_nobody(docked_city: City) -> None:
    """Everybody who knows it would be in by it."""
    persona, person = known(docked_city)
    appoint(docked_city, persona)
    visitor = docked_city.traveller().get("/sign-in").fill(login=persona.phone, password=PASSWORD)
    page = visitor.browser.client.get("/account/upstreams/add/saml")
    visitor.comes_back(page.headers["Location"], persona.key).arrives()
    visitor.browser.post(
        "/account/upstreams/confirm",
        dict(re.findall(r'name="(arrival|csrf_token)" value="([^"]+)"', visitor.text)),
    )

    assert [] == docked_city.links(person)


def test_an_employer_that_comes_along_can_be_left_unread() -> None:
    """Of an upstream whose people's own accounts name one; a dialect's profile says which account it is."""
    said, unread = {"organisation_code": "x", "organisation_name": "y"}, dict.fromkeys(ORGANISATION, "")
    read, left = (table("https://id.province.example", claims=claims) for claims in ({}, unread))
    heard = [asserted.heard(UpstreamTable.model_validate(one), said) for one in (read, left)]

    assert [("x", "y"), ("", "")] == [tuple(one[name] for name in ORGANISATION) for one in heard]


def test_an_organisation_without_a_number_is_not_its_agents_own_account(docked_city: City) -> None:
    """An answer by that way which names none is not believed."""
    persona, person = known(docked_city)
    object.__setattr__(docked_city.citizen(persona), "firm", Firm("", "没有代码的单位"))
    before = sessions(docked_city, person)
    ends = [arrives(docked_city, persona, name).path for name in ("zhejiang", "liaoning", "saml")]

    assert ["/sign-in", "/sign-in", OWN_PROOF] == ends
    assert before == sessions(docked_city, person)
