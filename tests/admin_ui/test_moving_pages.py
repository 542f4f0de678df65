"""The pages of upstreams, imports and claims in Chromium: axe, width, English, 关怀版."""

from collections.abc import Iterator, Mapping

import pytest
from playwright.sync_api import Browser

from admin_ui.models import Role
from federation.matching import Disagreement
from tests.admin_ui import moved
from tests.admin_ui.hall import Hall
from tests.admin_ui.looking import LOOKS, faults, served
from tests.admin_ui.stage import Console, Visitor, opened
from tests.federation.stage import table

pytestmark = pytest.mark.journey
PERSONS = "/admin/upstreams/persons"


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    """With a province in its settings."""
    upstreams = {"province": table("https://province.example.cn")}
    with opened(tmp_path_factory.mktemp("home"), upstreams=upstreams) as console:
        yield console


@pytest.fixture(scope="module")
def url(hall: Hall) -> Iterator[str]:
    with served(hall) as url:
        yield url


@pytest.fixture(scope="module")
def pages(hall: Hall, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, tuple[str, Visitor]]:
    """Every page by name: its address, and whose it is."""
    folder, operator = tmp_path_factory.mktemp("files"), hall.console.as_role(Role.OPERATOR)
    one, other = hall.second_account(), hall.second_account()
    case = moved.disagreed(hall, one, other, Disagreement.DOCUMENT_OF_ANOTHER)
    moved.disagreed(hall, None, None, Disagreement.REGISTRY_SAYS_NO)
    moved.disagreed(hall, None, None, Disagreement.REGISTRY_KNOWS_NOBODY)
    link, code = moved.linked(hall, one), hall.code(hall.company(1))
    rows = [{"id": "1", "login": "first"}, moved.faulty(2), moved.faulty(3)]
    moved.brought(hall, folder, rows, "fund", moved.portal(hall))
    account = moved.claimed(hall, folder, code, one)
    operator.get(PERSONS).fill(PERSONS, typed=hall.phone(one), purpose="dispute")
    links = operator.path
    found = {
        "upstreams": "/admin/upstreams",
        "case": f"/admin/upstreams/cases/{case}",
        "case-close": f"/admin/upstreams/cases/{case}/close",
        "whose": PERSONS,
        "links": links,
        "link-end": f"{links}/{link}/end",
        "imports": "/admin/imports",
        "source": "/admin/imports/sources/fund",
        "claims": "/admin/imports/claims",
        "claim-close": f"/admin/imports/claims/{account}/{one}/close",
    }
    return {name: (path, operator) for name, path in found.items()}


@pytest.mark.parametrize("look", LOOKS)
def test_nothing_stands_in_the_way(
    browser: Browser, url: str, pages: Mapping[str, tuple[str, Visitor]], look: str
) -> None:
    """WCAG 2.2 AA as far as a machine can tell, nothing wider than the screen, one heading."""
    assert [] == faults(browser, url, pages, look)
