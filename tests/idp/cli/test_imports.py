"""`idp import`, `idp imports`, `idp export`: the commands, on an instance of their own."""

import csv
import json
from pathlib import Path

from joserfc.jwk import ECKey

from idp.moving.rows import COLUMNS
from tests.idp.cli.conftest import SECONDS, Idp
from tests.idp.moving.old_accounts import row, written
from tests.idp.persons.people import claim

EC = ECKey.generate_key("P-256")
ROWS = 20_000
"""As many as take longer than one line about the progress."""


def importing(path: Path, source: str = "old", workers: int = 0) -> tuple[str, ...]:
    """The command for a file of a source that is new."""
    return ("import", str(path), "--source", source, "--name", "旧门户", "--workers", str(workers))


def test_the_example_can_be_imported_as_it_is(idp: Idp, tmp_path: Path) -> None:
    """Its header has every column; its rows hold numbers of nobody, and all of them are right."""
    idp("init")
    path = tmp_path / "accounts.csv"
    path.write_text(idp("import", "--example").stdout, encoding="utf-8")
    header, first, *_ = csv.reader(path.read_text(encoding="utf-8").splitlines())
    arguments = ("import", str(path), "--source", "gjj", "--name", "住房公积金网厅", "--workers", "0")
    rehearsed = idp.json(*arguments, "--dry-run")
    told = idp.json(*arguments)

    assert set(header) == set(COLUMNS)
    assert first[header.index("id_number")][2:6] == "0000"
    assert [(2, 0)] * 2 == [(one["added"], one["faulty"]) for one in (rehearsed, told)]


def test_a_source_of_nothing_but_faults_is_listed_as_such(idp: Idp, tmp_path: Path) -> None:
    """Its faulty rows can be looked at, so it is there, and the list says that no account is."""
    idp("init")
    idp(*importing(written(tmp_path, [row(1, phone="1")]), "bad"))
    idp(*importing(written(tmp_path, [row(2)], "good.csv"), "good"))
    listed = {one["source"]: one["note"] for one in idp.json("imports", "list")}

    assert listed == {"bad": "no accounts yet; see `idp imports runs bad`", "good": ""}


def test_a_new_source_needs_a_name(made: Idp, tmp_path: Path) -> None:
    """A code that was mistyped makes no second source; a known one needs no name any more."""
    first = ("import", str(written(tmp_path, [row(1)])), "--source", "gjj", "--workers", "0")
    nameless = made(*first)
    told = made.json(*first, "--name", "住房公积金网厅")
    more = ("import", str(written(tmp_path, [row(2)], "more.csv")), "--workers", "0", "--source")
    mistyped = made(*more, "gij")

    assert (1, True) == (nameless.exit_code, "--name" in nameless.output)
    assert (1, True) == (mistyped.exit_code, "--name" in mistyped.output)
    assert [1, 1] == [told["added"], made.json(*more, "gjj")["added"]]
    assert ["gjj"] == [one["source"] for one in made.json("imports", "list")]


def test_a_rehearsal_writes_no_account(idp: Idp, tmp_path: Path) -> None:
    """It checks every row all the same, returns the faulty ones, and says so by its exit code."""
    idp("init")
    path = written(tmp_path, [row(1), row(2, phone="1")])
    result = idp(*importing(path), "--dry-run", "--json")

    assert (1, 1, 1) == (result.exit_code, *(json.loads(result.stdout)[name] for name in ("added", "faulty")))
    assert "phone_malformed" in (tmp_path / "accounts.faults.csv").read_text(encoding="utf-8")
    assert [] == idp.json("imports", "list")


def test_sources_are_counted(idp: Idp, tmp_path: Path) -> None:
    """Waiting accounts, and those whose document another one of the source has, too."""
    idp("init")
    path = written(tmp_path, [row(1), row(2), row(2, id="old-2b")])
    idp.json(*importing(path, workers=1))
    (counted,) = idp.json("imports", "list")

    assert ("旧门户", 3, 1) == (counted["name"], counted["waiting"], counted["doubles"])


