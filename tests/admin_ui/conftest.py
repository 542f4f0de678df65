"""A console for the tests of a module."""

from collections.abc import Iterator

import pytest

from tests.admin_ui.stage import Console, opened
from tests.idp.conftest import custody, database, either_database, now

__all__ = ["custody", "database", "either_database", "now"]


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    """The console and the pages beside it."""
    with opened(tmp_path_factory.mktemp("home")) as console:
        yield console
