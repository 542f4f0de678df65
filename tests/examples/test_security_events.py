"""What a portal believes of signed events, and what it ends because of them (RFC 8417, RFC 8935)."""

import time
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from examples.city_portal.app import create_app
from examples.relying_party.logout_tokens import SeenTokens
from examples.relying_party.security_events import (
    MANDATE_ENDED,
    ORGANISATION_CHANGED,
    EventRefused,
    Happened,
    verify,
)
from examples.relying_party.settings import PortalSettings
from examples.relying_party.signing_keys import SigningKeys
from tests.examples.conftest import CLIENT_ID, Issuer, without_none

ENDED = {MANDATE_ENDED: {"mandate": "m1", "reason": "revoked"}}
ORGANISATION = {"code": "91210100YY00007735", "name": "示范公司", "type": "91", "status": "live"}
ACT = {"sub": "p1", "role": "agent", "mandate": "m1", "version": 3}


def event(issuer: Issuer, typ: str = "secevent+jwt", **changed: Any) -> str:
    """A good event token, but for `changed`."""
    subject = {"format": "iss_sub", "iss": issuer.url, "sub": "o1"}
    claims = {"iss": issuer.url, "aud": CLIENT_ID, "iat": int(time.time()), "jti": "one"}
    return issuer.sign(without_none(claims | {"sub_id": subject, "events": ENDED} | changed), typ)


def test_a_good_event_says_what_happened_to_whom(issuer: Issuer, keys: SigningKeys) -> None:
    """The subject as this portal knows it, and the events by name."""
    happened = verify(event(issuer), keys, issuer.url, CLIENT_ID, SeenTokens())

    assert Happened("o1", ENDED) == happened


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"iss": "http://elsewhere.example"}, "invalid_issuer"),
        ({"aud": "another"}, "invalid_audience"),
        ({"iat": int(time.time()) - 3600}, "invalid_request"),
        ({"iat": int(time.time()) + 86_400}, "invalid_request"),
        ({"iat": None}, "invalid_request"),
        ({"jti": None}, "invalid_request"),
        ({"sub_id": None}, "invalid_request"),
        (
            {"sub_id": {"format": "iss_sub", "iss": "http://elsewhere.example", "sub": "o1"}},
            "invalid_request",
        ),
        ({"sub_id": {"format": "opaque", "id": "o1"}}, "invalid_request"),
        ({"events": {}}, "invalid_request"),
        ({"events": None}, "invalid_request"),
        ({"typ": "logout+jwt"}, "invalid_request"),  # the header's type, not a claim
    ],
)
def test_each_claim_is_checked(issuer: Issuer, keys: SigningKeys, changed: dict[str, Any], code: str) -> None:
    """An event wrong in a single claim, or a token of another kind, ends nothing."""
    with pytest.raises(EventRefused) as refused:
        verify(event(issuer, **changed), keys, issuer.url, CLIENT_ID, SeenTokens())

    assert code == refused.value.code


def test_what_was_told_before_is_taken_and_does_nothing(issuer: Issuer, keys: SigningKeys) -> None:
    """The provider repeats what got no answer; a copy that somebody kept does no more either."""
    seen, token = SeenTokens(), event(issuer)
    verify(token, keys, issuer.url, CLIENT_ID, seen)

    assert Happened("o1") == verify(token, keys, issuer.url, CLIENT_ID, seen)


@pytest.fixture
def portal(served: Issuer, settings: PortalSettings) -> Flask:
    return create_app(settings, "http://127.0.0.1:8302")


def here(portal: Flask, **person: Any) -> FlaskClient:
    """A browser in which somebody is signed in."""
    visitor = portal.test_client()
    with visitor.session_transaction() as visit:
        visit.update(person=person, tokens={"id_token": "i"}, form_token="f")
    return visitor


def is_here(visitor: FlaskClient) -> bool:
    return "portal-person" in visitor.get("/").text


def push(portal: Flask, token: str, kind: str = "application/secevent+jwt") -> int:
    return portal.test_client().post("/events", data=token, content_type=kind).status_code


def test_who_was_here_by_the_mandate_is_out(portal: Flask, served: Issuer) -> None:
    """The company's other agents stay, and so does the same person as themselves."""
    agent = here(portal, sub="o1", sid="s1", organisation=ORGANISATION, act=ACT)
    other = here(portal, sub="o1", sid="s2", organisation=ORGANISATION, act={**ACT, "mandate": "m2"})
    oneself = here(portal, sub="p1", sid="s1", name="王小明")

    assert 202 == push(portal, event(served))
    assert [False, True, True] == [is_here(one) for one in (agent, other, oneself)]


def test_everybody_of_an_organisation_that_changed_comes_in_anew(portal: Flask, served: Issuer) -> None:
    """The provider says what is true now when they return."""
    agents = [here(portal, sub="o1", sid=sid, organisation=ORGANISATION, act=ACT) for sid in ("s1", "s2")]
    changed = event(served, events={ORGANISATION_CHANGED: {"status": "deregistered"}})

    assert 202 == push(portal, changed)
    assert [False, False] == [is_here(one) for one in agents]


@pytest.mark.parametrize(("standing", "stays"), [("active", True), ("closed", False)])
def test_who_shows_what_is_still_true_stays(
    portal: Flask, served: Issuer, standing: str, stays: bool
) -> None:
    """The registry has been asked again: the organisation may act as before, or no more."""
    agent = here(portal, sub="o1", sid="s1", organisation=ORGANISATION, act=ACT)
    same = {**ORGANISATION, "standing": standing}

    assert 202 == push(portal, event(served, events={ORGANISATION_CHANGED: same}))
    assert stays == is_here(agent)


def test_what_is_no_event_is_refused(portal: Flask, served: Issuer) -> None:
    """400 for another media type, for rubbish, and for a logout token."""
    agent = here(portal, sub="o1", sid="s1", organisation=ORGANISATION, act=ACT)
    codes = [
        push(portal, event(served), "application/json"),
        push(portal, "a.b.c"),
        push(portal, served.logout_token(sub="o1")),
    ]

    assert [400] * 3 == codes
    assert is_here(agent)
