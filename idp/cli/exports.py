"""`idp export` and `idp export-open`: everything, sealed to a key, for another system to take over."""

import json
import os
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO

import click

from idp.account import leaving
from idp.audit import trail
from idp.cli.context import Operation, operator
from idp.cli.listing import as_json, show_one
from idp.crypto import parcels
from idp.crypto.parcels import Damaged, PublicKey, Unsuitable
from idp.moving.events import EverythingExported

EXISTING = click.Path(exists=True, dir_okay=False, path_type=Path)
OURS_ALONE = 0o600


@click.command("export")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--to", "recipient", type=EXISTING, help="PEM of the public key of whoever takes over.")
@as_json
@click.pass_obj
def export_command(operation: Operation, file: Path, recipient: Path | None, as_json: bool) -> None:
    """Write down every person and organisation for another system, sealed to a public key.

    Without a key nothing is written. The file is one JWE (RFC 7516) a line; `idp export-open` makes files of
    it that `idp import` reads, and JSON of all the rest. Keys of ours, the trail and sessions are not in it.

    \b
    Example:
      openssl ecparam -name prime256v1 -genkey -noout -out private.pem
      openssl ec -in private.pem -pubout -out public.pem
      idp export leaving.jwe --to public.pem
    """
    if recipient is None:
        raise click.ClickException("an export is sealed to a public key: give one with --to")
    try:
        key = parcels.public_key(recipient.read_bytes())
    except Unsuitable as fault:
        raise click.ClickException(str(fault)) from fault
    services, counted = operation.services, Counter[str]()

    def counting(line: str) -> str:
        counted[next(iter(json.loads(line)))] += 1
        return line

    told = leaving.lines(services.database, services.vault, services.settings.issuer)
    with _private(file) as sealed, _gone_on_failure(file):
        parcels.seal(map(counting, told), key, sealed)
    with operator(), services.database.writing() as db:
        persons, accounts = counted["everything"], counted["account"]
        trail.record(db, EverythingExported(key=key.thumbprint(), persons=persons, accounts=accounts))
    show_one({"file": str(file), "key": key.thumbprint(), **counted}, as_json)


@click.command("export-open")
@click.argument("file", type=EXISTING)
@click.option("--key", "private", type=EXISTING, required=True, help="PEM of the private key.")
@click.option("--into", type=click.Path(file_okay=False, path_type=Path), required=True, help="A new folder.")
@as_json
def export_open(file: Path, private: Path, into: Path, as_json: bool) -> None:
    """Open an export: files that `idp import` reads, and JSON of the rest. Needs no instance.

    \b
    Example:
      idp export-open leaving.jwe --key private.pem --into arrived
      idp import arrived/account.jsonl --source before --name 原平台
    """
    try:
        key = parcels.private_key(private.read_bytes())
        into.mkdir(mode=0o700, exist_ok=False)
        with _gone_on_failure(into):
            counted = _written(file, key, into)
    except FileExistsError:
        raise click.ClickException(f"{into} is there already; name a new folder") from None
    except FileNotFoundError:
        raise click.ClickException(f"there is no folder {into.parent}") from None
    except (Unsuitable, Damaged, UnicodeDecodeError) as fault:
        raise click.ClickException(str(fault)) from fault
    show_one({"folder": str(into), **counted}, as_json)


def _written(file: Path, key: PublicKey, into: Path) -> Counter[str]:
    """Sort the lines of an export into files; how many each has."""
    counted = Counter[str]()
    with ExitStack() as stack, file.open(encoding="ascii") as sealed:
        files: dict[str, IO[str]] = {}
        for line in parcels.opened(sealed, key):
            name, row = _sorted(line)
            if name not in files:
                files[name] = stack.enter_context(_private(into / f"{name}.jsonl"))
            files[name].write(json.dumps(row, ensure_ascii=False) + "\n")
            counted[name] += 1
    return counted


@contextmanager
def _gone_on_failure(path: Path) -> Iterator[None]:
    """Leave no half of a file or folder behind: it would be taken for the whole."""
    with ExitStack() as unless_whole:
        unless_whole.callback(lambda: shutil.rmtree(path) if path.is_dir() else path.unlink())
        yield
        unless_whole.pop_all()


def _sorted(line: str) -> tuple[str, object]:
    """Which file a line belongs to, and what is written there."""
    (kind, told) = next(iter(json.loads(line).items()))
    if kind == "waiting":
        return f"waiting-{told['source']}", told["account"]
    return kind, told


def _private(path: Path) -> IO[str]:
    """A new file for its owner alone."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OURS_ALONE)
    except FileExistsError:
        raise click.ClickException(f"{path} is there already") from None
    return os.fdopen(descriptor, "w", encoding="utf-8")
