"""What the authorization endpoint refuses, whom it tells, and what it never does."""

import re
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from idp import clock
from idp.clients import onboarding
from idp.clients.models import ClientClass
from idp.interaction.record import Interaction, Step
from idp.oauth import authorization
from idp.oauth.errors import Fault
from idp.oauth.responses import FormPost, Redirect, Shown, Unfinished
from idp.oauth.views import AuthorizationCodeFlow
from idp.services import Goto
from tests.idp.oauth.world import CALLBACK, ISSUER, Registered, SignedIn, World, claims_of


@pytest.mark.parametrize(
    ("sent", "fault"),
    [
        ({"client_id": None}, Fault.CLIENT_MISSING),
        ({"client_id": "nobody"}, Fault.CLIENT_UNKNOWN),
        ({"redirect_uri": None}, Fault.REDIRECT_MISSING),
        ({"redirect_uri": CALLBACK + "/"}, Fault.REDIRECT_UNKNOWN),
        ({"redirect_uri": CALLBACK.upper()}, Fault.REDIRECT_UNKNOWN),
        ({"redirect_uri": CALLBACK + "?a=b"}, Fault.REDIRECT_UNKNOWN),
        ({"redirect_uri": "http://127.0.0.1:8399@evil.example/callback"}, Fault.REDIRECT_UNKNOWN),
        ({"redirect_uri": "https://evil.example/", "prompt": "none login"}, Fault.REDIRECT_UNKNOWN),
        ({"redirect_uri": "https://evil.example/", "response_type": "nonsense"}, Fault.REDIRECT_UNKNOWN),
        ({"redirect_uri": "https://evil.example/", "scope": "nonsense"}, Fault.REDIRECT_UNKNOWN),
        ({"redirect_uri": '"\\\x01é', "prompt": "none"}, Fault.REDIRECT_UNKNOWN),
    ],
)
def test_nothing_is_redirected_before_the_redirect_uri_matches(
    world: World, portal: Registered, sent: dict[str, str | None], fault: Fault
) -> None:
    """The person is shown what is wrong; no error leaves the site (RFC 6749 §4.1.2.1)."""
    answered = world.authorize(portal, **sent)

    assert (400, "", Shown(fault)) == (answered.response.status_code, answered.location, answered.shown)


@pytest.mark.parametrize(
    ("sent", "error"),
    [
        ({"response_type": None}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": "id_token"}, "unsupported_response_type"),
        ({"response_type": "code id_token"}, "unsupported_response_type"),
        ({"response_mode": "cookie"}, "invalid_request"),
        ({"scope": None}, "invalid_scope"),
        ({"scope": "nothing we know"}, "invalid_scope"),
        ({"code_challenge": None, "code_challenge_method": None}, "invalid_request"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"prompt": "none login"}, "invalid_request"),
        ({"prompt": '"\\é\x01'}, "invalid_request"),
        ({"max_age": "abc"}, "invalid_request"),
        ({"max_age": "-1"}, "invalid_request"),
        ({"max_age": "٣"}, "invalid_request"),
        ({"request": "eyJhbGciOiJub25lIn0.e30."}, "request_not_supported"),
        ({"request_uri": "http://169.254.169.254/"}, "request_uri_not_supported"),
        ({"registration": "{}"}, "registration_not_supported"),
        ({"claims": "{"}, "invalid_request"),
        ({"claims": "[" * 20_000}, "invalid_request"),
        ({"claims": "[]"}, "invalid_request"),
        ({"claims": '{"id_token": {"acr": 1}}'}, "invalid_request"),
        ({"claims": '{"id_token": {"acr": {"essential": true, "values": ["gold"]}}}'},
         "unmet_authentication_requirements"),
        ({"id_token_hint": "nonsense"}, "invalid_request"),
    ],
)  # fmt: skip
def test_a_bad_request_is_told_to_the_client(
    world: World, portal: Registered, citizen: SignedIn, sent: dict[str, str | None], error: str
) -> None:
    """An error code of the specification, the state and the issuer; never what was sent, never a 500."""
    answered = world.authorize(portal, citizen, **sent)

    assert (error, "s-1", ISSUER) == (answered.error, answered.values["state"], answered.values["iss"])
    assert answered.values.get("error_description", "").isascii()


@pytest.mark.parametrize("name", ["scope", "state", "response_type", "prompt", "nonce", "code_challenge"])
def test_a_repeated_parameter_is_refused(world: World, portal: Registered, name: str) -> None:
    """Parameters come once (RFC 6749 §3.1); the first of each decides where the error goes."""
    query = f"client_id={portal.id}&redirect_uri={CALLBACK}&{name}=a&{name}=a"

    assert "invalid_request" == world.authorize_raw(query).error


@pytest.mark.parametrize("name", ["client_id", "redirect_uri"])
def test_a_repeated_address_is_shown(world: World, portal: Registered, name: str) -> None:
    """Two redirect URIs are none."""
    query = f"client_id={portal.id}&redirect_uri={CALLBACK}&{name}=https://evil.example/"

    assert isinstance(world.authorize_raw(query).shown, Shown)


