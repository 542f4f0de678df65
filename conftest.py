"""How a parallel run is divided: a file stays on one worker, and all journeys on the same one, first."""

from pathlib import PurePosixPath

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

JOURNEYS = PurePosixPath("tests/journeys")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the longest: one worker plays the journeys while the other runs the rest."""
    items.sort(key=lambda item: group_of(item.nodeid) != str(JOURNEYS))


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling:
    """Give workers whole groups."""
    return GroupScheduling(config, log)


class GroupScheduling(LoadScopeScheduling):  # type: ignore[misc]  # xdist publishes no types
    """xdist's scheduling by scope, with groups as scopes."""

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid)


def group_of(nodeid: str) -> str:
    """Journeys share ports, a browser and its patience, so they take turns; other files are independent."""
    path = PurePosixPath(nodeid.partition("::")[0])
    return str(JOURNEYS if path.is_relative_to(JOURNEYS) else path)
