"""How a parallel run is divided: a file stays on one worker; journeys of a kind share one, and outages."""

from pathlib import PurePosixPath

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

FAULTS = PurePosixPath("tests/faults")
"""They wait for the product's own limits half of their time: one worker waits while others work."""
JOURNEYS = PurePosixPath("tests/journeys")
KINDS = {
    "walks": ("every_page", "dialects", "portals", "prompts"),
    "offices": ("acting", "console", "department_systems", "enterprises", "staff", "window", "window_links"),
}
"""Journeys past all pages, and those of offices and organisations; citizens are the third kind."""
LINES = tuple(
    PurePosixPath("tests", place)
    for place in ("connectors", "contracts", "federation/test_outages.py", "idp/storage/test_redis_state.py")
)
"""They wait for whoever does not answer: one worker does, as with outages."""
LONG = tuple(
    PurePosixPath("tests/idp", file) for file in ("cli/test_sandbox.py", "web/test_accessibility.py")
)
"""They take a minute, and so do the files beside the folders, which start whole providers."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the longest, so that no worker is left alone with it at the end."""
    items.sort(key=lambda item: _turn(_file(item.nodeid)))


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling:
    """Give workers whole groups."""
    return GroupScheduling(config, log)


class GroupScheduling(LoadScopeScheduling):  # type: ignore[misc]  # xdist publishes no types
    """xdist's scheduling by scope, with groups as scopes."""

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid)


def group_of(nodeid: str) -> str:
    """Journeys of a kind share a sandbox and a browser, so they take turns; so do those who wait."""
    path = _file(nodeid)
    if path.is_relative_to(FAULTS):
        return str(FAULTS)
    if any(path.is_relative_to(line) for line in LINES):
        return "lines"
    return str(JOURNEYS / _kind(path)) if path.is_relative_to(JOURNEYS) else str(path)


def _kind(path: PurePosixPath) -> str:
    journey = path.stem.removeprefix("test_")
    return next((kind for kind, journeys in KINDS.items() if journey in journeys), "citizens")


def _turn(path: PurePosixPath) -> tuple[int, str]:
    if path.is_relative_to(FAULTS):
        return 0, ""
    if path.is_relative_to(JOURNEYS):
        return 1, _kind(path)
    if any(path.is_relative_to(line) for line in LINES):
        return 2, ""
    return (3 if path.parent == JOURNEYS.parent or path in LONG else 4), ""


def _file(nodeid: str) -> PurePosixPath:
    return PurePosixPath(nodeid.partition("::")[0])
