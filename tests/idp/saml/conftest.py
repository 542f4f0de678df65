"""The composed product, once a module, with systems that speak SAML."""

from collections.abc import Iterator

import pytest
from werkzeug.test import Client as Http

import wsgi
from idp.oauth.machine import create_machine
from idp.saml import machine
from idp.settings import Settings
from tests import instances
from tests.idp.oauth.world import World
from tests.idp.saml.hall import Hall
from tests.idp.saml.party import System


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hall]:
    """A provider with its pages, on a folder of its own, and nobody registered yet."""
    home = tmp_path_factory.mktemp("home")
    settings = Settings.model_validate({"home": home, "allow_private_callbacks": True})
    instances.settle(settings)
    services = wsgi.compose(settings)
    oauth = services.extras["oauth"]
    world = World(oauth)
    pages = wsgi.create_pages(services, oauth)
    inner = machine.create_machine(services.extras["saml"], services.extras["carriers"], pages)
    world.http = Http(create_machine(oauth, inner), use_cookies=False)
    yield Hall(world, services)
    services.prepared.close()
    services.state.close()
    services.database.dispose()


@pytest.fixture
def system() -> System:
    """A system that signs its requests."""
    return System()
