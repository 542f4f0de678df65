"""GET /api/balance as a caller sees it."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from examples.housing_fund.access_tokens import Gate
from examples.housing_fund.api import api_routes
from examples.relying_party.signing_keys import SigningKeys, published_by
from tests.examples.conftest import AUDIENCE, Issuer


@pytest.fixture
def api(issuer: Issuer, keys: SigningKeys) -> FlaskClient:
    app = Flask(__name__)
    app.register_blueprint(api_routes(Gate(issuer.url, AUDIENCE, "profile", 3, keys)))
    return app.test_client()


def test_the_same_person_finds_the_same_account(api: FlaskClient, issuer: Issuer) -> None:
    """
    The account is of whoever the token speaks for, not of the token.
    """
    first, second, other = (
        api.get("/api/balance", headers={"Authorization": f"Bearer {issuer.access_token(sub=sub, jti=jti)}"})
        for sub, jti in (("p1", "a"), ("p1", "b"), ("p2", "c"))
    )

    assert (200, True, False) == (first.status_code, first.json == second.json, first.json == other.json)


def test_a_refusal_carries_the_challenge(api: FlaskClient, issuer: Issuer) -> None:
    """
    Body and WWW-Authenticate tell a caller the same (RFC 6750 §3, RFC 9470 §3).
    """
    token = issuer.access_token(ial=2)

    answer = api.get("/api/balance", headers={"Authorization": f"Bearer {token}"})

    assert 401 == answer.status_code
    assert answer.json is not None
    assert ("insufficient_user_authentication", "ial3.aal1") == (
        answer.json["error"],
        answer.json["acr_values"],
    )
    assert 'error="insufficient_user_authentication"' in answer.headers["WWW-Authenticate"]


def test_without_keys_nobody_is_judged(issuer: Issuer) -> None:
    """
    The provider being away is 503, neither an open door nor an invalid token.
    """
    app = Flask(__name__)
    unreachable = SigningKeys(lambda: published_by(issuer.url))
    app.register_blueprint(api_routes(Gate(issuer.url, AUDIENCE, "profile", 3, unreachable)))

    answer = app.test_client().get(
        "/api/balance", headers={"Authorization": f"Bearer {issuer.access_token()}"}
    )

    assert (503, {"error": "temporarily_unavailable"}) == (answer.status_code, answer.json)


def test_without_a_token_there_is_nothing(api: FlaskClient) -> None:
    """
    The API is not public.
    """
    answer = api.get("/api/balance")

    assert (401, 'Bearer realm="housing-fund"') == (answer.status_code, answer.headers["WWW-Authenticate"])
