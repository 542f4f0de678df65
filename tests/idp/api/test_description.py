"""The description of the API is true: every route, every model, and nothing that breaks on what it allows."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.core import NotSet

from idp.api.asking import Problem
from idp.api.description import document
from tests.attacks.whole import Whole, standing, told
from tests.idp.api.app import App
from tests.idp.oauth.world import Registered

SCOPE = "openid profile sign_in_api mandates old_users verification mandate_management"
CASES = 4
"""Of each operation; more are played by hand before a release."""


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Whole]:
    with standing(tmp_path_factory.mktemp("home"), limit_source_per_minute=10_000) as whole:
        yield whole


@pytest.fixture(scope="module")
def portal(whole: Whole) -> Registered:
    return whole.client(scope=SCOPE)


def test_every_route_is_described_and_every_description_is_a_route(whole: Whole) -> None:
    """Nothing is hidden, and nothing is promised."""
    routes = {
        (method.lower(), re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule))
        for rule in whole.stage.app.url_map.iter_rules()
        if rule.rule.startswith("/api/v1")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    described = {(method, path) for path, told in document()["paths"].items() for method in told}

    assert routes == described


def test_it_is_served_to_everybody(whole: Whole) -> None:
    """Whoever builds a client needs no token to read how."""
    answer = whole.http.get("/api/v1/openapi.json")

    assert (200, "3.1.0") == (answer.status_code, told(answer)["openapi"])


def test_every_model_has_an_example() -> None:
    """A reader sees what to send."""
    lacking = [
        name
        for name, schema in document()["components"]["schemas"].items()
        if name not in {"Held", "DocumentType", "Action", "State"} and "examples" not in schema
    ]

    assert [] == lacking


def clients(whole: Whole, portal: Registered, **more: str) -> str:
    """The client's own token."""
    asked = {"grant_type": "client_credentials", "scope": f"{SCOPE} subject_changes", **more}
    return str(told(whole.post("/oauth/token", portal, **asked))["access_token"])


def persons(whole: Whole, portal: Registered) -> str:
    """The token of somebody who has just confirmed with a second factor."""
    signed_in = whole.sign_in(amr="pwd otp")
    whole.agree(signed_in, portal, "openid mandate_management")
    return str(whole.tokens(portal, signed_in, scope="openid mandate_management")["access_token"])


SCHEMA = schemathesis.openapi.from_dict(json.loads(json.dumps(document())))
OPERATIONS = sorted((path, method) for path, told in document()["paths"].items() for method in told)


def by_clients(path: str, method: str) -> list[str]:
    """The scope that a client's own token needs there."""
    asked = document()["paths"][path][method].get("security", [{}])[0]
    return list(asked.get("client", []))


@pytest.mark.parametrize(("path", "method"), [one for one in OPERATIONS if by_clients(*one)])
def test_no_operation_takes_a_token_that_is_for_others_or_for_less(
    whole: Whole, path: str, method: str
) -> None:
    """Whoever was shown it at a resource server would else ask in its client's name."""
    there = "https://housing.example/api"
    client = whole.client(scope=SCOPE, resources=[there])
    answers = []
    for asked in ({"resource": there}, {"scope": "openid"}):
        headers = {"Authorization": f"Bearer {clients(whole, client, **asked)}", "Yitong-Device": "d" * 43}
        place = re.sub(r"\{\w+\}", "x" * 43, path)
        answers.append(whole.http.open(place, method=method, json={}, headers=headers))

    assert [401, 403] == [one.status_code for one in answers]
    assert ["invalid_token", "insufficient_scope"] == [told(one)["code"] for one in answers]


@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_whatever_the_description_allows_is_answered_as_it_says(
    whole: Whole, portal: Registered, path: str, method: str
) -> None:
    """Never a 5xx, never a status that is not described, refusals as problems with a code."""
    token = persons(whole, portal) if "/me/" in path else clients(whole, portal)
    app = App(whole, portal).begin()
    allowed = set(document()["paths"][path][method]["responses"])

    @settings(
        max_examples=CASES, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
    )
    @given(case=SCHEMA[path][method.upper()].as_strategy())
    def played(case: schemathesis.Case[Any]) -> None:
        body = None if isinstance(case.body, NotSet) else json.dumps(case.body)
        sent = {name: value for name, value in dict(case.headers or {}).items() if value.isascii()}
        sent |= {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        if "{sign_in}" in path:  # a live one, or every answer would be 404
            sent["Yitong-Device"] = app.secret
        address = path.replace("{sign_in}", app.sign_in) if "{sign_in}" in path else case.formatted_path
        answer = whole.http.open(address, method=method, data=body, headers=sent)
        if answer.status_code >= 400:
            Problem.model_validate(told(answer))
        assert str(answer.status_code) in allowed

    played()
