"""One city with one province for all tests of a module."""

from collections.abc import Iterator

import pytest

from federation.simulator.app import create_app
from idp.simulator.server import Background
from tests.federation.docked import TABLES
from tests.federation.stage import ISSUER, City, city, people
from tests.idp.account.stage import staged


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    """The city."""
    with city(tmp_path_factory.mktemp("city")) as made:
        yield made


@pytest.fixture(scope="module")
def docked_city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    """One instance at which every dialect of the simulated province is docked."""
    app = create_app(people())
    with Background(app) as server:
        upstreams = {name: table(server.url) for name, table in TABLES.items()}
        home = tmp_path_factory.mktemp("hub")
        with staged(home, issuer=ISSUER, mode="hub", upstreams=upstreams) as stage:
            yield City(stage, app.extensions["province"], server.url)


@pytest.fixture(autouse=True)
def _well_behaved(request: pytest.FixtureRequest) -> Iterator[None]:
    """No lie of one test reaches the next."""
    yield
    if "town" in request.fixturenames:
        request.getfixturevalue("town").province.board.order("none")
