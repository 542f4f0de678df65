"""Exchanging a token for one to call another department with: less of everything, and never more."""

import json
from typing import Any

import pytest

from idp.clients.metadata import TOKEN_EXCHANGE
from idp.oauth.grants.token_exchange import ACCESS_TOKEN
from tests.idp.oauth.enterprise import MATTER, Enterprise
from tests.idp.oauth.world import Registered, World, claims_of

HERE = "https://fund.example.gov.cn/api"
THERE = "https://tax.example.gov.cn/api"


class Departments:
    """A portal whose tokens a fund accepts, which calls the tax office."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.company = Enterprise(world)
        self.portal = self.company.portal(resources=[HERE])
        self.fund = world.client(
            serves=[HERE], resources=[THERE], grant_types=[TOKEN_EXCHANGE, "client_credentials"]
        )
        self.tax = world.client(serves=[THERE], resources=[HERE], grant_types=[TOKEN_EXCHANGE])
        self.who = world.sign_in()
        self.mandate = self.company.mandate(self.who.person_id, "S-1")
        world.agree(self.who, self.portal)

    def detail(self, **changes: Any) -> dict[str, Any]:
        return {
            "type": MATTER,
            "organisation": self.company.code,
            "matter": "S-1",
            "action": "apply",
            **changes,
        }

    def token(self) -> str:
        tokens = self.world.tokens(
            self.portal, self.who, authorization_details=json.dumps([self.detail(amount=500)])
        )
        return str(tokens["access_token"])

    def exchange(self, token: str, by: Registered | None = None, **form: str | None) -> Any:
        sent: dict[str, str | None] = {
            "subject_token": token,
            "subject_token_type": ACCESS_TOKEN,
            "resource": THERE,
            **form,
        }
        return self.world.post("/oauth/token", by or self.fund, grant_type=TOKEN_EXCHANGE, **sent)


@pytest.fixture
def departments(each_world: World) -> Departments:
    """Over each pair of stores."""
    return Departments(each_world)


@pytest.fixture
def small(world: World) -> Departments:
    """Over the embedded stores."""
    return Departments(world)


def test_the_new_token_is_for_the_other_and_names_who_passed_it_on(departments: Departments) -> None:
    """Audience changes, subject and organisation stay, the chain of actors is kept (RFC 8693 §4.1)."""
    before = claims_of(departments.token())
    answer = departments.exchange(departments.token())
    after = claims_of(answer.json["access_token"])
    seen = departments.world.introspect(departments.tax, answer.json["access_token"])

    assert (200, THERE, before["sub"]) == (answer.status_code, after["aud"], after["sub"])
    assert (departments.fund.id, before["act"]["sub"]) == (after["act"]["sub"], after["act"]["act"]["sub"])
    assert answer.json["expires_in"] <= 60
    assert seen["active"]
    assert departments.company.code == seen["organisation"]["code"]


def test_scope_and_matter_shrink(small: Departments) -> None:
    """Less is given, more is refused."""
    less = small.exchange(
        small.token(), authorization_details=json.dumps([small.detail(amount=100, project="P-1")])
    )

    assert [small.detail(amount=100, project="P-1")] == claims_of(less.json["access_token"])[
        "authorization_details"
    ]


@pytest.mark.parametrize(
    "changes",
    [
        {"matter": "S-2"},
        {"action": "pay"},
        {"amount": 501},
        {"organisation": "91210000MAYYYY0164"},
        {"admin": True},
        {"amount": True},
        {"amount": -1},
        {"project": ["P"]},
        {"project": "\ud800"},
        {"project": "P" * 65},
        {"region": "all"},
    ],
)
def test_wider_details_are_refused(small: Departments, changes: dict[str, Any]) -> None:
    """Another matter, action or organisation, a higher amount, an unknown field, a limit that is none."""
    wider = json.dumps([{**small.detail(amount=500), **changes}])

    refused = small.exchange(small.token(), authorization_details=wider)

    assert "invalid_authorization_details" == refused.json["error"]


def test_a_limit_cannot_be_dropped(small: Departments) -> None:
    """Leaving out the amount would lift it."""
    refused = small.exchange(small.token(), authorization_details=json.dumps([small.detail()]))

    assert "invalid_authorization_details" == refused.json["error"]


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"resource": None}, "invalid_target"),
        ({"resource": HERE}, "invalid_target"),
        ({"audience": "https://else.example/api"}, "invalid_target"),
        ({"subject_token": "nonsense"}, "invalid_request"),
        ({"subject_token_type": "urn:ietf:params:oauth:token-type:jwt"}, "invalid_request"),
        ({"requested_token_type": "urn:ietf:params:oauth:token-type:saml2"}, "invalid_request"),
        ({"actor_token": "x"}, "invalid_request"),
        ({"scope": "openid identity_document"}, "invalid_scope"),
    ],
)
def test_what_does_not_fit_is_refused(small: Departments, form: dict[str, Any], error: str) -> None:
    """In the protocol's own form."""
    assert error == small.exchange(small.token(), **form).json["error"]


def test_a_token_for_somebody_else_is_none(small: Departments) -> None:
    """A department that the token was not made for gets nothing for it."""
    assert "invalid_request" == small.exchange(small.token(), by=small.tax, resource=HERE).json["error"]


def test_it_dies_with_what_it_came_from(departments: Departments) -> None:
    """Mandate, session and the first authorization: the end of any ends it."""
    token = departments.exchange(departments.token()).json["access_token"]
    departments.company.revoke(departments.mandate)

    assert {"active": False} == departments.world.introspect(departments.tax, token)


def test_it_dies_when_the_first_token_is_revoked_with_its_session(small: Departments) -> None:
    """Signing out ends what was passed on, too."""
    token = small.exchange(small.token()).json["access_token"]
    small.world.end_session(small.who)

    assert {"active": False} == small.world.introspect(small.tax, token)


def test_a_chain_has_an_end(small: Departments) -> None:
    """Representative's agent, fund, tax office: no fourth stands behind them."""
    once = small.exchange(small.token()).json["access_token"]
    twice = small.exchange(once, by=small.tax, resource=HERE).json["access_token"]

    assert 2 == sum(claims_of(twice)["act"][key] is not None for key in ("sub", "act"))
    assert "invalid_request" == small.exchange(twice).json["error"]


def test_an_exchanged_token_opens_no_userinfo(small: Departments) -> None:
    """It is for one resource server, and that is not us."""
    token = small.exchange(small.token()).json["access_token"]

    assert 401 == small.world.userinfo(token).status_code
