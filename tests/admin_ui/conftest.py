"""A console for the tests of a module, embedded or with servers."""

from collections.abc import Iterator

import pytest

from tests import servers
from tests.admin_ui.hall import Hall, hall_of
from tests.admin_ui.stage import Console, opened
from tests.idp.conftest import custody, database, either_database, now

__all__ = ["custody", "database", "either_database", "now"]


@pytest.fixture(scope="module")
def console(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    """The console and the pages beside it; a module may ask for `servers` too."""
    settings = {}
    if getattr(request, "param", "embedded") == "servers":
        postgres, redis = (request.getfixturevalue(f"{name}_server") for name in ("postgres", "redis"))
        settings = {"database_url": servers.fresh_database(postgres), "state_url": redis.url}
    with opened(tmp_path_factory.mktemp("home"), **settings) as console:
        yield console


@pytest.fixture(scope="module")
def hall(console: Console) -> Hall:
    """The same with companies and people, all in one county."""
    return hall_of(console)
