"""What visitors of either portal see, the provider being there, away, or answering with an error."""

import re
import time
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from examples.city_portal.services import SERVICES
from examples.city_portal.words import WORDS as CITY_WORDS
from examples.housing_fund.words import WORDS as FUND_WORDS
from examples.relying_party.troubles import NO_SECOND_WAY
from examples.relying_party.words import WORDS
from tests.examples.conftest import Issuer

PERSON = {"sub": "p1", "sid": "s1", "name": "欧阳静怡", "ial": 3}


@pytest.fixture
def visitor(portal: Flask) -> FlaskClient:
    return portal.test_client()


def started_sign_in(visitor: FlaskClient) -> None:
    """Leave what a sign-in that began in this browser leaves behind."""
    with visitor.session_transaction() as visit:
        visit["_state_provider_begun"] = {"data": {"nonce": "n"}, "exp": time.time() + 60}


def size_of(visitor: FlaskClient, path: str) -> int:
    with visitor.get(path) as answer:
        return len(answer.data)


def signed_in(visitor: FlaskClient) -> None:
    with visitor.session_transaction() as visit:
        visit.update(person=PERSON, tokens={"id_token": "i", "access_token": "a"}, form_token="f")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_home_page_needs_no_provider(visitor: FlaskClient, language: str) -> None:
    """
    Whoever is not signed in finds where to sign in and register, in either language.
    """
    page = visitor.get(f"/?lang={language}").text

    assert ["portal-register", "portal-sign-in"] == sorted(set(re.findall(r'id="(portal-(?:s|r)\S+)"', page)))
    assert WORDS["sign_in"][language == "en"] in page


def test_the_language_is_remembered(visitor: FlaskClient) -> None:
    """
    Chinese comes first; English stays once chosen.
    """
    first = visitor.get("/").text
    visitor.get("/?lang=en")

    assert ('lang="zh-CN"' in first, 'lang="en"' in visitor.get("/").text) == (True, True)


@pytest.mark.parametrize("words", [WORDS, CITY_WORDS, FUND_WORDS])
def test_everything_is_said_in_both_languages(words: dict[str, tuple[str, str]]) -> None:
    """
    No text is missing, and no English text has Chinese in it (but for the name of the language).
    """
    english = [text for key, (_, text) in words.items() if key != "language"]

    assert all(zh and en for zh, en in words.values())
    assert [] == [text for text in english if re.search(r"[\u4e00-\u9fff]", text)]


@pytest.mark.parametrize("path", ["/sign-in", "/register"])
def test_a_silent_provider_is_said_to_be_silent(visitor: FlaskClient, path: str) -> None:
    """
    503 with a page that says what happened and what to do, not an error of ours.
    """
    answer = visitor.get(path)

    assert (503, True) == (answer.status_code, WORDS["provider_down.title"][0] in answer.text)


@pytest.mark.parametrize("query", ["", "?code=c", "?code=c&state=other", "?error=access_denied&state=other"])
def test_an_answer_nobody_asked_for_is_refused(visitor: FlaskClient, query: str) -> None:
    """
    Without the state of a sign-in begun here nothing in the response counts (RFC 6749 §10.12).
    """
    started_sign_in(visitor)

    answer = visitor.get(f"/callback{query}")

    assert (400, True) == (answer.status_code, WORDS["not_ours.title"][0] in answer.text)


@pytest.mark.parametrize("iss", ["", "&iss=http://evil.example"])
def test_an_answer_of_another_issuer_is_refused(visitor: FlaskClient, iss: str) -> None:
    """
    The response must name our issuer (RFC 9207 §2.4), and the state is then used up.
    """
    started_sign_in(visitor)

    answers = [visitor.get(f"/callback?code=c&state=begun{iss}").status_code for _ in range(2)]

    assert [400, 400] == answers


