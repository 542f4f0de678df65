"""`idp settings`: the reference page is printed by the product and is current."""

import json
from pathlib import Path

from tests.idp.cli.conftest import Idp

PAGE = Path(__file__).parents[3] / "docs/settings.md"


def test_the_reference_page_is_current(idp: Idp) -> None:
    """After changing a setting: idp settings describe > docs/settings.md."""
    assert PAGE.read_text() == idp("settings", "describe").stdout


def test_every_setting_says_what_it_means(idp: Idp) -> None:
    """A setting without a docstring would be a blank row."""
    rows = idp.json("settings", "describe")

    assert [] == [row["name"] for row in rows if not row["meaning"]]
    assert all(row["name"].startswith("IDP_") for row in rows)


def test_secrets_are_hidden(idp: Idp) -> None:
    """What is in force can be shown to a colleague; keys and passwords in addresses cannot."""
    shown = idp(
        "settings", "show", "--json",
        IDP_SMS_KEY="hush-1",
        IDP_DATABASE_URL="postgresql://idp:hush-2@127.0.0.1/idp",
        IDP_STATE_URL="redis://:hush-3@127.0.0.1/0",
    )  # fmt: skip

    assert "hush" not in shown.stdout
    assert "127.0.0.1" in json.loads(shown.stdout)["database_url"]


def test_the_environment_wins_over_the_file(idp: Idp) -> None:
    """The file is for what stays, the environment for what differs."""
    idp.home.mkdir()
    (idp.home / "settings.toml").write_text('name = "甲"\nname_en = "A"\n')
    shown = idp.json("settings", "show", IDP_NAME="乙")

    assert ("乙", "A") == (shown["name"], shown["name_en"])
