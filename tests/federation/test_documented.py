"""The page about docking says what is so."""

import re
import tomllib
from pathlib import Path

from federation import catalogue, profiles
from federation.simulator import saml_routes
from idp.cli.sandbox import province
from idp.cli.sandbox.places import Places
from idp.settings_upstreams import UpstreamTable
from tests.federation.docked import TABLES, means

PAGE = (Path(__file__).parents[2] / "docs/upstreams.md").read_text()
BLOCKS = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
[OTHERS] = [block for block in BLOCKS if "\n[national]" in block]


def test_every_table_of_the_page_docks(tmp_path: Path) -> None:
    """As it stands there, with the file that the province's operator gave."""
    metadata = tmp_path / "province.xml"
    metadata.write_text(saml_routes.metadata("http://127.0.0.1:8200"))
    shown = [block.replace("province.xml", str(metadata)) for block in BLOCKS if "[upstreams." in block]
    tables = {
        name: UpstreamTable.model_validate(table)
        for block in shown
        for name, table in tomllib.loads(block)["upstreams"].items()
    }

    assert {"shaanxi", "guangdong", "cas", "saml"} == set(catalogue.upstreams(tables, means()))


def test_the_smallest_profile_of_the_page_can_be_played() -> None:
    [profile] = [profiles.parse(block) for block in BLOCKS if "[upstreams." not in block and block != OTHERS]

    assert "一个省" == profile.title


def test_the_others_of_the_sandbox_are_those_the_simulator_speaks(tmp_path: Path) -> None:
    """With every option and secret it knows the city by; the metadata is its own."""
    url, shown = "http://127.0.0.1:8200", tomllib.loads(OTHERS)
    metadata = tmp_path / "metadata.xml"
    metadata.write_text(saml_routes.metadata(url))
    shown["saml"]["options"]["metadata"] = str(metadata)
    tables = {name: UpstreamTable.model_validate(table) for name, table in shown.items()}
    told = ("options", "secrets", "trust")

    assert province.settings(Places(8000)) == shown[province.NAME]
    assert {*TABLES, province.NAME} == set(catalogue.upstreams(tables, means()))
    for name, given in TABLES.items():
        theirs = given(url) | ({"options": shown[name]["options"]} if name == "saml" else {})
        assert [theirs.get(one, {}) for one in told] == [shown[name].get(one, {}) for one in told]


def test_every_dialect_is_named() -> None:
    assert all(f"`{name}`" in PAGE for name in profiles.known())
