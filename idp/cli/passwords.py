"""`idp persons import-passwords`: take over the password hashes of another system."""

import json
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import islice
from typing import TextIO

import click

from idp import clock
from idp.authenticators import password
from idp.cli.context import Operation
from idp.cli.listing import as_json
from idp.crypto import passwords
from idp.crypto.legacy import Malformed, Scheme
from idp.persons import lookup
from idp.services import Services

AT_ONCE = 100
"""Rows in one transaction; hashes are computed before it begins."""
LONGEST = 1024
"""Characters of a line that could be a row."""


class Refused(StrEnum):
    """Why a row was left out."""

    NOT_A_ROW = "not login, scheme and hash"
    UNKNOWN_SCHEME = "unknown scheme"
    MALFORMED = "not a hash of this scheme"
    NOBODY = "nobody has this login"
    HAS_ONE = "has a password already"


@dataclass(frozen=True)
class Imported:
    """One row that can be kept."""

    line: int
    login: str = field(repr=False)
    kept: str = field(repr=False)


@click.command("import-passwords")
@click.argument("file", type=click.File("r", encoding="utf-8"), default="-")
@as_json
@click.pass_obj
def import_passwords(operation: Operation, file: TextIO, as_json: bool) -> None:
    """Take over password hashes: rows of login, scheme and hash, as TSV or as a JSON object a line.

    A login is a login name, a phone or a document number. Schemes are bcrypt, pbkdf2-sha1, pbkdf2-sha256,
    ssha, md5-salt-first, md5-salt-last, sm3-salt-first and sm3-salt-last (the last four as SALT$HEX). Weak
    hashes are wrapped in Argon2id; all become Argon2id when their person first signs in. Who has a password
    keeps it. Rows that cannot be taken are listed by their line, and the exit code is 1.

    \b
    Example:
      idp persons import-passwords --json < passwords.tsv
    """
    services = operation.services
    refused: dict[int, Refused] = {}
    imported = 0
    numbered = enumerate(file, start=1)
    while lines := list(islice(numbered, AT_ONCE)):
        rows = [row for number, line in lines if (row := _read(number, line, refused))]
        for number, reason in _keep(services, rows).items():
            if reason:
                refused[number] = reason
            else:
                imported += 1
    _tell(imported, refused, as_json)
    if refused:
        raise SystemExit(1)


def _read(number: int, line: str, refused: dict[int, Refused]) -> Imported | None:
    """A row ready to be kept; its fault is noted otherwise. A blank line is none."""
    if not line.strip():
        return None
    fields = _fields(line)
    if fields is None:
        refused[number] = Refused.NOT_A_ROW
        return None
    login, scheme, hashed = fields
    if scheme not in set(Scheme):
        refused[number] = Refused.UNKNOWN_SCHEME
        return None
    try:
        return Imported(number, login, passwords.take_in(Scheme(scheme), hashed))
    except Malformed:
        refused[number] = Refused.MALFORMED
        return None


def _fields(line: str) -> tuple[str, str, str] | None:
    if len(line) > LONGEST:
        return None
    if not line.lstrip().startswith("{"):
        cells = [cell.strip() for cell in line.rstrip("\r\n").split("\t")]
    else:
        try:
            row = json.loads(line)
        except ValueError:
            return None
        cells = [row.get(name) for name in ("login", "scheme", "hash")]
    if len(cells) != 3 or not all(isinstance(cell, str) and cell for cell in cells):
        return None
    return cells[0], cells[1], cells[2]


def _keep(services: Services, rows: list[Imported]) -> dict[int, Refused | None]:
    """Write a few rows at once; gives what became of each."""
    now, outcome = clock.now(), dict[int, Refused | None]()
    with services.database.writing() as db:
        for row in rows:
            person = lookup.by_login(db, services.vault, row.login, now)
            if person is None:
                outcome[row.line] = Refused.NOBODY
            elif not password.keep_imported(db, person.id, row.kept, now):
                outcome[row.line] = Refused.HAS_ONE
            else:
                outcome[row.line] = None
    return outcome


def _tell(imported: int, refused: dict[int, Refused], as_json: bool) -> None:
    """How it went; a line's number is all that is told of it."""
    if as_json:
        told = [{"line": line, "reason": reason.value} for line, reason in sorted(refused.items())]
        click.echo(json.dumps({"imported": imported, "refused": told}))
        return
    click.echo(f"imported {imported}, refused {len(refused)}")
    for line, reason in sorted(refused.items()):
        click.echo(f"line {line}: {reason.value}")
