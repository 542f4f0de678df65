"""One town for each module of these tests; companies differ from test to test."""

import pytest

from tests.idp.account.enterprises.firm import Town, town_of
from tests.idp.account.stage import Stage


@pytest.fixture(scope="module")
def town(stage: Stage) -> Town:
    """People, a catalogue, and companies made when they are needed."""
    return town_of(stage)