def test_columns_are_renamed_and_dropped_and_old_encodings_read(idp: Idp, tmp_path: Path) -> None:
    """Files come as the older system writes them."""
    idp("init")
    path = tmp_path / "旧.csv"
    path.write_text("编号,姓名,手机,备注\n1,林晓云,13900000001,无\n", encoding="gb18030")
    renamed = [f"--column={one}" for one in ("编号=id", "姓名=name", "手机=phone", "备注=")]
    told = idp.json(*importing(path), "--encoding", "gb18030", *renamed)

    assert (1, 0) == (told["added"], told["faulty"])


def test_the_commands_refuse_without_a_key_and_open_what_they_sealed(idp: Idp, tmp_path: Path) -> None:
    """`export`, `export-open`, then `import` of what came out."""
    idp("init")
    rows = written(tmp_path, [row(3)], "first.jsonl")
    idp(*importing(rows))
    (tmp_path / "public.pem").write_bytes(EC.as_pem(private=False))
    (tmp_path / "private.pem").write_bytes(EC.as_pem(private=True))
    sealed, folder = tmp_path / "leaving.jwe", tmp_path / "arrived"
    refused = idp("export", str(sealed))
    idp.json("export", str(sealed), "--to", str(tmp_path / "public.pem"))
    opened = idp.json(
        "export-open", str(sealed), "--key", str(tmp_path / "private.pem"), "--into", str(folder)
    )
    again = idp.json(*importing(folder / "waiting-old.jsonl", "new", workers=1))

    assert (1, True) == (refused.exit_code, "--to" in refused.output)
    assert 1 == opened["waiting-old"]
    assert claim(3).number not in sealed.read_text()
    assert (1, 0) == (again["added"], again["faulty"])


def test_an_export_that_is_not_whole_leaves_nothing_behind(idp: Idp, tmp_path: Path) -> None:
    """Nor does a wrong key: the same command can be given again once the fault is found."""
    (tmp_path / "private.pem").write_bytes(EC.as_pem(private=True))
    (tmp_path / "cut.jwe").write_text("nonsense\n", encoding="ascii")
    folder = tmp_path / "arrived"
    arguments = ("export-open", str(tmp_path / "cut.jwe"), "--into", str(folder), "--key")
    damaged = idp(*arguments, str(tmp_path / "private.pem"))
    no_key = idp(*arguments, str(tmp_path / "cut.jwe"))

    assert [1, 1] == [damaged.exit_code, no_key.exit_code]
    assert not folder.exists()
    folder.mkdir()
    assert "is there already" in idp(*arguments, str(tmp_path / "private.pem")).output


def test_an_import_that_was_killed_goes_on(made: Idp, tmp_path: Path) -> None:
    """`kill -9` of its process alone: its helpers hold no lock and do not outlive it."""
    rows = [{"id": str(number), "login": f"login_{number}"} for number in range(ROWS)]
    path = written(tmp_path, rows)
    arguments = importing(path, workers=2)
    process = made.process(*arguments, "--json")
    assert process.stdout is not None and process.stderr is not None
    assert "position" in process.stderr.readline()
    children = _children(process.pid)
    process.kill()
    process.wait(SECONDS)
    process.stdout.close()
    process.stderr.close()
    told = made.json(*arguments)

    assert len(children) >= 2
    assert (ROWS, ROWS, 0) == (told["position"], told["added"], told["faulty"])
    assert not [one for one in children if _runs(one)]


def _children(pid: int) -> list[int]:
    listed = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(one) for path in listed for one in path.read_text().split()]


def _runs(pid: int) -> bool:
    try:
        return bool(Path(f"/proc/{pid}/cmdline").read_bytes())
    except (FileNotFoundError, ProcessLookupError):
        return False
