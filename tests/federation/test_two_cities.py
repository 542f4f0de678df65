"""单点注册、全网通办 (R0-10): registered in one city, at home in another, through the province between."""

from collections.abc import Iterator
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import requests

from idp.crypto import jose
from tests.federation.peers import SECRET, Peer, Walker, peers
from tests.idp.account.stage import PASSWORD, newcomer

PORTAL = "http://127.0.0.1:9/portal"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
"""The pair of RFC 7636 appendix B."""


@pytest.fixture(scope="module")
def province(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Peer]]:
    """City A, city B and the hub; B's portal is a client of B alone."""
    modes = {"city-a": "spoke", "hub": "hub", "city-b": "spoke"}
    above = {"city-a": ["hub"], "city-b": ["hub"], "hub": ["city-a", "city-b"]}
    with peers(tmp_path_factory.mktemp("peers"), modes, above) as made:
        made["city-b"].admits(
            "portal",
            "http://127.0.0.1:9",
            redirect_uris=[PORTAL],
            post_logout_redirect_uris=[f"{PORTAL}/bye"],
        )
        yield made


def begin(city: Peer) -> Walker:
    """A browser that a portal of this city sends to sign in."""
    asked = {
        "client_id": "portal",
        "response_type": "code",
        "redirect_uri": PORTAL,
        "scope": "openid profile",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
        "state": "s",
    }
    return Walker(stops_at=PORTAL).get(f"{city.url}/oauth/authorize?{urlencode(asked)}")


def agree(walker: Walker) -> Walker:
    """Go on past what is told and asked on the way, once each."""
    for _ in range(12):
        if "/upstream-new" == walker.path:
            walker.send("joining", agreement="yes", sensitive="yes")
        elif walker.path in {"/notice", "/consent"}:
            walker.send("decision", decision="accept")
        else:
            break
    return walker


def redeem(city: Peer, walker: Walker) -> dict[str, object]:
    """What the portal is told: the claims of the ID token, and the token itself."""
    code = parse_qs(urlsplit(walker.page.url).query)["code"][0]
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": PORTAL,
        "code_verifier": VERIFIER,
    }
    answer = requests.post(f"{city.url}/oauth/token", form, auth=("portal", SECRET), timeout=60).json()
    return {**jose.unverified(answer["id_token"]), "id_token": answer["id_token"]}


def come_from_a(province: dict[str, Peer], index: int) -> tuple[Walker, dict[str, object]]:
    """Registered in A, at B's portal: by B's button to the hub, by the hub's to A, and all the way back."""
    persona = newcomer(index)
    province["city-a"].enrols(persona)
    walker = begin(province["city-b"]).follow("/upstream/hub").follow("/upstream/city-a")
    walker.send("sign-in", login=persona.number, password=PASSWORD)
    agree(walker)
    return walker, redeem(province["city-b"], walker)


def test_registered_in_one_city_at_home_in_the_other(province: dict[str, Peer]) -> None:
    """Nobody registers twice; A's level arrives as B maps it, by a sign-in that counts as B trusts it."""
    walker, told = come_from_a(province, 1)

    assert walker.page.url.startswith(PORTAL)
    assert ("ial3.aal1", ["fed"]) == (told["acr"], told["amr"])
    assert not any("/register" in url for url in walker.seen)


def test_a_city_does_not_send_its_own_people_back(province: dict[str, Peer]) -> None:
    """In A, asked through the hub, the hub is no way to sign in; nor is B at the hub."""
    walker = begin(province["city-b"]).follow("/upstream/hub")
    at_hub = walker.page.text
    walker.follow("/upstream/city-a")

    assert "/upstream/city-b" not in at_hub
    assert "/upstream/hub" not in walker.page.text


def test_one_sign_out_crosses_all_three(province: dict[str, Peer]) -> None:
    """From B's portal over B and the hub to A, and back to the portal; all of them forget the person."""
    walker, told = come_from_a(province, 2)
    asked = {"id_token_hint": told["id_token"], "post_logout_redirect_uri": f"{PORTAL}/bye"}
    walker.get(f"{province['city-b'].url}/oauth/logout?{urlencode(asked)}")
    last = walker.page.url
    homes = [Walker(walker.session).get(f"{peer.url}/account").path for peer in province.values()]

    assert f"{PORTAL}/bye" == last
    assert ["/sign-in"] * 3 == homes
