"""A provider with a window, embedded and with servers."""

import pytest

from tests.idp.account.conftest import either_stage, stage
from tests.idp.account.stage import Stage
from tests.idp.windows.counter import Counter, set_up

__all__ = ["counter", "either_stage", "stage"]


@pytest.fixture
def counter(stage: Stage) -> Counter:
    """A window of this test's own."""
    return set_up(stage)
