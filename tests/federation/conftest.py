"""One city with one province for all tests of a module."""

from collections.abc import Iterator

import pytest

from tests.federation.stage import City, city


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    """The city."""
    with city(tmp_path_factory.mktemp("city")) as made:
        yield made


@pytest.fixture(autouse=True)
def _well_behaved(request: pytest.FixtureRequest) -> Iterator[None]:
    """No lie of one test reaches the next."""
    yield
    if "town" in request.fixturenames:
        request.getfixturevalue("town").province.board.order("none")
