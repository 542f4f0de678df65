"""`idp settings`: the reference page is printed by the product and is current."""

import json
from pathlib import Path

import pytest

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


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("redis://127.0.0.1:6379/0", "redis://127.0.0.1:6379/0"),
        ("redis://[::1]:6379/0", "redis://[::1]:6379/0"),
        ("redis://:hush@127.0.0.1:6379/0", "redis://:(hidden)@127.0.0.1:6379/0"),
        ("redis://idp:hu/s@h@127.0.0.1:6379", "redis://idp:(hidden)@127.0.0.1:6379"),
        ("unix:///run/redis.sock?db=1&password=hush", "unix:///run/redis.sock?db=1&password=(hidden)"),
        ("redis://127.0.0.1:6379/0?password=hush&db=1", "redis://127.0.0.1:6379/0?password=(hidden)&db=1"),
    ],
)
def test_only_the_password_of_an_address_is_hidden(idp: Idp, address: str, expected: str) -> None:
    """A port is no secret, and whoever asks needs it."""
    assert expected == idp.json("settings", "show", IDP_STATE_URL=address)["state_url"]


def test_a_table_of_settings_is_shown_line_by_line(idp: Idp) -> None:
    """By dotted names, its secrets hidden too."""
    exchange = {
        "url": "http://127.0.0.1:8100", "rid": "r", "app_key": "hush", "identity_check": "c",
        "ministry": ["1", "部"], "province_system": ["2", "省"], "unit": ["3", "单位"],
        "operator": ["hush", "hush"], "user": "u", "password": "hush",
    }  # fmt: skip
    shown = idp("settings", "show", IDP_EXCHANGE=json.dumps(exchange)).stdout
    lines = {words[0]: words[1] for words in map(str.split, shown.splitlines()) if len(words) == 2}

    assert "http://127.0.0.1:8100" == lines["exchange.url"]
    assert "(hidden)" == lines["exchange.app_key"]
    assert "{" not in shown and "hush" not in shown


def test_the_environment_wins_over_the_file(idp: Idp) -> None:
    """The file is for what stays, the environment for what differs."""
    idp.home.mkdir()
    (idp.home / "settings.toml").write_text('name = "甲"\nname_en = "A"\n')
    shown = idp.json("settings", "show", IDP_NAME="乙")

    assert ("乙", "A") == (shown["name"], shown["name_en"])
