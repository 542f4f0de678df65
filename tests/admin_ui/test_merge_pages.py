"""The pages of joining and parting accounts in Chromium: axe, width, English, 关怀版."""

from collections.abc import Iterator, Mapping
from uuid import UUID

import pytest
from playwright.sync_api import Browser

from admin_ui.models import Role
from idp import clock
from idp.organisations.reviews import Decider
from idp.persons import merging
from tests.admin_ui.hall import Hall
from tests.admin_ui.looking import LOOKS, faults, served
from tests.admin_ui.stage import Visitor

pytestmark = pytest.mark.journey


@pytest.fixture(scope="module")
def url(hall: Hall) -> Iterator[str]:
    with served(hall) as url:
        yield url


@pytest.fixture(scope="module")
def pages(hall: Hall) -> Mapping[str, tuple[str, Visitor]]:
    """Every page by name: its address, and whose it is."""
    one, other = hall.second_account(), hall.second_account()
    operator, owner = hall.operator(), hall.console.signed_in(one, realm="citizen")
    merge, split = hall.proposed(one, other), hall.parted(hall.second_account())
    mine = _drafts(operator, hall, hall.second_account(), hall.second_account())
    colleague = hall.console.appointed(Role.REVIEWER).person_id
    with hall.console.services.database.writing() as db:
        merging.approve(db, merge, Decider(colleague), "seen", clock.now())
    second = hall.proposed(hall.second_account(), hall.second_account())
    found = {
        "merges": "/admin/merges",
        "which": "/admin/merges/new",
        "look": f"/admin/merges/new/{mine[0]}",
        "merge": f"/admin/merges/{merge}",
        "approve": f"/admin/merges/{second}/approve",
        "splits": "/admin/splits",
        "choose": f"/admin/splits/new/{mine[1]}",
        "split": f"/admin/splits/{split}",
        "part": f"/admin/splits/{split}/approve",
    }
    return {name: (path, operator) for name, path in found.items()} | {
        "own": ("/account/merges", owner),
        "start": ("/account", owner),
    }


def _drafts(operator: Visitor, hall: Hall, one: UUID, other: UUID) -> tuple[str, str]:
    """As far as the second step, by the pages."""
    new = "/admin/merges/new"
    operator.get(new).fill(new, one=hall.phone(one), other=hall.phone(other))
    merge = operator.path.rsplit("/", 1)[1]
    operator.get("/admin/splits/new").fill("/admin/splits/new", typed=hall.phone(one))
    return merge, operator.path.rsplit("/", 1)[1]


@pytest.mark.parametrize("look", LOOKS)
def test_nothing_stands_in_the_way(
    browser: Browser, url: str, pages: Mapping[str, tuple[str, Visitor]], look: str
) -> None:
    """WCAG 2.2 AA as far as a machine can tell, nothing wider than the screen, one heading."""
    assert [] == faults(browser, url, pages, look)
