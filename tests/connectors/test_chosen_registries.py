"""What an instance's settings make of the registries of organisations."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from connectors import chosen
from connectors.simulator.credentials import organisation_services, registry_values
from idp.organisations.registry import Changes, Confirmed, NoOrganisationRegistry
from idp.persons.registry import Unsupported
from idp.settings import Settings
from tests.connectors.organisations import claim
from tests.connectors.stage import Stage, simulated


@pytest.fixture
def stage() -> Iterator[Stage]:
    with simulated() as running:
        yield running


def settings(stage: Stage, home: Path, **changes: Any) -> Settings:
    platform: Any = registry_values(stage.url)
    names = ("rid", "app_key", "prefix", "ministry", "province_system", "unit", "user", "password")
    exchange = {
        "url": stage.url,
        "identity_check": platform["sids"]["identity_check"],
        "operator": platform["operators"]["self-service"],
        **{name: platform[name] for name in names},
    }
    services = organisation_services() | changes.pop("services", {})
    chosen = {"organisation_registry": "exchange", "organisation_services": services, "exchange": exchange}
    return Settings(home=home, **{**chosen, **changes})


def test_the_settings_reach_every_registry(stage: Stage, tmp_path: Path) -> None:
    """Codes, keys and secrets go where they belong."""
    known = chosen.organisation_registry(settings(stage, tmp_path))
    keys = ("company-01", "business-01", "association-01", "foundation-01", "institution-01", "law-firm-01")

    assert all(isinstance(known.verify(claim(key)), Confirmed) for key in keys)


def test_the_list_of_changes_is_there_where_its_code_is(stage: Stage, tmp_path: Path) -> None:
    """An instance without the list asks about each organisation when it is due."""
    feed = chosen.change_feed(settings(stage, tmp_path))

    assert feed is not None and isinstance(feed.after(""), Changes)
    assert chosen.change_feed(settings(stage, tmp_path, services={"changes": ""})) is None
    assert chosen.change_feed(settings(stage, tmp_path, organisation_registry="none")) is None


def test_without_a_registry_somebody_looks_at_everything(stage: Stage, tmp_path: Path) -> None:
    """The port is there all the same."""
    nobody = chosen.organisation_registry(settings(stage, tmp_path, organisation_registry="none"))

    assert isinstance(nobody, NoOrganisationRegistry)
    assert Unsupported() == nobody.verify(claim("company-01"))
