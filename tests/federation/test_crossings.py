"""What one upstream, or whoever knows its answers, must not do by way of another."""

import secrets
import time
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

import pytest
import requests
from sqlalchemy import select

from federation.models import UpstreamLink
from idp import clock
from idp.audit import scope
from idp.authenticators import password
from idp.crypto import jose, passwords
from idp.persons.models import Person
from idp.sessions.models import SignInSession
from tests.federation.docked import ASKED_BEHIND
from tests.federation.peers import Peer, Walker
from tests.federation.stage import City
from tests.federation.test_leaving import EVENT
from tests.federation.test_two_cities import PORTAL, agree, begin, come_from_a, province, redeem
from tests.idp.account.stage import PASSWORD

__all__ = ["province"]


@pytest.mark.parametrize("other", sorted(set(ASKED_BEHIND) - {"shaanxi"}))
def test_an_answer_is_taken_at_its_own_upstream_alone(docked_city: City, other: str) -> None:
    """Mix-up: at the callback of another, whose visit is open too, it redeems nothing there."""
    persona, visitor = docked_city.newcomer(), docked_city.traveller()
    visitor.comes_back(visitor.departs("shaanxi"), persona.key)
    elsewhere = f"/federation/{other}/callback?{urlsplit(visitor.callback).query}"
    without_a_visit = visitor.arrives(elsewhere).status
    visitor.get("/sign-in").departs(other)
    before = dict(docked_city.province.calls)
    visitor.arrives(elsewhere)

    assert (410, "/sign-in") == (without_a_visit, visitor.path)
    assert before == dict(docked_city.province.calls)
    assert docked_city.stage.person(persona.number) is None


def test_the_same_id_at_two_upstreams_is_two_accounts(docked_city: City) -> None:
    """An id is somebody's at the upstream that gave it; another could give it to whomever it likes."""
    docked_city.traveller().enters("nameless", "shaanxi").agrees()
    visitor = docked_city.traveller().enters("nameless", "cas")
    asked = visitor.path
    visitor.agrees()
    linked = {
        name: docked_city.rows(UpstreamLink, UpstreamLink.upstream == name)[-1] for name in ("shaanxi", "cas")
    }

    assert ("/upstream-new", "/account") == (asked, visitor.path)
    assert linked["shaanxi"].subject_sealed != linked["cas"].subject_sealed
    assert linked["shaanxi"].person_id != linked["cas"].person_id


def live(peer: Peer) -> list[SignInSession]:
    """The sessions of a provider that live, oldest first."""
    with peer.services.database.reading() as db:
        query = select(SignInSession).where(SignInSession.ended_at.is_(None))
        return list(db.scalars(query.order_by(SignInSession.started_at)))


def tells(hub: Peer, by: Peer, at: str, sid: str) -> int:
    """One city tells the hub, as the named upstream, that a session is over."""
    issued = int(time.time())
    said = {"iss": by.url, "aud": "hub", "iat": issued, "exp": issued + 120, "jti": secrets.token_hex(8)}
    key = by.services.extras["oauth"].keyring.signing("RS256")
    token = jose.sign({**said, "sid": sid, "events": {EVENT: {}}}, key, "logout+jwt")
    form = {"logout_token": token}
    return requests.post(f"{hub.url}/federation/{at}/logout", form, timeout=60).status_code


def test_a_city_signs_nobody_out_who_came_from_another(province: dict[str, Peer]) -> None:
    """Neither in its own name, with the other's id of the session, nor in the other's."""
    come_from_a(province, 3)
    hub, a, b = (province[name] for name in ("hub", "city-a", "city-b"))
    [session] = live(hub)[-1:]
    stay = hub.services.extras["federation"].stays.find(session.id)
    given = [tells(hub, b, "city-b", stay.kept["sid"]), tells(hub, b, "city-a", stay.kept["sid"])]
    lives = session.id in {one.id for one in live(hub)}
    given.append(tells(hub, a, "city-a", stay.kept["sid"]))

    assert [204, 400, 204] == given
    assert lives and session.id not in {one.id for one in live(hub)}


def test_a_sign_out_that_crosses_ends_this_browser_alone(province: dict[str, Peer]) -> None:
    """Somebody else is in by the same way, and the same person in another browser."""
    walker, told = come_from_a(province, 4)
    stays, _ = come_from_a(province, 5)
    asked = {"id_token_hint": told["id_token"], "post_logout_redirect_uri": f"{PORTAL}/bye"}
    walker.get(f"{province['city-b'].url}/oauth/logout?{urlencode(asked)}")
    homes = [Walker(stays.session).get(f"{peer.url}/account").path for peer in province.values()]

    assert f"{PORTAL}/bye" == walker.page.url
    assert ["/account"] * 3 == homes


def test_no_address_leads_back_to_where_a_request_came_from(province: dict[str, Peer]) -> None:
    """A button that is not shown is not there by its address either."""
    walker = begin(province["city-b"]).follow("/upstream/hub")
    ends = [walker.get(urljoin(walker.page.url, "upstream/city-b")).path]
    walker.follow("/upstream/city-a")
    ends.append(walker.get(urljoin(walker.page.url, "upstream/hub")).path)
    begun = len([url for url in walker.seen if "/oauth/authorize" in url])

    assert ["/sign-in"] * 2 == ends
    assert 3 == begun


@pytest.mark.parametrize("length", [20, 300])
def test_padding_a_request_opens_no_way_back(province: dict[str, Peer], length: int) -> None:
    """Names too many or too long to be kept, put before that of the hub it came from."""
    padding = " ".join(f"https://{number}".ljust(length, "x") for number in range(8))
    asked = parse_qs(urlsplit(begin(province["city-b"]).seen[0]).query)
    plain, padded = (
        Walker().get(f"{province['city-b'].url}/oauth/authorize?{urlencode({**asked, **more}, doseq=True)}")
        for more in ({}, {"hops": f"{padding} {province['hub'].url}"})
    )

    assert ["/sign-in"] * 2 == [plain.path, padded.path]
    assert "/upstream/hub" in plain.page.text
    assert "/upstream/hub" not in padded.page.text


def test_a_level_does_not_grow_on_the_way(province: dict[str, Peer]) -> None:
    """Nobody knows who that is in A; the hub and B know no more than somebody came, whatever they map."""
    a = province["city-a"]
    with scope.within(scope.Scope("peers", "peers")), a.services.database.writing() as db:
        person = Person(locale="zh-Hans", origin="page", login_name="nobody_knows", created_at=clock.now())
        db.add(person)
        db.flush()
        password.set_hash(db, person.id, passwords.hash_password(PASSWORD), "registration", clock.now())
    walker = begin(province["city-b"]).follow("/upstream/hub").follow("/upstream/city-a")
    walker.send("sign-in", login="nobody_knows", password=PASSWORD)
    agree(walker)

    assert walker.page.url.startswith(PORTAL)
    assert "ial1.aal1" == redeem(province["city-b"], walker)["acr"]
