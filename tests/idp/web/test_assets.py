"""Files under addresses that change with their content."""

import gzip
from pathlib import Path

import pytest

from idp.web import assets


def test_a_changed_file_has_a_new_address(tmp_path: Path) -> None:
    """So that every copy may be kept for ever."""
    style = tmp_path / "a.css"
    style.write_text("p { }")
    before = assets.read(tmp_path)["a.css"].path
    style.write_text("p { color: red }")

    assert before != assets.read(tmp_path)["a.css"].path


@pytest.mark.parametrize("name", assets.ASSETS)
def test_what_is_served_compressed_is_the_file(name: str) -> None:
    """The gzip variant is made once and says the same."""
    asset = assets.ASSETS[name]
    smaller = asset.compressed if asset.compressed == asset.body else gzip.decompress(asset.compressed)

    assert asset.body == smaller
    assert asset is assets.at(assets.address(name))


def test_nothing_else_is_served() -> None:
    """A plain name or a stale fingerprint is no address."""
    assert assets.at("/static/yitong.css") is None


def test_the_mark_is_small() -> None:
    """At most 4 kB, as every page shows it."""
    assert len(assets.ASSETS["yitong.svg"].body) <= 4_000