@pytest.mark.parametrize(
    ("error", "status", "reason"),
    [
        ("access_denied", 200, "declined"),
        ("login_required", 200, "declined"),
        ("unmet_authentication_requirements", 403, "level_too_low"),
        ("temporarily_unavailable", 503, "provider_busy"),
        ("invalid_scope", 502, "refused"),
        ("<script>", 502, "refused"),
    ],
)
def test_errors_are_explained(
    visitor: FlaskClient, issuer: Issuer, error: str, status: int, reason: str
) -> None:
    """
    Each error of the provider becomes a page in plain words; markup in it stays text.
    """
    started_sign_in(visitor)

    answer = visitor.get("/callback", query_string={"error": error, "state": "begun", "iss": issuer.url})

    assert (status, True) == (answer.status_code, WORDS[f"{reason}.title"][0] in answer.text)
    assert "<script" not in answer.text


def test_a_missing_second_way_is_no_missing_level(visitor: FlaskClient, issuer: Issuer) -> None:
    """
    The error is one and the same; its description tells which of the two is missing.
    """
    started_sign_in(visitor)
    error = {"error": "unmet_authentication_requirements", "error_description": NO_SECOND_WAY}

    answer = visitor.get("/callback", query_string={**error, "state": "begun", "iss": issuer.url})

    assert (403, True) == (answer.status_code, "还差一种确认方式" in answer.text)
    assert "实名核验" not in answer.text


def test_who_is_signed_in_sees_their_name_and_a_way_out(visitor: FlaskClient) -> None:
    """
    The hooks that automation and people rely on.
    """
    signed_in(visitor)

    page = visitor.get("/").text

    assert re.search(r'id="portal-person">\s*欧阳静怡', page)
    assert ('<form id="portal-sign-out" method="post"' in page, "portal-sign-in" in page) == (True, False)


def test_signing_out_needs_this_visits_form(visitor: FlaskClient) -> None:
    """
    Another site cannot sign people out.
    """
    signed_in(visitor)

    assert 400 == visitor.post("/sign-out", data={"form_token": "guessed"}).status_code
    assert "欧阳静怡" in visitor.get("/").text


def test_signing_out_leaves_the_portal_even_if_the_provider_is_away(visitor: FlaskClient) -> None:
    """
    The portal's own session ends first.
    """
    signed_in(visitor)

    assert 503 == visitor.post("/sign-out", data={"form_token": "f"}).status_code
    assert "欧阳静怡" not in visitor.get("/").text


def test_pages_carry_the_safe_headers(visitor: FlaskClient, issuer: Issuer) -> None:
    """
    No script runs, nobody frames the page, nothing personal is cached.
    """
    headers = visitor.get("/").headers

    assert "no-store" == headers["Cache-Control"]
    assert f"form-action 'self' {issuer.url}" in headers["Content-Security-Policy"]
    assert "script-src" not in headers["Content-Security-Policy"]


def test_pages_stay_small(visitor: FlaskClient) -> None:
    """
    Page, style and pictures together stay under 40 kB.
    """
    parts = ["/", *set(re.findall(r'"(/static/[^"]+)"', visitor.get("/").text))]

    assert sum(size_of(visitor, part) for part in parts) < 40_000


def test_the_portal_says_that_it_is_up(visitor: FlaskClient) -> None:
    """
    Whoever starts it can wait for it.
    """
    assert "ok\n" == visitor.get("/healthz").text


def test_the_city_portal_leads_into_the_fund(settings: Any) -> None:
    """
    One link goes straight to the account in the department's site.
    """
    from examples.city_portal.app import create_app

    page = create_app(settings, "http://127.0.0.1:8302").test_client().get("/").text

    assert 'id="to-housing-fund" href="http://127.0.0.1:8302/account"' in page


def test_the_portal_announces_nothing_that_is_there_already() -> None:
    """The sandbox has a property register, so no card says that one is coming; sign-in is the city's own."""
    announced = {CITY_WORDS[f"service.{one.key}"][0] for one in SERVICES if not one.connected}

    assert "不动产登记" not in announced
    assert "市统一身份认证平台" in WORDS["by_provider"][0]
    assert "city's" in WORDS["by_provider"][1]
