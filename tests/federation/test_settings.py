"""Upstreams in the settings: every mistake is named in words that say what to do."""

from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import ValidationError

from federation import catalogue
from federation.catalogue import Means
from idp.saml.signatures import Signer
from idp.settings import Settings
from idp.settings_upstreams import Protocol, UpstreamTable
from tests.federation.stage import City, table


def made(home: Path, name: str = "province", mode: str = "spoke", **changes: Any) -> Settings:
    given = {"https://id.province.example": table("https://id.province.example")}
    upstream = given["https://id.province.example"] | changes
    return Settings(home=home, mode=mode, upstreams={name: upstream})


@pytest.mark.parametrize("run_by", ["ministry", "nation"])
def test_a_city_docks_no_ministry(tmp_path: Path, run_by: str) -> None:
    """Ministries and the nation come through the province, which is the hub (R1-25)."""
    with pytest.raises(ValidationError, match="docked by the province"):
        made(tmp_path, run_by=run_by)
    assert made(tmp_path, mode="hub", run_by=run_by).upstreams["province"].run_by == run_by


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"issuer": "http://id.province.example"}, "plain http is for loopback only"),
        ({"issuer": "http://127.0.0.1:8000"}, "this very instance"),
        ({"claims": {"shoe_size": "x"}}, "not shoe_size"),
        ({"trust": {"levels": {"高": 9}}}, "levels go from 0 to 5"),
        ({"trust": {}}, "trust.levels is empty"),
        ({"name": "Province One"}, "small letters, digits and dashes"),
        ({"protocol": "carrier-pigeon"}, "oidc"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, changes: dict[str, Any], said: str) -> None:
    """At start, and not when the first citizen comes."""
    with pytest.raises(ValidationError, match=said):
        made(tmp_path, **changes)


def test_what_a_protocol_needs_is_asked_for(town: City) -> None:
    """All faults of all upstreams at once."""
    services = town.stage.services
    means = Means(services.state.once, lambda: Signer(*services.keyring.certified()))
    lacking = UpstreamTable(**table("https://a.example", scopes=["profile"]))
    secretless = UpstreamTable(**table("https://b.example", client_secret=""))

    with pytest.raises(ValueError, match="upstreams.one.scopes.*\n.*upstreams.two.client_secret"):
        catalogue.upstreams({"one": lacking, "two": secretless}, means)


def test_a_broker_needs_somebody_who_registers(tmp_path: Path) -> None:
    """A city that registers nobody has an upstream that is trusted to."""
    with pytest.raises(ValidationError, match="registers nobody here"):
        Settings(home=tmp_path, mode="broker")


def test_every_protocol_of_the_settings_has_a_maker() -> None:
    """And the other way round."""
    assert set(get_args(Protocol)) == set(catalogue.PROTOCOLS)


def test_secrets_stay_out_of_what_is_printed(tmp_path: Path) -> None:
    """Settings appear in faults and logs."""
    settings = made(tmp_path, client_secret="hush-1", secrets={"key": "hush-2"})

    assert "hush" not in repr(settings.upstreams)
