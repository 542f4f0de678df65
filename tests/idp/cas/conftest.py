"""CAS endpoints over each pair of stores."""

import pytest

from tests.idp.cas.world import CasWorld
from tests.idp.oauth.conftest import each_world, world
from tests.idp.oauth.world import Registered, SignedIn, World

__all__ = ["each_world", "world"]


@pytest.fixture
def cas(world: World) -> CasWorld:
    """The endpoints over the embedded stores."""
    return CasWorld(world)


@pytest.fixture
def each_cas(each_world: World) -> CasWorld:
    """The endpoints over SQLite, then over PostgreSQL and Redis."""
    return CasWorld(each_world)


@pytest.fixture
def pension(cas: CasWorld) -> Registered:
    """A department's CAS system."""
    return cas.service()


@pytest.fixture
def citizen(cas: CasWorld, pension: Registered) -> SignedIn:
    """Somebody who may enter it without a page."""
    return cas.citizen(pension)
