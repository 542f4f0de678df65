"""企业办事 at the city portal: asked of the provider at the moment it is done, and said in words."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

from examples.city_portal.app import create_app
from examples.city_portal.business import LEVEL
from examples.city_portal.business_words import REFUSALS
from examples.city_portal.companies import of_the_company, of_the_person
from examples.relying_party.levels import reaches
from examples.relying_party.settings import PortalSettings
from tests.examples.conftest import Issuer, Silent, while_serving
from tests.examples.test_security_events import ACT, ORGANISATION

MATTER = "/business/210100-sb-002/apply"
CODE = ORGANISATION["code"]
COMPANY = {"sub": "o1", "sid": "s1", "ial": 3, "aal": 1, "organisation": ORGANISATION, "act": ACT}


class Answering:
    """A provider's token endpoint and mandate API, which answer as they are told and note what was asked."""

    def __init__(self, issuer: Issuer) -> None:
        self.issuer = issuer
        self.answer: dict[str, Any] = {"allowed": True, "reason": "allowed", "minimum_acr": "ial3.aal1"}
        self.status = 200
        self.asked: list[dict[str, Any]] = []

    def app(self) -> Any:
        @Request.application
        def answer(request: Request) -> Response:
            if request.path == "/oauth/token":
                assert "mandates" == request.form["scope"]
                token = {"access_token": "own", "token_type": "Bearer", "expires_in": 300}
                return Response(json.dumps(token), mimetype="application/json")
            if request.path.startswith("/api/v1/mandates/"):
                assert "Bearer own" == request.headers["Authorization"]
                self.asked.append(json.loads(request.get_data()))
                return Response(json.dumps(self.answer), self.status, mimetype="application/json")
            url = self.issuer.url
            configuration = {"issuer": url, "authorization_endpoint": f"{url}/authorize", "jwks_uri": url}
            return Response(json.dumps(configuration), mimetype="application/json")

        return answer


@pytest.fixture
def provider(issuer: Issuer) -> Iterator[Answering]:
    answering = Answering(issuer)
    server = make_server("127.0.0.1", 0, answering.app(), request_handler=Silent, threaded=True)
    issuer.url = f"http://127.0.0.1:{server.port}"
    for _ in while_serving(server, issuer):
        yield answering


@pytest.fixture
def portal(provider: Answering, settings: PortalSettings) -> Flask:
    return create_app(settings, "http://127.0.0.1:8302")


@pytest.fixture
def visitor(portal: Flask) -> FlaskClient:
    return portal.test_client()


def enter(visitor: FlaskClient, **person: Any) -> None:
    with visitor.session_transaction() as visit:
        visit.update(person=person, tokens={"id_token": "i"}, form_token="f")


def sent(answer: Any) -> dict[str, Any]:
    """What the provider is asked for."""
    return dict(parse_qsl(urlsplit(answer.headers["Location"]).query))


def test_a_stranger_is_sent_with_what_they_want_to_do(visitor: FlaskClient) -> None:
    """The provider judges matter, level and, where a link names it, company (RFC 9396)."""
    plain, named = sent(visitor.get(MATTER)), sent(visitor.get(f"{MATTER}?organisation={CODE}"))
    detail = {"type": "urn:yitong:matter", "matter": "210100-sb-002", "action": "apply"}

    assert [detail] == json.loads(plain["authorization_details"])
    assert [detail | {"organisation": CODE}] == json.loads(named["authorization_details"])
    assert "prompt" not in plain


def test_who_is_here_as_themselves_chooses_first(visitor: FlaskClient) -> None:
    """They are told; the button lets them choose, and nobody is sent in circles."""
    enter(visitor, sub="p1", sid="s1", name="王小明")
    page = visitor.get(MATTER)

    assert (200, True) == (page.status_code, f'href="{MATTER}/enter"' in page.text)
    assert "select_capacity" == sent(visitor.get(f"{MATTER}/enter"))["prompt"]


def test_a_company_submits(visitor: FlaskClient, provider: Answering) -> None:
    """Asked when the page is shown, and again, as done, when it is sent; the person is `act.sub`."""
    enter(visitor, **COMPANY)
    page, done = visitor.get(MATTER), visitor.post(MATTER, data={"form_token": "f"})
    question = {"sub": "p1", "organisation": CODE, "matter": "210100-sb-002", "action": "apply"}

    assert 'id="business"' in page.text and 'id="business-done"' in done.text
    assert [False, True] == [asked["use"] for asked in provider.asked]
    assert all(question.items() <= asked.items() and asked["purpose"] for asked in provider.asked)


