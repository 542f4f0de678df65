"""What holds for every page: language, policy, structure, weight, and the hooks automation relies on."""

import gzip
import re

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from idp.web import assets
from idp.web.pages import policy
from tests.idp.web.gallery import PAGES, address

SIGN_IN = "interaction/sign_in.html"
INLINE = re.compile(
    r"<style|<script(?! type=\"module\" src=\"/static/)|\sstyle=|\son[a-z]+=|javascript:", re.I
)


def show(visitor: FlaskClient, sample: str, query: str = "", **headers: str) -> TestResponse:
    return visitor.get(address(sample, query), headers=headers)


@pytest.mark.parametrize("query", ["lang=zh-Hans", "lang=en", "lang=zh-Hans&care=on"])
@pytest.mark.parametrize("sample", PAGES)
def test_every_page_is_sound(visitor: FlaskClient, sample: str, query: str) -> None:
    """One h1, one main, a title, a skip link; nothing inline; every form carries its token (WCAG, CSP)."""
    page = show(visitor, sample, query).text

    assert 1 == page.count("<h1>")
    assert 1 == page.count('<main id="main"')
    assert "<title> –" not in page
    assert 'href="#main"' in page
    assert [] == INLINE.findall(page)
    if sample != "interaction/form_post.html":  # its form goes to the service, which must not see a token
        assert len(re.findall("<form[^>]*method=.post.", page)) == page.count('name="csrf_token"')


@pytest.mark.parametrize("sample", [SIGN_IN, "interaction/consent.html", "errors/error.html"])
def test_a_first_visit_is_light(visitor: FlaskClient, sample: str) -> None:
    """HTML at most 8 kB, style sheet 14, everything together 40, compressed, in at most 5 requests."""
    page = show(visitor, sample).data
    files = {assets.at(path) for path in re.findall(r"/static/[\w.-]+", page.decode())} - {None}
    sizes = [len(file.compressed) for file in files if file]

    assert len(gzip.compress(page)) <= 8_000
    assert len(assets.ASSETS["yitong.css"].compressed) <= 14_000
    assert len(gzip.compress(page)) + sum(sizes) <= 40_000
    assert len(files) + 1 <= 5


def test_a_mandate_that_was_ended_names_no_last_day(visitor: FlaskClient) -> None:
    """It said until when beside that it is over; one that ran out still says when."""
    page = show(visitor, "interaction/capacity.html", "lang=zh-Hans").text
    ran_out, revoked = page.split("代表 示范餐饮店")[1].split("代表 示范书店")

    assert ("授权至" in ran_out, "授权已到期" in ran_out) == (True, True)
    assert ("授权至" in revoked, "授权已终止" in revoked) == (False, True)


def test_pages_are_never_kept_by_caches(visitor: FlaskClient) -> None:
    """A page with a form token belongs to one browser and one moment."""
    page = show(visitor, SIGN_IN)

    assert "no-store" == page.headers["Cache-Control"]
    assert {"accept-language", "cookie"} <= set(page.vary.as_set())


def test_the_policy_allows_nothing_inline(visitor: FlaskClient) -> None:
    """Scripts and styles come from our own files only; nobody frames us."""
    sent = show(visitor, SIGN_IN).headers["Content-Security-Policy"]

    assert "default-src 'none'; script-src 'self'; style-src 'self'" in sent
    assert "unsafe" not in sent


def test_a_form_may_end_at_the_client() -> None:
    """Browsers hold form-action against the redirects after a post, so the client's origin is named."""
    assert "form-action 'self' https://gjj.example.gov.cn;" in policy(["https://gjj.example.gov.cn"])


def test_the_page_says_its_language(visitor: FlaskClient) -> None:
    """Screen readers and caches are told (WCAG 3.1.1)."""
    page = show(visitor, SIGN_IN, **{"Accept-Language": "en-GB,en;q=0.9,zh;q=0.1"})

    assert "en" == page.headers["Content-Language"]
    assert '<html lang="en">' in page.text


def test_the_switches_keep_the_place(visitor: FlaskClient) -> None:
    """Changing language or style leaves path and query as they were."""
    page = visitor.get(f"/page/{SIGN_IN}?state=own&lang=en").text

    assert 'href="?state=own&amp;lang=zh-Hans"' in page
    assert 'href="?state=own&amp;care=on"' in page


def test_a_choice_is_kept_in_a_cookie(visitor: FlaskClient) -> None:
    """What was chosen once holds for the next page, out of scripts' reach."""
    kept = show(visitor, SIGN_IN, "lang=en&care=on").headers.getlist("Set-Cookie")

    assert ["yt-lang=en", "yt-care=on"] == [cookie.split(";")[0] for cookie in kept]
    assert all("HttpOnly" in cookie and "SameSite=Lax" in cookie for cookie in kept)


def test_care_stays_on(visitor: FlaskClient) -> None:
    """关怀版 is the same page in another style, wherever one goes."""
    page = show(visitor, SIGN_IN, Cookie="yt-care=on").text

    assert '<html lang="zh-Hans" data-care>' in page


def test_what_was_typed_is_kept_but_never_the_password(visitor: FlaskClient) -> None:
    """After an error the login is there again, the password is not, and the summary has the focus."""
    page = show(visitor, f"{SIGN_IN}#refused").text

    assert 'value="linxiaohe"' in page
    assert "not it" not in page
    assert 'role="alert" tabindex="-1" autofocus' in page


@pytest.mark.parametrize(
    ("sample", "hooks"),
    [
        (SIGN_IN, ['<form id="sign-in"', 'name="login"', 'name="password"']),
        ("interaction/consent.html", ['<form id="consent"', 'id="consent-accept"', 'id="consent-decline"']),
        ("interaction/notice.html", ['<form id="consent"', 'id="consent-accept"', 'id="consent-decline"']),
        ("oauth/sign_out.html", ['<form id="sign-out"']),
        ("account/home.html", ['<form id="sign-out"']),
    ],
)
def test_automation_finds_its_hooks(visitor: FlaskClient, sample: str, hooks: list[str]) -> None:
    """These names are a promise to whoever drives our pages."""
    page = show(visitor, sample).text

    assert [] == [hook for hook in hooks if hook not in page]


def test_optional_information_is_never_ticked_beforehand(visitor: FlaskClient) -> None:
    """Consent is an act of the person (PIPL Art. 14)."""
    page = show(visitor, "interaction/consent.html").text

    assert 2 == page.count('type="checkbox"')
    assert "checked" not in page


@pytest.mark.parametrize("key", ["service-agreement", "minors"])
def test_legal_texts_are_public(visitor: FlaskClient, key: str) -> None:
    """Anybody can read them, and the English says that the Chinese prevails."""
    assert 200 == visitor.get(f"/legal/{key}").status_code
    assert "prevails" in visitor.get(f"/legal/{key}?lang=en").text


def test_every_page_leads_to_the_accessibility_statement(visitor: FlaskClient) -> None:
    """In the footer, in both languages; it names the standards, its limits, a contact and a date."""
    for language, words in (("zh-Hans", "还做得不够的地方"), ("en", "Where we still fall short")):
        text = visitor.get(f"/accessibility?lang={language}").text

        assert 'href="/accessibility"' in text
        assert [] == [said for said in (words, "WCAG", "GB/T 37668", "12345", "2026") if said not in text]


def test_unknown_texts_are_not_found(visitor: FlaskClient) -> None:
    """Only what is registered is a file."""
    assert 404 == visitor.get("/legal/passwd").status_code
