"""The whole product on each pair of stores, once for each module of attacks; clients and people differ."""

from collections.abc import Iterator

import pytest

from tests import instances, servers
from tests.attacks.whole import Visitor, Whole, standing
from tests.idp.oauth.world import Registered


@pytest.fixture(scope="module", params=["sqlite", pytest.param("servers", marks=pytest.mark.postgres)])
def whole(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Whole]:
    """The product and the world around it: on SQLite, then on PostgreSQL and Redis."""
    stores = {}
    if request.param == "servers":
        stores = {
            "database_url": instances.on_postgresql(
                instances.provider, request.getfixturevalue("postgres_server")
            ),
            "state_url": servers.fresh_memory(request.getfixturevalue("redis_server")),
        }
    with standing(tmp_path_factory.mktemp("home"), **stores) as whole:
        yield whole


@pytest.fixture
def portal(whole: Whole) -> Registered:
    """A confidential client of a department."""
    return whole.client()


@pytest.fixture
def visitor(whole: Whole) -> Visitor:
    """A browser that has never been here."""
    return whole.visitor()
