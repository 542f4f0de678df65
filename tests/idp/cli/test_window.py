"""`idp window`: operators and cases from the command line, with stable exit codes."""

import json
from pathlib import Path

from idp.crypto import jose
from tests.idp.cli.conftest import Idp

NOBODY = "01980000-0000-7000-8000-000000000000"


def key_file(folder: Path) -> Path:
    path = folder / "operator.jwk.json"
    path.write_text(json.dumps(jose.generate("ES256", "op").public))
    return path


def test_an_operator_is_added_listed_and_ended(idp: Idp, tmp_path: Path) -> None:
    """Numbers are never given to another."""
    idp("init")
    added = ("window", "operators", "add", "W-1", "--name", "示范操作员", "--key", str(key_file(tmp_path)))
    first = idp.json(*added)
    again = idp(*added)
    idp("window", "operators", "end", "W-1")
    (row,) = idp.json("window", "operators", "list")

    assert ("W-1", 1) == (first["number"], again.exit_code)
    assert row["ended_at"] is not None


def test_a_private_key_is_refused(idp: Idp, tmp_path: Path) -> None:
    """Whoever hands over a private key has shown it to somebody."""
    idp("init")
    path = tmp_path / "private.json"
    path.write_text(json.dumps({"kty": "oct", "k": "c2VjcmV0"}))
    outcome = idp("window", "operators", "add", "W-2", "--name", "x", "--key", str(path))

    assert 1 == outcome.exit_code


def test_refusals_have_exit_code_one_and_a_word(idp: Idp, tmp_path: Path) -> None:
    """Scripts can tell what happened."""
    idp("init")
    visit = tmp_path / "visit.json"
    visit.write_text(json.dumps({"assertion": "x", "witness": "y"}))
    outcome = idp("window", "open", str(visit))

    assert 1 == outcome.exit_code
    assert "bad_signature" in outcome.output


def test_there_are_no_cases_at_first(idp: Idp) -> None:
    """An empty list is a list."""
    idp("init")

    assert [] == idp.json("window", "list")


def test_an_operator_has_a_key_or_is_a_civil_servant(idp: Idp, tmp_path: Path) -> None:
    """Something must answer for what they witness; and a department is one that exists."""
    idp("init")
    neither = idp("window", "operators", "add", "W-3", "--name", "x")
    stranger = idp("window", "operators", "add", "W-3", "--name", "x", "--person", NOBODY)
    keyed = ("window", "operators", "add", "W-3", "--name", "x", "--key", str(key_file(tmp_path)))
    nowhere = idp(*keyed, "--department", "999999")
    added = idp.json(*keyed)

    assert (1, 1, 1) == (neither.exit_code, stranger.exit_code, nowhere.exit_code)
    assert "key or person" in neither.output
    assert "must be a civil servant" in stranger.output
    assert (True, None, None) == (added["has_key"], added["person_id"], added["department"])


def test_a_case_that_is_not_there_is_not_refused(idp: Idp, tmp_path: Path) -> None:
    """Exit code 1."""
    idp("init")
    idp("window", "operators", "add", "W-4", "--name", "x", "--key", str(key_file(tmp_path)))

    assert 1 == idp("window", "refuse", NOBODY, "--operator", "W-4").exit_code
