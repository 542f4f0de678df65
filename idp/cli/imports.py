"""`idp import`: accounts of other systems, read from a file."""

import csv
import io
import json
import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import click

from idp.cli.context import Operation, operator
from idp.cli.listing import Row, as_json, show_one
from idp.clients.models import ClientRow
from idp.moving import runs, sealing
from idp.moving.files import Accounts, Unreadable, example
from idp.moving.returned import InUse, Returned
from idp.moving.rows import COLUMNS
from idp.moving.runs import Counts, Importing, Nameless
from idp.moving.writing import AlsoRunning

EVERY = 1.0
"""Seconds between two lines about the progress."""


@dataclass(frozen=True)
class Given:
    """What the command was told about a file."""

    path: Path
    source: str
    name: str
    client_id: str | None
    returned: Path
    dry_run: bool
    again: bool
    workers: int


def _example(context: click.Context, _parameter: click.Parameter, wanted: bool) -> None:
    if wanted:
        table = io.StringIO()
        writer = csv.DictWriter(table, COLUMNS)
        writer.writeheader()
        writer.writerows(example())
        click.echo(table.getvalue(), nl=False)
        context.exit()


def _renaming(_context: click.Context, _parameter: click.Parameter, given: tuple[str, ...]) -> dict[str, str]:
    if any("=" not in one for one in given):
        raise click.BadParameter("give THEIRS=OURS")
    return {theirs: ours for theirs, _, ours in (one.partition("=") for one in given)}


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--source", required=True, help="A short code of the system they come from.")
@click.option("--name", default="", help="What people call that system; needed the first time.")
@click.option("--client", "client_id", help="The portal whose old users these are.")
@click.option("--faults", type=click.Path(dir_okay=False, path_type=Path), help="The returned file.")
@click.option("--dry-run", is_flag=True, help="Read and check everything, write no account.")
@click.option("--again", is_flag=True, help="Read a file anew that was read to its end.")
@click.option("--encoding", default="utf-8-sig", show_default=True, help="gb18030 for older systems.")
@click.option("--column", "renamed", multiple=True, callback=_renaming, help="THEIRS=OURS, any number.")
@click.option("--workers", type=click.IntRange(0, 64), help="Processes beside this one; 0 for none.")
@click.option("--example", is_flag=True, is_eager=True, expose_value=False, callback=_example)
@as_json
@click.pass_obj
def import_command(
    operation: Operation,
    file: Path,
    source: str,
    name: str,
    client_id: str | None,
    faults: Path | None,
    dry_run: bool,
    again: bool,
    encoding: str,
    renamed: dict[str, str],
    workers: int | None,
    as_json: bool,
) -> None:
    """Take in accounts of another system: CSV with a header, or a JSON object a line (.jsonl).

    Nobody becomes a person by this: whoever an account belongs to proves it, by its document or by its old
    password and then themselves. A run that was stopped goes on where it was when started again with the same
    file; rows that are there already are left, or take what changed. Faulty rows are returned in a file of
    their own, with what is wrong and what to do; correct them there and import that file.

    Registries are asked later, by the worker, as many a minute as the settings say.

    \b
    Example:
      idp import --example > accounts.csv
      idp import accounts.csv --source gjj --name 住房公积金网厅 --dry-run
      idp import accounts.csv --source gjj --name 住房公积金网厅 --client gjj-portal --json
    """
    given = Given(
        path=file,
        source=source,
        name=name,
        client_id=client_id,
        returned=faults or file.with_name(f"{file.stem}.faults{file.suffix}"),
        dry_run=dry_run,
        again=again,
        workers=max(1, (os.cpu_count() or 2) - 1) if workers is None else workers,
    )
    try:
        with operator():
            told = _import(operation, given, Accounts(file, encoding, renamed), as_json)
    except Unreadable as fault:
        raise click.ClickException(str(fault)) from fault
    except (AlsoRunning, InUse) as fault:
        raise click.ClickException(f"another import is running: {fault}") from fault
    except Nameless:
        raise click.ClickException(f"there is no source {source} yet; a new one needs --name") from None
    show_one(told, as_json)
    if told["faulty"]:
        raise SystemExit(1)


def _import(operation: Operation, given: Given, accounts: Accounts, as_json: bool) -> Row:
    services, digest = operation.services, sealing.file_digest(given.path)
    with services.database.writing() as db:
        if given.client_id and db.get(ClientRow, given.client_id) is None:
            raise click.ClickException(f"no client {given.client_id}")
        source = runs.source(db, services.vault, given.source, given.name, given.client_id)
        run, generation = runs.begin(db, source, digest, given.again or given.dry_run), source.generation
        if given.dry_run:
            db.rollback()
    if run.position:
        said = "was read to its end; --again reads it anew" if run.finished_at else "goes on"
        _say(f"row {run.position}: this file {said}", as_json)
    counts = Counts(run.position, run.added, run.changed, run.unchanged, run.faulty)
    if run.finished_at is None:
        returned = Returned(given.returned, accounts, run.fault_bytes)
        importing = Importing(
            services.database,
            services.vault,
            run.id,
            given.source,
            generation,
            accounts,
            returned,
            given.workers,
            is_rehearsal=given.dry_run,
        )
        counts = importing.run(counts, Progress(accounts, run.position, as_json))
    return {
        "source": given.source,
        "run": "rehearsal" if given.dry_run else str(run.id),
        **asdict(counts),
        "returned": str(given.returned) if counts.faulty else "",
    }


class Progress:
    """Tells on standard error how far it is, how fast, and how long it will take."""

    def __init__(self, accounts: Accounts, skipped: int, as_json: bool) -> None:
        self._accounts, self._as_json, self._skipped = accounts, as_json, skipped
        self._began = self._told = time.monotonic()

    def __call__(self, counts: Counts) -> None:
        """Say it, not too often."""
        now = time.monotonic()
        if now - self._told < EVERY:
            return
        self._told = now
        rate = (counts.position - self._skipped) / (now - self._began)
        rows = counts.position * self._accounts.size / max(1, self._accounts.read_bytes)
        left = max(0.0, rows - counts.position) / max(rate, 1.0)
        if self._as_json:
            told = {**asdict(counts), "rows_per_second": round(rate), "seconds_left": round(left)}
            click.echo(json.dumps(told), err=True)
            return
        click.echo(
            f"{counts.position:,} rows, {rate:,.0f}/s, about {left:,.0f} s left, {counts.faulty:,} faulty",
            err=True,
        )


def _say(text: str, as_json: bool) -> None:
    click.echo(json.dumps({"note": text}) if as_json else text, err=True)
