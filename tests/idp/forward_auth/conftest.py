"""Protected sites over the embedded stores."""

import pytest

from tests.idp.forward_auth.world import ForwardWorld
from tests.idp.oauth.conftest import world
from tests.idp.oauth.world import Registered, SignedIn, World

__all__ = ["world"]


@pytest.fixture
def forward(world: World) -> ForwardWorld:
    """The endpoints for proxies."""
    return ForwardWorld(world)


@pytest.fixture
def archive(forward: ForwardWorld) -> Registered:
    """A site that knows no protocol."""
    return forward.site()


@pytest.fixture
def citizen(forward: ForwardWorld, archive: Registered) -> SignedIn:
    """Somebody who may enter it without a page."""
    return forward.citizen(archive)
