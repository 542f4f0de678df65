"""The list of organisations that changed: read on, read again, never skipped."""

from collections.abc import Iterator, Mapping

import pytest

from connectors import catalogue
from connectors.gateway import Limits
from connectors.registry_changes import PAGE, RegistryChanges
from connectors.simulator.credentials import SANDBOX
from idp.organisations.registry import ChangeFeed, Changes
from idp.persons.registry import Unavailable, UnavailableReason
from tests.connectors.organisations import ORGANISATIONS, replying
from tests.connectors.stage import PATIENT, Stage, meeting, simulated

CODES = {key: one.credit_code for key, one in ORGANISATIONS.items()}
SERVICE = SANDBOX.sids[catalogue.CHANGES]


@pytest.fixture
def stage() -> Iterator[Stage]:
    with simulated() as running:
        yield running


def feed(stage: Stage, limits: Limits = PATIENT) -> ChangeFeed:
    return catalogue.change_list(
        sids=SANDBOX.sids, base_url=stage.url, rid=SANDBOX.rid, app_key=SANDBOX.app_key, limits=limits
    )


def change(stage: Stage, key: str, **wanted: object) -> None:
    stage.post("/control/organisations", {"credit_code": key, **wanted})


def read(feed: ChangeFeed, cursor: str) -> Changes:
    changes = feed.after(cursor)
    assert isinstance(changes, Changes)
    return changes


def test_changes_come_in_their_order_and_once(stage: Stage) -> None:
    """Whoever keeps the cursor reads only what is new."""
    change(stage, "company-02", state="deregistered")
    change(stage, "company-01", name="沈阳云岚智能科技有限公司")
    first = read(feed(stage), "")
    change(stage, "association-01", valid_to="2024-01-01")
    second = read(feed(stage), first.cursor)
    third = read(feed(stage), second.cursor)

    assert [CODES["company-02"], CODES["company-01"]] == list(first.codes)
    assert [CODES["association-01"]] == list(second.codes)
    assert [] == list(third.codes)


def test_the_same_cursor_gives_the_same_again(stage: Stage) -> None:
    """Whoever was interrupted before keeping the next cursor misses nothing."""
    change(stage, "company-01", state="liquidation")
    listed = feed(stage)

    assert read(listed, "") == read(listed, "")


def test_an_organisation_that_changed_often_is_named_once_a_page(stage: Stage) -> None:
    """It is asked about once."""
    for state in ("liquidation", "live", "deregistered"):
        change(stage, "company-01", state=state)

    assert [CODES["company-01"]] == list(read(feed(stage), "").codes)


def test_a_long_list_is_read_page_by_page(stage: Stage) -> None:
    """Every page leads to the next until there is nothing more."""
    keys = list(ORGANISATIONS)
    for turn in range(PAGE + 10):
        change(stage, keys[turn % len(keys)], moved_to=str(100_000 + turn))
    listed, cursor, pages = feed(stage), "", []
    while (page := read(listed, cursor)).codes:
        pages.append(len(page.codes))
        cursor = page.cursor

    assert [len(keys), 10] == pages


def test_a_cursor_of_another_list_begins_anew(stage: Stage) -> None:
    """A registry that lost its list tells everything again; asking twice does no harm."""
    change(stage, "company-01", state="liquidation")

    assert [CODES["company-01"]] == list(read(feed(stage), "0badcafe-7").codes)


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("slow", UnavailableReason.TIMEOUT),
        ("error_500", UnavailableReason.TRANSPORT),
        ("quota", UnavailableReason.QUOTA),
        ("garbage", UnavailableReason.UNTRUSTED_ANSWER),
        ("wrong_signature", UnavailableReason.UNTRUSTED_ANSWER),
    ],
)
def test_a_fault_moves_no_cursor(stage: Stage, fault: str, reason: UnavailableReason) -> None:
    """What was not read is read later."""
    change(stage, "company-01", state="liquidation")
    listed = feed(stage)
    listed.after("")
    stage.order(fault, SERVICE)

    with meeting(fault):
        assert Unavailable(reason) == listed.after("")
    assert [CODES["company-01"]] == list(read(listed, "").codes)


@pytest.mark.parametrize(
    "page",
    [
        {},
        {"cursor": "", "items": []},
        {"cursor": "c\nd", "items": []},
        {"cursor": "c" * 65, "items": []},
        {"cursor": "c", "items": [{"uniscId": CODES["company-01"]}]},
        {"cursor": "d", "items": {"uniscId": CODES["company-01"]}},
        {"cursor": "d", "items": [{"uniscId": CODES["company-01"]}] * (PAGE + 1)},
    ],
)
def test_a_page_that_leads_nowhere_is_not_trusted(page: Mapping[str, object]) -> None:
    """A page with changes that leads to itself would be read for ever."""
    with replying(lambda _: {"code": "200", "data": page}) as gateway:
        assert Unavailable(UnavailableReason.UNTRUSTED_ANSWER) == RegistryChanges(gateway, "c").after("c")


def test_what_is_no_credit_code_is_passed_over() -> None:
    """One odd line does not stop the list."""
    items = [{"uniscId": "?"}, {"uniscId": CODES["company-01"].lower()}, {"other": "x"}]
    with replying(lambda _: {"code": "200", "data": {"cursor": "d", "items": items}}) as gateway:
        assert Changes((CODES["company-01"],), "d") == RegistryChanges(gateway, "c").after("c")
