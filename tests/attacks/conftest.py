"""The whole product, once for each module of attacks; clients and people differ from test to test."""

from collections.abc import Iterator

import pytest

from tests.attacks.whole import Visitor, Whole, standing
from tests.idp.oauth.world import Registered


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Whole]:
    """The product on SQLite and the world around it."""
    with standing(tmp_path_factory.mktemp("home")) as whole:
        yield whole


@pytest.fixture
def portal(whole: Whole) -> Registered:
    """A confidential client of a third party."""
    return whole.client()


@pytest.fixture
def visitor(whole: Whole) -> Visitor:
    """A browser that has never been here."""
    return whole.visitor()