@pytest.mark.parametrize("query", ["state=%FF", "&".join(f"a{n}=1" for n in range(100)), "state=%00"])
def test_what_cannot_be_read_is_shown(world: World, query: str) -> None:
    """Bytes that are no UTF-8, a flood of parameters, a NUL."""
    assert Shown(Fault.REQUEST_UNREADABLE) == world.authorize_raw(query).shown


def test_a_scope_beyond_registration_is_refused(world: World) -> None:
    """A client gets what it is approved for, never more because it asks."""
    modest = world.client(scope="openid profile")

    assert "invalid_scope" == world.authorize(modest, scope="openid identity_document").error


def test_a_suspended_client_is_not_served(world: World, portal: Registered, citizen: SignedIn) -> None:
    """Suspension takes effect at the next request."""
    with world.oauth.database.writing() as db:
        onboarding.suspend(db, portal.id, clock.now())

    assert Shown(Fault.CLIENT_UNKNOWN) == world.authorize(portal, citizen).shown


def test_a_public_client_cannot_do_without_pkce(world: World) -> None:
    """Not even one whose registration asks to be excused."""
    app = world.public_client(require_pkce=False)

    assert "invalid_request" == world.authorize(app, code_challenge=None, code_challenge_method=None).error


def test_a_confidential_client_can_be_excused_from_pkce_but_not_downgraded(world: World) -> None:
    """A verifier for a code without challenge is an attack (RFC 9700 §4.8.2)."""
    old = world.client(require_pkce=False)
    signed_in = world.known(old)
    code = world.code(old, signed_in, code_challenge=None, code_challenge_method=None)

    assert 400 == world.redeem(old, code).status_code
    assert 200 == world.redeem(old, code, code_verifier=None).status_code


@pytest.mark.parametrize("separator", ["#"])
def test_the_answer_travels_in_the_fragment(
    world: World, portal: Registered, citizen: SignedIn, separator: str
) -> None:
    """`response_mode=fragment`."""
    answered = world.authorize(portal, citizen, response_mode="fragment")

    assert answered.location.startswith(CALLBACK + separator)
    assert "code" in answered.values


def test_the_answer_is_posted(world: World, portal: Registered, citizen: SignedIn) -> None:
    """`response_mode=form_post` needs a page, which gets the decision ready-made."""
    answered = world.authorize(portal, citizen, response_mode="form_post")

    assert isinstance(answered.shown, FormPost)
    assert CALLBACK == answered.shown.action
    assert {"code", "state", "iss"} == set(answered.shown.fields)


def test_state_comes_back_as_it_was(world: World, portal: Registered, citizen: SignedIn) -> None:
    """Any characters, decoded once and encoded once."""
    state = "a b&c=d#é中+%"

    assert state == world.authorize(portal, citizen, state=state).values["state"]


def test_a_request_may_be_posted(world: World, portal: Registered, citizen: SignedIn) -> None:
    """GET and POST mean the same (OIDC Core §3.1.2.1)."""
    query = f"client_id={portal.id}&redirect_uri={CALLBACK}&response_type=token"

    assert "unsupported_response_type" == world.authorize_raw(query, citizen, "POST").error


@pytest.mark.parametrize(
    ("sent", "error"),
    [
        ({}, "login_required"),
        ({"acr_values": "ial4.aal1"}, "login_required"),
    ],
)
def test_nobody_signed_in_is_told_without_a_page(
    world: World, portal: Registered, sent: dict[str, str], error: str
) -> None:
    """`prompt=none` never shows a page (OIDC Core §3.1.2.1)."""
    assert error == world.authorize(portal, prompt="none", **sent).error


def test_silence_names_what_is_missing(world: World, portal: Registered) -> None:
    """Consent, level or age: each has its error."""
    stranger = world.sign_in(ago=100)
    friend = world.known(portal, ago=100)
    essential = '{"id_token": {"acr": {"essential": true, "values": ["ial4.aal1"]}}}'
    asked: list[tuple[SignedIn, dict[str, str]]] = [
        (stranger, {}),
        (friend, {"max_age": "10"}),
        (friend, {"acr_values": "ial4.aal1"}),
        (friend, {"claims": essential}),
    ]
    errors = [world.authorize(portal, who, prompt="none", **sent).error for who, sent in asked]

    assert [
        "interaction_required",
        "login_required",
        "interaction_required",
        "unmet_authentication_requirements",
    ] == errors


def test_a_third_party_needs_consent(world: World) -> None:
    """Only legal duty replaces consent by a notice (PIPL §13)."""
    shop = world.client(ClientClass.THIRD_PARTY)

    assert "consent_required" == world.authorize(shop, world.sign_in(), prompt="none").error


