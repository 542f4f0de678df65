"""How a parallel run is divided: a file stays on one worker, and all journeys on the same one."""

import pytest


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Group for `--dist loadgroup`: journeys share ports, a browser and its patience, so they take turns."""
    for item in items:
        path = item.path.relative_to(item.config.rootpath)
        group = "journeys" if path.is_relative_to("tests/journeys") else path.as_posix()
        item.add_marker(pytest.mark.xdist_group(group))
