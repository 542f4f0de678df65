"""The systems that speak no OpenID Connect share one look: nothing of it may be missing in any of them."""

import re

import pytest
from flask import Flask

from examples.pension.app import create_app as create_pension
from examples.property.site import create_site

TOLD = {"X-Yitong-Subject": "s", "X-Yitong-Name": "%E6%9E%97%E6%99%93%E4%BA%91", "X-Yitong-Acr": "ial3.aal1"}
COMPANY = {
    "X-Yitong-Organisation": "c",
    "X-Yitong-Organisation-Name": "A",
    "X-Yitong-Actor": "a",
    "X-Yitong-Actor-Name": "B",
    "X-Yitong-Role": "agent",
    "X-Yitong-Mandate": "m",
}


@pytest.fixture(params=["pension", "property"])
def system(request: pytest.FixtureRequest) -> Flask:
    return (
        create_site() if request.param == "property" else create_pension("http://localhost:1/cas", "http://p")
    )


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("headers", [TOLD, TOLD | COMPANY])
def test_a_page_has_its_words_its_look_and_safe_headers(
    system: Flask, language: str, headers: dict[str, str]
) -> None:
    """In both languages, with a style sheet and an emblem that are there, and no framing."""
    visitor = system.test_client()

    page = visitor.get(f"/?lang={language}", headers=headers)

    assert 200 == page.status_code and "no-store" == page.headers["Cache-Control"]
    assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]
    for linked in re.findall(r'<link [^>]*href="([^"]+)"', page.text):
        with visitor.get(linked) as found:
            assert 200 == found.status_code and found.data
    assert f'lang="{"zh-CN" if language == "zh" else "en"}"' in visitor.get("/", headers=headers).text


def test_a_system_behind_a_proxy_shows_what_it_was_told() -> None:
    """Who comes and for whom, and a way out that its proxy passes on."""
    page = create_site().test_client().get("/", headers=TOLD | COMPANY).text

    assert 'id="portal-acting"' in page and '<dd lang="zh-CN">m</dd>' in page
    assert 'href="/.yitong/sign-out"' in page
