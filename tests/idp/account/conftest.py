"""One composed provider for each module of these tests; people differ from test to test."""

from collections.abc import Iterator

import pytest

from tests.idp.account.stage import Browser, Stage, staged


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """The provider and its world."""
    with staged(tmp_path_factory.mktemp("home")) as stage:
        yield stage


@pytest.fixture
def browser(stage: Stage) -> Browser:
    """A new browser."""
    return stage.browser()
