"""A citizen of the province enters a city portal, in a real browser, whatever dialect the province speaks."""

import json
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from federation.simulator import saml_routes
from tests.browser import PHONE, WIDE
from tests.federation.docked import ASKED_BEHIND, TABLES
from tests.journeys import sandbox as sandboxes
from tests.journeys import steps
from tests.journeys.sandbox import Sandbox

pytestmark = pytest.mark.journey
Visit = Callable[..., Page]


def docked_at_all(home: Path, base: int) -> Mapping[str, str]:
    """The provincial instance, at which every dialect of the simulated province is docked."""
    province = f"http://127.0.0.1:{base + 200}"
    upstreams = {name: TABLES[name](province) for name in ASKED_BEHIND}
    saml = saml_routes.table(province, str(home / "province" / "metadata.xml"))
    upstreams["saml"] = saml | {"answers_within": 30}
    return {"IDP_MODE": "hub", "IDP_UPSTREAMS": json.dumps(upstreams)}


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """One sandbox for all dialects."""
    home = tmp_path_factory.mktemp("hub")
    with sandboxes.running(home, more=partial(docked_at_all, home)) as started:
        yield started


def carry_on(page: Page, name: str, scripts: bool) -> None:
    """Without scripts a SAML answer needs a press on the page that carries it."""
    if name == "saml" and not scripts:
        steps.press(page, "form button")


@pytest.mark.parametrize(("place", "name"), list(enumerate(sorted(TABLES))))
def test_a_citizen_enters_a_city_portal_through_the_dialect(
    hub: Sandbox, visit: Visit, place: int, name: str
) -> None:
    """Without registering: once the agreements, the next time nothing at all; with scripts or without."""
    size, scripts = (PHONE, False) if place % 2 else (WIDE, True)
    citizen = hub.newcomer()
    hub.province_knows(citizen, f"through-{name}")
    page, again = visit(size=size, scripts=scripts), visit(size=size, scripts=scripts)
    for one in (page, again):
        one.goto(f"{hub.city}/sign-in")
        way = one.locator(f"a[href$='/upstream/{name}']")
        if not way.is_visible():
            one.locator("summary", has_text="其他平台").click()
        steps.press(one, way)
        steps.press(one, f"button[value=through-{name}]")
        carry_on(one, name, scripts)
        if one is page:
            steps.send(page, "form#joining", agreement="yes", sensitive="yes")
            steps.agree(page)

    expect(page.locator("#portal-person")).to_contain_text(citizen.name)
    expect(again.locator("#portal-person")).to_contain_text(citizen.name)
