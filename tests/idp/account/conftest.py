"""One composed provider for each module of these tests; people differ from test to test."""

from collections.abc import Iterator

import pytest

from tests import instances, servers
from tests.idp.account.stage import Browser, Stage, staged


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """The provider and its world."""
    with staged(tmp_path_factory.mktemp("home")) as stage:
        yield stage


@pytest.fixture(params=["sqlite", pytest.param("servers", marks=pytest.mark.postgres)])
def either_stage(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """The same with everything embedded, then with servers for database and short-lived records."""
    settings = {}
    if request.param == "servers":
        postgres, redis = (request.getfixturevalue(f"{name}_server") for name in ("postgres", "redis"))
        settings = {
            "database_url": instances.on_postgresql(instances.provider, postgres),
            "state_url": servers.fresh_memory(redis),
        }
    with staged(tmp_path_factory.mktemp("home"), **settings) as stage:
        yield stage


@pytest.fixture
def browser(stage: Stage) -> Browser:
    """A new browser."""
    return stage.browser()
