"""Files of invented accounts, and the import of one in this process."""

import csv
import json
from hashlib import md5
from pathlib import Path

from idp.keys.vault import Vault
from idp.moving import runs, sealing
from idp.moving.files import Accounts
from idp.moving.models import ImportRun
from idp.moving.returned import Returned
from idp.moving.rows import COLUMNS
from idp.moving.runs import Counts, Importing
from idp.storage.database import Database
from tests.idp.persons.people import claim, phone

OLD = "seven quiet herons"
MD5 = f"pepper${md5(f'pepper{OLD}'.encode()).hexdigest()}"


def row(index: int, **changes: str) -> dict[str, str]:
    """An account of somebody who is `people.claim(index)`."""
    who = claim(index)
    told = {"id": f"old-{index}", "name": who.name, "id_type": "111", "id_number": who.number}
    return told | {"phone": phone(index), "login": f"old_name_{index}"} | changes


def written(folder: Path, rows: list[dict[str, str]], name: str = "accounts.csv") -> Path:
    """A file of these rows."""
    path = folder / name
    with path.open("w", encoding="utf-8", newline="") as file:
        if path.suffix == ".jsonl":
            file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        else:
            table = csv.DictWriter(file, COLUMNS)
            table.writeheader()
            table.writerows(rows)
    return path


def imported(
    database: Database, vault: Vault, path: Path, *, source: str = "gjj", again: bool = False
) -> Counts:
    """Read a file to its end, in this process alone."""
    importing, counts = begun(database, vault, path, source=source, again=again)
    return importing.run(counts, lambda _: None)


def begun(
    database: Database, vault: Vault, path: Path, *, source: str = "gjj", again: bool = False
) -> tuple[Importing, Counts]:
    """An import that is about to read, and where it stands."""
    accounts = Accounts(path)
    with database.writing() as db:
        found = runs.source(db, vault, source, "住房公积金网厅", None)
        run: ImportRun = runs.begin(db, found, sealing.file_digest(path), again)
        generation = found.generation
    returned = Returned(path.with_name(f"{path.stem}.faults{path.suffix}"), accounts, run.fault_bytes)
    counts = Counts(run.position, run.added, run.changed, run.unchanged, run.faulty)
    importing = Importing(database, vault, run.id, source, generation, accounts, returned, workers=0)
    return importing, counts
