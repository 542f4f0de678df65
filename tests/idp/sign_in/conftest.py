"""A provider with its world around it, and somebody with an account."""

from collections.abc import Iterator

import pytest

from connectors.simulator.personas import Persona
from tests.idp.account.stage import Stage, newcomer, staged


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """The provider."""
    with staged(tmp_path_factory.mktemp("home")) as stage:
        yield stage


@pytest.fixture(scope="module")
def resident(stage: Stage) -> Persona:
    """Somebody with an account and a password."""
    stage.browser().register(newcomer(1))
    return newcomer(1)
