"""`idp matters`, as an operator types it."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from idp.cli.matters import matters
from idp.keys.custody import MasterKeyFile
from idp.storage.database import Database
from tests.idp.matters.making import FUND, GROUPS, HEADER, TAX, prepare

Run = Callable[..., Result]


@dataclass(frozen=True)
class Operating:
    """What commands are given."""

    database: Database
    custody: MasterKeyFile


@pytest.fixture
def run(database: Database, custody: MasterKeyFile, now: datetime) -> Run:
    """Run a command on a small catalogue."""
    prepare(database, now)
    return lambda *arguments: CliRunner().invoke(matters, list(arguments), obj=Operating(database, custody))


def answered(result: Result) -> Any:
    assert 0 == result.exit_code, result.output
    return json.loads(result.stdout)


def test_a_catalogue_is_loaded_with_its_groups(run: Run, tmp_path: Path) -> None:
    """Files from a spreadsheet, with their byte order mark; again, nothing changes."""
    (tmp_path / "groups.csv").write_text(GROUPS + "edu,教育,Education,3\n", encoding="utf-8-sig")
    (tmp_path / "matters.csv").write_text(HEADER + FUND + "e-1,入学,,edu,,apply,,,,\n", encoding="utf-8-sig")
    arguments = ("load", str(tmp_path / "matters.csv"), "--groups", str(tmp_path / "groups.csv"), "--json")

    first = answered(run(*arguments))
    assert (1, 0, 1, 0, 2, 0) == tuple(first.values())
    assert ["groups_added", "groups_changed", "added", "changed", "unchanged", "withdrawn"] == list(first)
    assert (0, 0, 0, 0, 3, 0) == tuple(answered(run(*arguments)).values())
    assert ["fund", "tax", "edu"] == [row["code"] for row in answered(run("groups", "--json"))]


def test_only_a_complete_file_withdraws(run: Run, tmp_path: Path) -> None:
    """What another department's file has is not gone."""
    file = tmp_path / "matters.csv"
    file.write_text(HEADER + TAX)

    assert 0 == answered(run("load", str(file), "--json"))["withdrawn"]
    assert 2 == answered(run("load", str(file), "--complete", "--json"))["withdrawn"]


def test_a_wrong_file_changes_nothing(run: Run, tmp_path: Path) -> None:
    """Not even the groups beside it; wrong rows are named by line, another encoding is called what it is."""
    groups, file = tmp_path / "groups.csv", tmp_path / "matters.csv"
    groups.write_text(GROUPS + "edu,教育,Education,3\n")
    file.write_text(HEADER + "e-1,入学,,edu,,apply,,,,\ne-2,转学,,nowhere,,fly,,,,\n")
    result = run("load", str(file), "--groups", str(groups))

    assert 1 == result.exit_code
    assert "line 3" in result.stderr
    assert ["fund", "tax"] == [row["code"] for row in answered(run("groups", "--json"))]
    file.write_text(HEADER + "e-1,入学,,fund,,apply,,,,\n", encoding="gb18030")
    assert "not UTF-8" in run("load", str(file)).stderr


def test_matters_are_listed_found_and_shown(run: Run) -> None:
    """By group, by code or name; what ended when asked for."""
    assert ["f-1", "f-2", "t-1"] == [row["code"] for row in answered(run("list", "--json"))]
    assert ["t-1"] == [row["code"] for row in answered(run("list", "--group", "tax", "--json"))]
    assert ["f-2"] == [row["code"] for row in answered(run("list", "--find", "提取", "--json"))]
    assert "ial4.aal2" in run("list").stdout
    shown = answered(run("show", "f-2", "--json"))
    assert ("330000", [], ["apply", "pay", "query"], True, None) == tuple(
        shown[name] for name in ("department", "split_from", "actions", "high_risk", "withdrawn")
    )
    assert [1, 1, 2] == [
        run(*words).exit_code
        for words in (("show", "x"), ("list", "--group", "x"), ("list", "--find", "f", "--all"))
    ]


def test_a_matter_ends_and_its_code_with_it(run: Run) -> None:
    """Once; it is kept and can be shown."""
    assert "withdrawn" == answered(run("withdraw", "t-1", "--json"))["withdrawn"]
    assert (1, "Error: t-1: was withdrawn before\n") == (
        run("withdraw", "t-1").exit_code,
        run("withdraw", "t-1").stderr,
    )
    assert ["f-1", "f-2", "t-1"] == [row["code"] for row in answered(run("list", "--all", "--json"))]


def test_a_matter_is_split_into_parts_like_it(run: Run) -> None:
    """Levels, actions, department and group come from the whole."""
    parts = ("--part", "f-21", "购房提取", "Buying", "--part", "f-22", "租房提取", "")
    made = answered(run("split", "f-2", *parts, "--json"))

    assert [("f-21", "Buying"), ("f-22", None)] == [(row["code"], row["name_en"]) for row in made]
    shown = answered(run("show", "f-22", "--json"))
    assert (["f-2"], "330000", "ial4.aal2", True) == tuple(
        shown[name] for name in ("split_from", "department", "minimum_acr", "high_risk")
    )
    assert (1, 2) == (run("split", "f-2", *parts).exit_code, run("split", "f-1").exit_code)


def test_matters_are_merged_into_the_strictest(run: Run) -> None:
    """All that any offered, at the level of the one that asked most."""
    into = ("--into", "f-3", "缴存和提取", "")
    made = answered(run("merge", "f-1", "f-2", *into, "--json"))

    assert ("ial4.aal2", True, ["apply", "pay", "query"], "330000", []) == tuple(
        made[name] for name in ("minimum_acr", "high_risk", "actions", "department", "split_from")
    )
    assert 1 == run("merge", "f-3", *into).exit_code
    assert 2 == run("merge", "f-3", "t-1", "--into", "f-4", "甲", "").exit_code
    assert (
        "tax"
        == answered(run("merge", "f-3", "t-1", "--into", "f-4", "甲", "", "--group", "tax", "--json"))[
            "group"
        ]
    )


def test_a_matter_moves(run: Run) -> None:
    """To a group that is there."""
    assert "tax" == answered(run("regroup", "f-1", "tax", "--json"))["group"]
    assert "no such group" in run("regroup", "f-1", "nowhere").stderr
