"""The guide's snippets about acting for organisations, run: against the product where they call it."""

import json
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

import pytest
from joserfc.errors import JoseError
from werkzeug.serving import make_server

from idp.clients.metadata import TOKEN_EXCHANGE
from tests.attacks.whole import Whole, standing
from tests.examples.conftest import CLIENT_ID, Issuer, Silent
from tests.examples.test_integration_guide import named, run
from tests.examples.test_security_events import event
from tests.idp.oauth.enterprise import Enterprise
from tests.idp.oauth.world import ISSUER, Registered, SignedIn, claims_of

THERE = "https://tax.example.gov.cn/api"


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Whole]:
    """The product in one process."""
    with standing(tmp_path_factory.mktemp("home")) as whole:
        yield whole


@pytest.fixture(scope="module")
def company(whole: Whole) -> Enterprise:
    """A company with matters."""
    return Enterprise(whole)


@pytest.fixture(scope="module")
def portal(company: Enterprise) -> Registered:
    """A client as the guide says to register it."""
    grants = ["authorization_code", "refresh_token", "client_credentials", TOKEN_EXCHANGE]
    return company.portal(
        scope="openid profile mandates", matters=["group:A"], grant_types=grants, resources=[THERE]
    )


@pytest.fixture
def snippet(whole: Whole, portal: Registered, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Runs a snippet of the guide as that client, against the product on a port of its own."""
    host = urlsplit(ISSUER).netloc

    def under_its_name(environ: Any, start: Any) -> Any:
        """As a proxy in front of it passes requests on."""
        return whole.front({**environ, "HTTP_HOST": host}, start)

    server = make_server("127.0.0.1", 0, under_its_name, request_handler=Silent, threaded=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    environment = {
        "ISSUER": f"http://127.0.0.1:{server.port}",
        "CLIENT_ID": portal.id,
        "CLIENT_SECRET": portal.secret or "",
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    yield lambda first_line: run(named(first_line))
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def agent(company: Enterprise, portal: Registered) -> SignedIn:
    """Somebody who may apply in one matter, and has been told of this portal."""
    agent = company.agent("S-1", actions="apply")
    company.world.agree(agent, portal)
    return agent


def entering(company: Enterprise, portal: Registered, agent: SignedIn) -> Any:
    """Tokens got with what `company.py` adds to the request."""
    asked = run(named("company.py"))["asking_for"]("S-1", "apply", company.code)
    return company.world.tokens(portal, agent, **asked)


def test_the_request_is_understood_and_the_claims_are_read(
    company: Enterprise, portal: Registered, agent: SignedIn
) -> None:
    """What is added to the request makes the token say for whom; a person's own says nobody."""
    claims = claims_of(entering(company, portal, agent)["id_token"])
    read = run(named("company.py"))["on_whose_behalf"]

    assert (company.code, claims["organisation"]["name"], claims["act"]["sub"]) == read(claims)
    assert read({"sub": "p1"}) is None


def test_every_claim_that_is_printed_is_sent_and_no_other_is(
    company: Enterprise, portal: Registered, agent: SignedIn
) -> None:
    """The example in the guide has the very members of a token."""
    text = named("company.py")
    guide = Path("docs/integration.md").read_text(encoding="utf-8")
    printed = json.loads(guide.split(text)[1].split("```json\n")[1].split("```")[0])
    sent = claims_of(entering(company, portal, agent)["id_token"])
    standard = {"iss", "aud", "iat", "exp", "auth_time", "at_hash", "nonce"}

    assert set(printed) == set(sent) - standard
    for name in ("organisation", "act"):
        assert set(printed[name]) == set(sent[name])
    assert set(printed["authorization_details"][0]) == set(sent["authorization_details"][0])


def test_a_portal_asks_before_it_does_something(
    snippet: Any, company: Enterprise, portal: Registered, agent: SignedIn
) -> None:
    """Yes and no, each with a reason the guide has in its table."""
    person = claims_of(entering(company, portal, agent)["id_token"])["act"]["sub"]
    may = snippet("may.py")["may"]
    yes = may(person, company.code, "S-1", "apply", "test", use=True)
    no = [
        may(person, company.code, matter, action, "test")
        for matter, action in (("S-2", "apply"), ("S-1", "pay"))
    ]
    stranger = may("nobody", company.code, "S-1", "apply", "test")

    assert (True, "allowed", company.code) == (yes["allowed"], yes["reason"], yes["organisation"]["code"])
    assert ["matter_not_granted", "action_not_granted"] == [one["reason"] for one in no]
    assert "no_mandate" == stranger["reason"]


def test_a_department_calls_another(
    snippet: Any, company: Enterprise, portal: Registered, agent: SignedIn
) -> None:
    """The new token is for the other, still for the company, and names who passed it on."""
    token = entering(company, portal, agent)["access_token"]
    exchanged = claims_of(snippet("exchange.py")["exchanged"](token, THERE, scope="openid"))

    assert (THERE, "openid", company.code) == (
        exchanged["aud"],
        exchanged["scope"],
        exchanged["organisation"]["code"],
    )
    assert (portal.id, claims_of(token)["act"]["sub"]) == (
        exchanged["act"]["sub"],
        exchanged["act"]["act"]["sub"],
    )


def test_an_event_is_read(issuer: Issuer) -> None:
    """Of a published key, for this client; another event is none of a mandate."""
    read, jwks = run(named("events.py"))["ended_mandate"], {"keys": issuer.published()}

    assert ("o1", "m1") == read(event(issuer), jwks, issuer.url, CLIENT_ID)
    assert not read(event(issuer, events={"urn:other": {}}), jwks, issuer.url, CLIENT_ID)


@pytest.mark.parametrize(
    "changed", [{"iss": "http://evil.example"}, {"aud": "another"}, {"typ": "at+jwt"}, {"iat": None}]
)
def test_what_is_no_event_of_ours_is_refused(issuer: Issuer, changed: dict[str, Any]) -> None:
    """What people copy must not be the weak point."""
    read, jwks = run(named("events.py"))["ended_mandate"], {"keys": issuer.published()}

    with pytest.raises(JoseError):
        read(event(issuer, **changed), jwks, issuer.url, CLIENT_ID)


def test_every_reason_is_explained() -> None:
    """The guide has a word for whatever the API answers, and the sample portal a sentence."""
    from examples.city_portal.business_words import REFUSALS
    from idp.mandates.rules import Reason

    guide = Path("docs/integration.md").read_text(encoding="utf-8")
    nobodys = {Reason.ALLOWED, Reason.MATTER_UNKNOWN, Reason.MATTER_WITHDRAWN, Reason.ACTION_NOT_OFFERED}

    assert [] == [reason for reason in Reason if f"`{reason}`" not in guide]
    assert {reason.value for reason in Reason if reason not in nobodys} <= set(REFUSALS)
