"""`idp window`: operators and cases from the command line, with stable exit codes."""

import json
from pathlib import Path

from idp.crypto import jose
from tests.idp.cli.conftest import Idp


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
