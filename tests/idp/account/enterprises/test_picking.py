"""A page of matters stays light, whatever the catalogue holds, and what is ticked stays ticked."""

import re
from collections.abc import Mapping
from datetime import timedelta
from itertools import chain
from uuid import UUID

import pytest

from idp import clock
from idp.account.enterprises import picking
from idp.account.enterprises.choices import Choice, Choices, Group
from idp.account.enterprises.picking import MOST_BOXES, MOST_GROUPS, TICKED, Closed, Looking, Picking
from idp.mandates.statement import Name
from idp.matters import catalogue
from idp.web import assets
from tests.idp.account.enterprises.firm import LIST, Town, wanted
from tests.idp.account.stage import Browser, newcomer
from tests.idp.matters import making

EACH = 90
"""Matters of every group: three pages."""


def catalogue_of(groups: int, each: int = EACH) -> Choices:
    """So many groups of so many matters."""
    made = [
        Group(
            f"g-{one}",
            Name(f"分类{one}", None),
            True,
            [Choice(f"{one}-{i}", Name(f"事项{i}", None)) for i in range(each)],
        )
        for one in range(groups)
    ]
    return Choices(made, False, frozenset(), {})


def drawn(picked: Picking) -> list[str]:
    """The codes that have an empty box."""
    return [one.code for group in picked.groups if isinstance(group, Group) for one in group.matters]


def test_a_small_catalogue_is_drawn_whole() -> None:
    """Nobody opens what fits anyway."""
    picked = picking.pick(catalogue_of(2, MOST_BOXES // 2), [], [], Looking())

    assert (MOST_BOXES, [], 1) == (
        len(drawn(picked)),
        [g for g in picked.groups if isinstance(g, Closed)],
        picked.pages,
    )


def test_of_a_large_one_a_single_group_is_open() -> None:
    """The others are their names and how much is in them; many groups are found by name."""
    picked = picking.pick(catalogue_of(MOST_GROUPS + 5), [], [], Looking(at="g-1", page=3))

    assert [f"1-{i}" for i in range(2 * MOST_BOXES, EACH)] == drawn(picked)
    assert (MOST_GROUPS, 5, 3) == (len(picked.groups), picked.unlisted, picked.pages)


def test_pages_of_a_search_show_everything_once() -> None:
    """Page after page, across the groups, none twice; a page beyond the last is the last."""
    stock = catalogue_of(3)
    pages = [picking.pick(stock, [], [], Looking("事项", page=page)) for page in range(1, 8)]
    seen = list(chain.from_iterable(drawn(page) for page in pages))

    assert sorted(one.code for group in stock.groups for one in group.matters) == sorted(seen)
    assert drawn(pages[-1]) == drawn(picking.pick(stock, [], [], Looking("事项", page=99)))


@pytest.mark.parametrize(
    "looking", [Looking(), Looking(at=TICKED, page=2), Looking("分类1"), Looking(at="g-2")]
)
def test_what_is_ticked_is_drawn_or_kept(looking: Looking) -> None:
    """Each exactly once, whatever is looked at."""
    ticked = {f"{group}-{i}" for group in (0, 1) for i in range(50)}
    picked = picking.pick(catalogue_of(4), ["g-3"], ticked, looking)
    boxes = [one.code for one in picked.ticked or ()]

    assert sorted(ticked) == sorted([*boxes, *picked.kept])
    assert len(boxes) <= MOST_BOXES
    assert 101 == picked.chosen


@pytest.fixture
def many(town: Town) -> UUID:
    """A company where 1,350 matters in fifteen groups can be granted, with names of usual length."""
    since = clock.now() - timedelta(days=30)
    groups = "".join(f"g-{one},示范分类第{one}类,Sample group number {one},{one}\n" for one in range(3, 18))
    rows = "".join(
        f"330000-{one:03}-{i:04},示范分类第{one}类示范事项第{i}项登记,"
        f"Registration of sample {one} number {i},g-{one},330000,apply,,,,\n"
        for one in range(3, 18)
        for i in range(EACH)
    )
    with town.stage.services.database.writing() as db:
        catalogue.load_groups(db, f"code,name,name_en,position\n{groups}".splitlines(keepends=True), since)
    making.load(town.stage.services.database, rows, since)
    return town.company()


def weight(browser: Browser) -> int:
    """Bytes of a page as they cross the wire: pages as they are, since they hold secrets; files in gzip."""
    files = {assets.at(path) for path in re.findall(r"/static/[\w.-]+", browser.text)} - {None}
    return len(browser.text.encode()) + sum(len(file.compressed) for file in files if file)


@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_the_page_weighs_forty_kilobytes_at_most(town: Town, many: UUID, language: str) -> None:
    """With a full list open and as many ticked; only codes are longer then."""
    page, browser = f"{LIST}/{many}/invite", town.enter(1)
    ticked = [f"330000-{one:03}-{i:04}" for one in (3, 4) for i in range(MOST_BOXES // 2)]
    first = weight(browser.get(f"{page}?lang={language}"))
    full = weight(browser.get(page).fill(page, **wanted(newcomer(2), matter=ticked), find="at:g-9"))

    assert MOST_BOXES == len(re.findall('name="matter" value="330000-009', browser.text))
    assert first <= full <= 40_000


def test_matters_of_several_pages_are_granted_together(town: Town, many: UUID) -> None:
    """Ticked in one group, then in another, then on its next page, then one taken back; signed as one."""
    page, browser = f"{LIST}/{many}/invite", town.enter(1)
    invited, sixty = wanted(newcomer(2)), [f"330000-003-{i:04}" for i in range(60)]
    browser.get(page).fill(page, **{**invited, "matter": sixty}, find="at:g-4")
    for ticked, find in (("330000-004-0001", "page:2"), ("330000-004-0041", "at:*")):
        browser.fill(page, **{**invited, **again(browser, ticked)}, find=find)
    fields = again(browser)
    browser.fill(page, **{**invited, **fields, "matter": fields["matter"][1:]})
    browser.fill()

    assert {*sixty[1:], "330000-004-0001", "330000-004-0041"} == town.latest(many).scope.matters


def again(browser: Browser, *more: str) -> Mapping[str, str | list[str]]:
    """What the boxes of a page send, these ticked besides."""
    ticked = re.findall(r'name="matter" value="([^"]+)" checked', browser.text)
    hidden = dict(re.findall(r'type="hidden" name="(kept|at|page|sought)" value="([^"]*)"', browser.text))
    return {"matter": [*ticked, *more], **hidden}