def test_a_hint_of_somebody_else_is_not_ignored(world: World, portal: Registered, citizen: SignedIn) -> None:
    """Only the person the hint names may answer silently (OIDC Core §3.1.2.1)."""
    other = world.known(portal)
    hint = world.tokens(portal, other)["id_token"]

    assert "login_required" == world.authorize(portal, citizen, prompt="none", id_token_hint=hint).error
    assert world.authorize(portal, other, prompt="none", id_token_hint=hint).error is None


def test_a_hint_of_another_client_is_refused(world: World, portal: Registered, citizen: SignedIn) -> None:
    """An ID token speaks to its audience alone; an access token is none at all."""
    other = world.client()
    tokens = world.tokens(other)
    hints = [tokens["id_token"], tokens["access_token"]]

    assert ["invalid_request"] * 2 == [
        world.authorize(portal, citizen, id_token_hint=hint).error for hint in hints
    ]


def test_what_must_be_asked_begins_an_interaction(world: World, portal: Registered) -> None:
    """The browser gets the interaction's address and a cookie limited to it."""
    answered = world.authorize(portal, acr_values="ial3.aal1", ui_locales="en zh", login_hint="wang")
    interaction_id, step = answered.location.removeprefix("/interaction/").split("/")
    cookie = answered.response.headers["Set-Cookie"]
    found = world.oauth.interactions.find(interaction_id)

    assert f"Path=/interaction/{interaction_id}" in cookie and step == "sign-in"
    assert found is not None
    demand = found.demand
    assert ("oauth", ("en", "zh"), "wang") == (found.resume, demand.ui_locales, demand.login_hint)
    assert "ial3.aal1" == demand.level.acr


def begun(world: World, portal: Registered, **sent: Any) -> Interaction:
    location = world.authorize(portal, **sent).location
    found = world.oauth.interactions.find(location.split("/")[2])
    assert found is not None
    return found


def test_a_finished_interaction_is_answered(world: World, portal: Registered) -> None:
    """The person has signed in meanwhile; the client gets its code."""
    interaction = begun(world, portal)
    signed_in = world.known(portal)
    answer = authorization.finish(world.oauth, interaction, world.facts(signed_in, portal), clock.now())

    assert isinstance(answer, Redirect)
    assert "code=" in answer.url and "state=s-1" in answer.url


def test_an_unfinished_interaction_is_not_answered(world: World, portal: Registered) -> None:
    """`finish` believes no caller: what is missing is said."""
    interaction = begun(world, portal, prompt="login")
    facts = world.facts(world.known(portal, ago=60), portal)

    assert Unfinished(Step.SIGN_IN) == authorization.finish(world.oauth, interaction, None, clock.now())
    assert Unfinished(Step.SIGN_IN) == authorization.finish(world.oauth, interaction, facts, clock.now())
    met = replace(interaction, met=frozenset({"login"}))
    assert isinstance(authorization.finish(world.oauth, met, facts, clock.now()), Redirect)


def test_no_is_told_to_the_client(world: World, portal: Registered) -> None:
    """Declining is an answer (RFC 6749 §4.1.2.1)."""
    answer = authorization.decline(world.oauth, begun(world, portal), clock.now())

    assert isinstance(answer, Redirect)
    assert "error=access_denied" in answer.url


def test_a_missing_second_way_is_told_from_a_missing_level(world: World, portal: Registered) -> None:
    """One error (Unmet Authentication Requirements 1.0), and a description for each."""
    flow = AuthorizationCodeFlow(world.oauth)
    answers = [flow.decline(begun(world, portal), why) for why in ("unmet_level", "no_second_way")]
    said = [parse_qs(urlsplit(one.url).query) for one in answers if isinstance(one, Goto)]

    assert [["unmet_authentication_requirements"]] * 2 == [one["error"] for one in said]
    assert ["level", "second way"] == [
        re.findall("level|second way", one["error_description"][0])[0] for one in said
    ]


def test_an_optional_scope_is_granted_only_if_chosen(world: World) -> None:
    """What the person left out is not in the token."""
    portal = world.client(optional_scope="phone")
    signed_in = world.sign_in()
    world.agree(signed_in, portal, "openid profile")
    tokens = world.tokens(portal, signed_in, scope="openid profile phone")

    assert "openid profile" == tokens["scope"]
    assert "phone_number" not in (world.userinfo(tokens["access_token"]).json or {})


def test_the_client_minimum_holds_whatever_is_asked(world: World) -> None:
    """A request cannot ask for less than the client's registered level."""
    fund = world.client(minimum_acr="ial3.aal1")
    weak = world.sign_in(world.person(level=2))
    world.agree(weak, fund)

    assert "interaction_required" == world.authorize(fund, weak, prompt="none", acr_values="ial1.aal1").error


def test_the_id_token_tells_the_levels_of_the_sign_in(world: World, portal: Registered) -> None:
    """Two factors, level four."""
    signed_in = world.known(portal, person_id=world.person(level=4), amr="pwd sms")
    said = claims_of(world.tokens(portal, signed_in)["id_token"])

    assert ("ial4.aal2", 4, 2, ["pwd", "sms"]) == (said["acr"], said["ial"], said["aal"], said["amr"])
