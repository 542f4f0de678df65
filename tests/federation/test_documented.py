"""The page about docking says what is so."""

import re
import tomllib
from pathlib import Path

from federation import catalogue, profiles
from federation.simulator import saml_routes
from idp.settings_upstreams import UpstreamTable
from tests.federation.docked import means

PAGE = (Path(__file__).parents[2] / "docs/upstreams.md").read_text()
BLOCKS = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)


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
    [profile] = [profiles.parse(block) for block in BLOCKS if "[upstreams." not in block]

    assert "一个省" == profile.title


def test_every_dialect_is_named() -> None:
    assert all(f"`{name}`" in PAGE for name in profiles.known())
