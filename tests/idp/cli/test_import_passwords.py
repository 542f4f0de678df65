"""`idp persons import-passwords`: row by row, weak hashes wrapped, and nobody named."""

import json
from collections.abc import Iterator
from hashlib import md5

import bcrypt
import pytest
from click.testing import CliRunner, Result

from idp.cli.passwords import import_passwords
from tests.idp.account.stage import Stage, newcomer, staged
from tests.idp.cli.test_persons import Working, created

OLD = "seven quiet herons"
MD5 = f"pepper${md5(f'pepper{OLD}'.encode()).hexdigest()}"
BCRYPT = bcrypt.hashpw(OLD.encode(), bcrypt.gensalt(4)).decode()


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with staged(tmp_path_factory.mktemp("home")) as stage:
        for index in (1, 2, 3):
            created(stage, index, password=None)
        created(stage, 4)
        yield stage


def run(stage: Stage, rows: str, *options: str) -> Result:
    return CliRunner().invoke(import_passwords, [*options, "-"], obj=Working(stage.services), input=rows)


def test_whose_hash_was_imported_signs_in(stage: Stage) -> None:
    """By login name or phone, from tabs or JSON, with the password they always had."""
    as_json = json.dumps({"login": newcomer(2).phone, "scheme": "bcrypt", "hash": BCRYPT})
    result = run(stage, f"person-01\tmd5-salt-first\t{MD5}\n\n{as_json}\n")

    assert (0, "imported 2, refused 0\n") == (result.exit_code, result.stdout)
    for login in ("person-01", "person-02"):
        assert "/account" == stage.browser().sign_in(login, OLD).path


def test_rows_that_cannot_be_taken_are_named_by_their_line(stage: Stage) -> None:
    """The others are taken all the same; neither login nor hash is repeated."""
    rows = [
        f"nobody-here\tbcrypt\t{BCRYPT}",
        f"person-03\tcrypt\t{BCRYPT}",
        "person-03\tbcrypt\tnonsense",
        "person-03",
        "{broken",
        f"person-04\tbcrypt\t{BCRYPT}",
        f"person-03\tbcrypt\t{BCRYPT}",
        f"person-03\tbcrypt\t{BCRYPT}",
    ]
    result = run(stage, "\n".join(rows), "--json")
    told = json.loads(result.stdout.splitlines()[-1])

    assert 1 == result.exit_code
    assert 1 == told["imported"]
    assert [1, 2, 3, 4, 5, 6, 8] == [refused["line"] for refused in told["refused"]]
    assert "nobody has this login" == told["refused"][0]["reason"]
    assert "person-0" not in result.output
