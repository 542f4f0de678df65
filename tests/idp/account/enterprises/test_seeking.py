"""Looking for matters costs little, whatever is typed and however often."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

import pytest

from idp.account.enterprises import picking
from idp.account.enterprises.choices import Choice, Choices, Group
from idp.account.enterprises.picking import Looking
from idp.mandates.statement import Name
from tests.idp.account.enterprises.firm import LIST, Town, wanted
from tests.idp.account.stage import newcomer


@pytest.fixture
def company(town: Town) -> UUID:
    return town.company()


@pytest.fixture
def few(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three requests of a kind in a minute."""
    services = town.stage.services
    limited = replace(services, limits=replace(services.limits, source_per_minute=3))
    monkeypatch.setitem(town.stage.app.extensions, "yitong", limited)


def found(sought: str) -> Sequence[str]:
    """Which of two matters are found."""
    matters = [
        Choice("f-1", Name("缴存登记", "Registration")),
        Choice("f-2", Name("提取", "Withdrawal of STRASSE")),
    ]
    fund = Group("fund", Name("公积金", "Housing fund"), False, matters)
    picked = picking.pick(Choices([fund], False, frozenset(), {}), [], [], Looking(sought))
    return [one.code for group in picked.groups if isinstance(group, Group) for one in group.matters]


@pytest.mark.parametrize("sought", ["公积金 提取", "straße fund", "F-2", "提取 " * 50])
def test_all_the_words_are_in_it(sought: str) -> None:
    """In any order, in either language, of the matter or its group; said often is said once."""
    assert ["f-2"] == found(sought)


def test_a_search_has_bounds() -> None:
    """What is beyond a hundred characters or eight different words is not looked for."""
    nine = " ".join("123456789")

    assert ["1", "2", "3", "4", "5", "6", "7", "8"] == picking.words_of(nine)
    assert ["-", "no"] == picking.words_of("- " * 49 + "nothing")
    assert [] == picking.words_of(" " * 30_000)


def test_what_is_typed_comes_back_as_it_was_looked_for(town: Town, company: UUID) -> None:
    """From a form or a link: no more than that is in the boxes of the page."""
    page = f"{LIST}/{company}/invite"
    browser = town.enter(1).get(f"{page}?q={'-' * 20_000}")
    linked = browser.text
    posted = browser.get(page).fill(page, q="-" * 20_000, find="yes").text

    kept = [f'name="q" value="{"-" * 100}"', f'name="sought" value="{"-" * 100}"']
    assert [True] * 4 == [one in text for text in (linked, posted) for one in kept]


@pytest.mark.usefixtures("few")
def test_searches_are_paced(town: Town, company: UUID) -> None:
    """By form and by link, together; one too many finds nothing and loses nothing that was filled in."""
    page = f"{LIST}/{company}/invite"
    browser = town.enter(1).get(page)
    statuses = [browser.fill(page, **wanted(newcomer(2)), q="提取", find="yes").status for _ in range(2)]
    linked = [browser.get(f"{page}?q=fund").status for _ in range(2)]
    over = browser.get(page).fill(page, **wanted(newcomer(2)), q="提取", find="yes")

    assert [200, 200, 200, 429, 429] == [*statuses, *linked, over.status]
    assert newcomer(2).name in over.text and "尝试次数较多" in over.text
    assert 200 == browser.get(page).status


@pytest.mark.usefixtures("few")
def test_opening_groups_is_no_search(town: Town, company: UUID) -> None:
    """Nor is going back to all of them: a large office behind one address may look around as it likes."""
    page = f"{LIST}/{company}/invite"
    browser = town.enter(1).get(page)
    opened = [browser.fill(page, find=find).status for find in ["at:fund", "page:1", "all"] * 2]

    assert [200] * 6 == opened
    assert 200 == browser.fill(page, q="提取", find="yes").status


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize("what", ["narrow", "renew"])
def test_changing_a_mandate_is_no_way_round(town: Town, company: UUID, what: str) -> None:
    """The same pace holds where a mandate is narrowed or renewed."""
    made = town.grant(1, 2, company)
    page = f"{LIST}/{company}/mandates/{made}/{what}"
    browser = town.enter(1).get(page)

    assert [200, 200, 200, 429] == [browser.fill(page, q="提取", find="yes").status for _ in range(4)]