@pytest.mark.parametrize("reason", [*sorted(set(REFUSALS) - {LEVEL}), "something_new"])
def test_a_refusal_is_a_sentence(visitor: FlaskClient, provider: Answering, reason: str) -> None:
    """For every reason; one that this portal has no words for is no error."""
    provider.answer = {"allowed": False, "reason": reason, "minimum_acr": "ial3.aal1"}
    enter(visitor, **COMPANY)
    answer = visitor.get(MATTER)

    assert (403, True) == (
        answer.status_code,
        REFUSALS.get(reason, REFUSALS["other"])[0] in answer.text,
    )
    assert 'id="portal-acting"' in answer.text


def test_who_is_not_known_well_enough_is_led_up_once(visitor: FlaskClient, provider: Answering) -> None:
    """To the provider, which knows what the matter asks; still too low afterwards is a refusal."""
    provider.answer["minimum_acr"] = "ial4.aal2"
    enter(visitor, **COMPANY)

    assert CODE in sent(visitor.get(MATTER))["authorization_details"]
    assert 403 == visitor.get(f"{MATTER}?raised").status_code
    assert 403 == visitor.post(MATTER, data={"form_token": "f"}).status_code


def test_nothing_is_done_while_no_answer_comes(visitor: FlaskClient, provider: Answering) -> None:
    """An error of the provider is no yes."""
    provider.status = 503
    enter(visitor, **COMPANY)

    assert 503 == visitor.post(MATTER, data={"form_token": "f"}).status_code


@pytest.mark.parametrize("token", ["", "guessed"])
def test_another_sites_form_does_nothing(visitor: FlaskClient, provider: Answering, token: str) -> None:
    """The form's own token is asked for."""
    enter(visitor, **COMPANY)

    assert 303 == visitor.post(MATTER, data={"form_token": token}).status_code
    assert [] == provider.asked


@pytest.mark.parametrize("path", ["/business/210100-sb-002/sign", "/business/x/apply"])
def test_what_is_not_offered_is_not_found(visitor: FlaskClient, path: str) -> None:
    """Neither another action nor another matter."""
    assert 404 == visitor.get(path).status_code
    assert 404 == visitor.post(path).status_code


def test_the_bar_names_the_company_and_the_person(visitor: FlaskClient) -> None:
    """On every page, with a way to choose anew."""
    enter(visitor, **{**COMPANY, "act": {**ACT, "name": "王小明"}})
    page = visitor.get("/").text

    assert all(word in page for word in ("示范公司", CODE, "王小明", 'id="portal-switch"'))
    assert "select_capacity" == sent(visitor.get("/switch"))["prompt"]


@pytest.mark.parametrize(
    ("acr", "reached"),
    [("ial3.aal1", True), ("ial2.aal1", True), ("ial4.aal1", False), ("ial3.aal2", False), ("high", False)],
)
def test_a_level_is_reached_on_both_axes(acr: str, reached: bool) -> None:
    """And one that cannot be read is reached by nobody."""
    assert reached is reaches({"ial": 3, "aal": 1}, acr)


def test_what_is_shown_of_a_company_and_of_the_person_stands_apart() -> None:
    """The company's rows with the mandate's last day; the person's claims are those inside `act`."""
    authority = {"permission": [{"validity": {"from": "2026-11-30", "until": "2027-02-28"}}]}
    claims = {**COMPANY, "act": {**ACT, "name": "王小明"}}
    told = claims | {"verified_claims": {"claims": {"authority": authority}}}
    rows = dict(of_the_company(told))

    assert ("示范公司", CODE, "live", "agent", "2027-02-28") == tuple(rows.values())
    assert ("王小明", "p1", 3) == tuple(of_the_person(told)[name] for name in ("name", "sub", "ial"))
    assert [] == of_the_company({"sub": "p1", "name": "王小明"})
    assert {"sub": "p1", "name": "王小明"} == of_the_person({"sub": "p1", "name": "王小明"})
