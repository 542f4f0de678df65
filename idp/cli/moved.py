"""`idp imports`: how far moving in has come, what needs somebody, and subjects for a portal's old users."""

import csv
import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import TextIO

import click

from idp import clock
from idp.cli.context import Operation
from idp.cli.exports import export_command, export_open
from idp.cli.imports import import_command
from idp.cli.listing import as_json, show
from idp.clients.metadata import Client
from idp.moving import claims as claims_kept
from idp.moving import faults as faults_kept
from idp.moving import standing
from idp.moving.models import ImportSource
from idp.moving.rows import COLUMNS, RETURNED
from idp.moving.sealing import batches
from idp.oauth import old_users
from idp.oauth.old_users import MOST
from idp.services import Services


@click.group("imports")
def imports() -> None:
    """Look after accounts that were imported from other systems."""


@imports.command("list")
@as_json
@click.pass_obj
def list_sources(operation: Operation, as_json: bool) -> None:
    """List the sources, with how many of their accounts stand how; a note says where none came in yet.

    \b
    Example:
      idp imports list --json
    """
    with operation.database.reading() as db:
        show([{**asdict(one), "note": _note(one)} for one in standing.counts(db)], as_json)


def _note(one: standing.Count) -> str:
    """What a source without a single account is: a file was read, and every row of it was faulty."""
    there = one.waiting or one.joined or one.conflict or one.refused
    return "" if there else f"no accounts yet; see `idp imports runs {one.source}`"


@imports.command("runs")
@click.argument("source")
@as_json
@click.pass_obj
def list_runs(operation: Operation, source: str, as_json: bool) -> None:
    """List the files read into a source.

    \b
    Example:
      idp imports runs gjj
    """
    with operation.database.reading() as db:
        show(
            [
                {
                    "run": str(one.id),
                    "started_at": one.started_at,
                    "finished_at": one.finished_at,
                    "rows": one.position,
                    "added": one.added,
                    "changed": one.changed,
                    "unchanged": one.unchanged,
                    "faulty": one.faulty,
                }
                for one in standing.runs_of(db, source)
            ],
            as_json,
        )


@imports.command()
@click.argument("source")
@as_json
@click.pass_obj
def faults(operation: Operation, source: str, as_json: bool) -> None:
    """Write, as CSV or JSON, the accounts that a registry or another holder contradicts, with what to do.

    It holds names and numbers: send it to who brought them, and to nobody else. Old passwords stay
    here, as in the console.

    \b
    Example:
      idp imports faults gjj > gjj.faults.csv
    """
    services = operation.services
    with services.database.reading() as db:
        rows = (
            faults_kept.contradicted(*found) for found in standing.open_accounts(db, services.vault, source)
        )
        told = ({**row.cells, "fault": row.fault, "advice": row.advice} for row in rows)
        _write(told, (*(name for name in COLUMNS if name not in faults_kept.WITHHELD), *RETURNED), as_json)


@imports.command()
@as_json
@click.pass_obj
def claims(operation: Operation, as_json: bool) -> None:
    """List who typed the password of a login that an enterprise shared; a mandate settles their claim.

    \b
    Example:
      idp imports claims --json
    """
    with operation.database.reading() as db:
        oldest = sorted(claims_kept.waiting(db, None), key=lambda one: one[0].at)
        show(
            [
                {
                    "source": account.source,
                    "credit_code": account.credit_code or "",
                    "person": str(claim.person_id),
                    "at": claim.at,
                }
                for claim, account in oldest
            ],
            as_json,
        )


@imports.command("map")
@click.argument("source")
@click.argument("file", type=click.File("r", encoding="utf-8-sig"), default="-")
@as_json
@click.pass_obj
def map_command(operation: Operation, source: str, file: TextIO, as_json: bool) -> None:
    """Write, as CSV or JSON, own id and subject of a source's accounts, as far as its portal may know them.

    FILE has one own id a line. The same rules hold, and the same is kept, as when the portal asks itself.

    \b
    Example:
      idp imports map gjj ids.txt > subjects.csv
    """
    services = operation.services
    with services.database.reading() as db:
        found = db.get(ImportSource, source)
    client = services.clients.find(found.client_id) if found and found.client_id else None
    if client is None:
        raise click.ClickException("no such source, or none that belongs to a portal")
    _write(_mapped(services, client, source, file), ("id", "sub"), as_json)


def _mapped(services: Services, client: Client, source: str, file: TextIO) -> Iterator[Mapping[str, str]]:
    for ids in batches(filter(None, map(str.strip, file)), MOST):
        told = old_users.by_id(
            services.database, services.prepared, services.vault, client, source, ids, clock.now()
        )
        yield from ({"id": own, "sub": sub} for own, sub in told.items())


def _write(rows: Iterable[Mapping[str, str]], columns: Sequence[str], as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(list(rows), ensure_ascii=False))
        return
    table = csv.DictWriter(sys.stdout, columns, extrasaction="ignore")
    table.writeheader()
    table.writerows(rows)


MOVING = (import_command, imports, export_command, export_open)
"""All that `idp` can do about moving."""
