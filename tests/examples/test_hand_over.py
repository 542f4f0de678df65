"""What a portal sends to a provider that is there, and what the provider may tell it."""

from urllib.parse import parse_qsl, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient

from examples.city_portal.app import create_app as create_city_portal
from examples.housing_fund.app import create_app as create_housing_fund
from examples.relying_party.settings import PortalSettings
from tests.examples.conftest import AUDIENCE, CLIENT_ID, Issuer


@pytest.fixture
def settings(served: Issuer) -> PortalSettings:
    return PortalSettings(served.url, CLIENT_ID, "secret", "127.0.0.1", 8301, "http://127.0.0.1:8301")


@pytest.fixture
def city(settings: PortalSettings) -> Flask:
    return create_city_portal(settings, "http://127.0.0.1:8302")


def asked(visitor: FlaskClient, path: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(visitor.get(path).headers["Location"]).query))


def test_a_request_proves_who_began_it(city: Flask) -> None:
    """
    Code flow with state, nonce and PKCE by S256, fresh each time (RFC 9700 §2.1).
    """
    first, second = (asked(city.test_client(), "/sign-in") for _ in range(2))
    fresh = ("state", "nonce", "code_challenge")

    assert ("code", "S256", CLIENT_ID) == (
        first["response_type"],
        first["code_challenge_method"],
        first["client_id"],
    )
    assert all(first[name] and first[name] != second[name] for name in fresh)


def test_registering_asks_for_a_new_registration(city: Flask) -> None:
    """
    The button of that name sends prompt=create; signing in sends no prompt, so a session is enough.
    """
    visitor = city.test_client()

    assert ("create", None) == (
        asked(visitor, "/register")["prompt"],
        asked(visitor, "/sign-in").get("prompt"),
    )


def test_the_fund_asks_for_level_three(settings: PortalSettings) -> None:
    """
    Opening the account without a session leads to the provider with the level the fund needs.
    """
    visitor = create_housing_fund(settings, AUDIENCE, "http://127.0.0.1:8301").test_client()

    assert "/sign-in" == visitor.get("/account").headers["Location"]
    assert "ial3.aal1" == asked(visitor, "/sign-in")["acr_values"]


def test_a_link_into_the_fund_leads_back_to_its_page(settings: PortalSettings) -> None:
    """
    Whoever opens the form of a withdrawal signs in on the way; who then asks for the account gets that.
    """
    visitor = create_housing_fund(settings, AUDIENCE, "http://127.0.0.1:8301").test_client()
    wanted = []
    for page in ("/withdraw", "/account"):
        assert "/sign-in" == visitor.get(page).headers["Location"]
        with visitor.session_transaction() as visit:
            wanted.append(visit.get("back_to"))

    assert ["/withdraw", None] == wanted


@pytest.mark.parametrize(
    ("accepted", "expected"),
    [
        ("en-GB,en;q=0.9,zh;q=0.1", "en zh-Hans"),
        ("zh-CN,en;q=0.8", "zh-Hans"),
        ("fr,en;q=0.5", "en zh-Hans"),
        ("fr", "zh-Hans"),
        ("", "zh-Hans"),
    ],
)
def test_a_first_visit_is_in_the_language_of_the_browser(city: Flask, accepted: str, expected: str) -> None:
    """By the first that is one of ours; Chinese where none is."""
    visitor = city.test_client()
    visitor.environ_base["HTTP_ACCEPT_LANGUAGE"] = accepted

    assert expected == asked(visitor, "/sign-in")["ui_locales"]


def test_the_language_travels_along(city: Flask) -> None:
    """
    Whoever reads English here reads it there.
    """
    assert "en zh-Hans" == asked(city.test_client(), "/sign-in?lang=en")["ui_locales"]


def test_a_logout_token_ends_the_visit(city: Flask, served: Issuer) -> None:
    """
    The provider's word ends the session in a browser that does nothing (Back-Channel Logout 1.0 §2.7).
    """
    visitor = city.test_client()
    with visitor.session_transaction() as visit:
        visit["person"] = {"sub": "p1", "sid": "s1", "name": "欧阳静怡"}

    answer = city.test_client().post("/backchannel-logout", data={"logout_token": served.logout_token()})

    assert (200, {"ended": 1}, "no-store") == (
        answer.status_code,
        answer.json,
        answer.headers["Cache-Control"],
    )
    assert "欧阳静怡" not in visitor.get("/").text


def test_a_forged_logout_token_ends_nothing(city: Flask, served: Issuer) -> None:
    """
    The answer is 400 and says why (Back-Channel Logout 1.0 §2.8).
    """
    token = served.logout_token(aud="another")

    answer = city.test_client().post("/backchannel-logout", data={"logout_token": token})

    assert (400, "logout token refused: audience") == (
        answer.status_code,
        (answer.json or {})["error_description"],
    )


def test_signing_out_takes_the_sign_in_along(city: Flask) -> None:
    """
    The provider is asked to end the session too: which one, and where to return (RP-Initiated Logout §2).
    """
    visitor = city.test_client()
    with visitor.session_transaction() as visit:
        visit.update(person={"sub": "p1"}, tokens={"id_token": "hint"}, form_token="f")

    location = visitor.post("/sign-out", data={"form_token": "f"}).headers["Location"]
    sent = dict(parse_qsl(urlsplit(location).query))

    assert ("hint", "http://127.0.0.1:8301/signed-out", CLIENT_ID) == (
        sent["id_token_hint"],
        sent["post_logout_redirect_uri"],
        sent["client_id"],
    )
    assert 200 == visitor.get(f"/signed-out?state={sent['state']}").status_code


def test_a_farewell_nobody_asked_for_says_nothing(city: Flask) -> None:
    """
    A link to the farewell page cannot make people believe they are signed out.
    """
    assert "/" == city.test_client().get("/signed-out?state=invented").headers["Location"]


def test_a_provider_of_another_name_is_not_followed(settings: PortalSettings, served: Issuer) -> None:
    """
    A configuration that speaks for another issuer stops the sign-in (Discovery 1.0 §4.3).
    """
    city = create_city_portal(settings, "http://127.0.0.1:8302")
    served.url = "http://another.example"

    assert 502 == city.test_client().get("/sign-in").status_code
