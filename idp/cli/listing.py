"""What commands print: rows in aligned columns for people, JSON for programs."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol
from unicodedata import east_asian_width

import click

from idp.keys.custody import Custody
from idp.storage.database import Database

Cell = str | int | bool | datetime | Sequence[str] | None
Row = Mapping[str, Cell]


class Operating(Protocol):
    """What operators' commands work on; `context.obj` is one (`idp.services.Services`)."""

    @property
    def database(self) -> Database:
        """Where everything is kept."""
        ...

    @property
    def custody(self) -> Custody:
        """What wraps the keys."""
        ...


as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")


def show(rows: Sequence[Row], as_json: bool) -> None:
    """Print many rows."""
    if as_json:
        click.echo(json.dumps([_plain(row) for row in rows], ensure_ascii=False))
    elif rows:
        names = list(rows[0])
        lines = [names, *([_text(row[name]) for name in names] for row in rows)]
        widths = [max(_width(line[column]) for line in lines) for column in range(len(names))]
        for line in lines:
            cells = (cell + " " * (wide - _width(cell)) for cell, wide in zip(line, widths, strict=True))
            click.echo("  ".join(cells).rstrip())
    else:
        click.echo("none")


def show_one(row: Row, as_json: bool) -> None:
    """Print one row, a line a field."""
    if as_json:
        click.echo(json.dumps(_plain(row), ensure_ascii=False))
        return
    widest = max(map(len, row), default=0)
    for name, cell in row.items():
        click.echo(f"{name:<{widest}}  {_text(cell)}".rstrip())


def _plain(row: Row) -> dict[str, object]:
    return {name: cell.isoformat() if isinstance(cell, datetime) else cell for name, cell in row.items()}


def _text(cell: Cell) -> str:
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, datetime):
        return f"{cell:%Y-%m-%d %H:%M:%SZ}"
    if cell is None or isinstance(cell, str | int):
        return "" if cell is None else str(cell)
    return " ".join(cell)


def _width(text: str) -> int:
    """Columns of a terminal; Chinese characters take two."""
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in text)
