"""Files of accounts: CSV with a header, or a JSON object a line; read row by row."""

import csv
import io
import json
import secrets
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO

from idp.crypto.legacy import Scheme
from idp.moving.models import Kind
from idp.moving.rows import COLUMNS, RETURNED
from idp.moving.sealing import RAW, Numbered
from idp.organisations import synthetic as synthetic_organisations
from idp.persons import synthetic as synthetic_persons
from idp.persons.identifiers import DocumentType

LONGEST_LINE = 64 * 1024
DROPPED = ""
"""What a column is renamed to that is not to be read."""


def example() -> list[dict[str, str]]:
    """Rows to import as they are: numbers are generated and nobody's, the hash is of no password."""
    return [
        {
            "id": "10001",
            "name": "张三",
            "id_type": DocumentType.RESIDENT_ID.value,
            "id_number": synthetic_persons.resident_id_at(1),
            "login": "zhangsan",
            "scheme": Scheme.MD5_SALT_FIRST.value,
            "hash": f"{secrets.token_hex(4)}${secrets.token_hex(16)}",
        },
        {
            "id": "20001",
            "kind": Kind.ORGANISATION.value,
            "login": "hongda",
            "credit_code": synthetic_organisations.credit_code(1),
        },
    ]


class Unreadable(Exception):
    """The file as a whole cannot be read; the message says why."""


class Accounts:
    """One file; iterating gives its rows with their numbers, and knows how many bytes were read."""

    def __init__(self, path: Path, encoding: str = "utf-8-sig", renamed: Mapping[str, str] | None = None):
        self.path, self.encoding = path, encoding
        self.renamed = dict(renamed or {})
        self.size = max(1, path.stat().st_size)
        self.header: list[str] = []
        self._raw: _Counted | None = None
        self.is_csv = path.suffix.lower() not in {".jsonl", ".ndjson"}

    @property
    def read_bytes(self) -> int:
        """How far the file has been read."""
        return self._raw.count if self._raw else 0

    def __iter__(self) -> Iterator[Numbered]:
        self._raw = _Counted(self.path)
        text = io.TextIOWrapper(io.BufferedReader(self._raw), self.encoding, newline="")
        with text:
            try:
                yield from self._csv(text) if self.is_csv else self._json_lines(text)
            except UnicodeDecodeError as fault:
                raise Unreadable(f"the file is not {self.encoding}; try --encoding gb18030") from fault
            except csv.Error as fault:
                raise Unreadable(f"the file is no CSV: {fault}") from fault

    def _csv(self, text: IO[str]) -> Iterator[Numbered]:
        reader = csv.reader(text)
        names = [self.renamed.get(cell.strip(), cell.strip()) for cell in next(reader, [])]
        self.header = [name for name in names if name != DROPPED]
        self._refuse_header()
        number = 0
        for row in reader:
            if any(row):
                number += 1
                yield number, _cells(names, row)

    def _refuse_header(self) -> None:
        if "id" not in self.header:
            raise Unreadable("there is no column id; see --example, and --column to rename one")
        unknown = [name for name in self.header if name not in COLUMNS + RETURNED]
        if unknown:
            raise Unreadable(f"unknown columns: {', '.join(unknown)}; rename them, or drop them: --column X=")
        if len(set(self.header)) != len(self.header):
            raise Unreadable("a column is there twice")

    def _json_lines(self, text: IO[str]) -> Iterator[Numbered]:
        number = 0
        for line in text:
            if line.strip():
                number += 1
                yield number, self._object(line)

    def _object(self, line: str) -> dict[str, str]:
        try:
            found = json.loads(line) if len(line) <= LONGEST_LINE else None
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, dict) or not all(isinstance(v, str | int | None) for v in found.values()):
            return {RAW: line.strip()}
        named = {
            self.renamed.get(str(name), str(name)): "" if v is None else str(v) for name, v in found.items()
        }
        named.pop(DROPPED, None)
        return named if set(named) <= {*COLUMNS, *RETURNED} else {RAW: line.strip()}


def _cells(names: list[str], row: list[str]) -> dict[str, str]:
    if len(row) != len(names):
        return {RAW: ",".join(row)}
    return {name: cell for name, cell in zip(names, row, strict=True) if name != DROPPED}


class _Counted(io.FileIO):
    """A file that counts what is read."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, "r")
        self.count = 0

    def readinto(self, buffer: bytearray | memoryview) -> int | None:  # type: ignore[override]
        read = super().readinto(buffer)
        self.count += read or 0
        return read
