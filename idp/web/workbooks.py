"""Tables in files: Excel workbooks and CSV, as people bring them and as they take them home.

What comes in is bounded before it is believed: rows, columns, bytes after unpacking; no formula is run, no
entity resolved. What goes out holds text as text, so that nothing in it is taken for a formula.
"""

import csv
import io
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from lxml import etree

EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_COLUMNS = 40
MOST_UNPACKED = 4 * 1024 * 1024
"""Bytes of one part of a workbook."""
MOST_TAGS = 300_000
"""In one part: an element of four bytes takes more than a hundred in memory."""
PACKED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""How parts of a workbook are packed (ECMA-376 part 2); what is packed otherwise comes out all at once."""
FEWEST_PLACES = -18
"""Of the first digit of a number, in powers of ten; what is smaller is not written out."""
BROKEN = (
    zipfile.BadZipFile, zlib.error, KeyError, ValueError, NotImplementedError, RuntimeError, EOFError,
    OSError,
)  # fmt: skip
"""What the archive may turn out to be while it is read."""
MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
COLUMN = re.compile(r"([A-Z]{1,3})[0-9]+")

Table = list[list[str]]


class Malformed(Exception):
    """It is no table that we can read."""


class TooLong(Exception):
    """It has more rows or columns than are taken."""


@dataclass(frozen=True)
class Sheet:
    """A table to write: its name, headings, rows, and how wide its columns are, in characters."""

    name: str
    columns: Sequence[str]
    rows: Iterable[Sequence[str]]
    widths: Sequence[int] = ()


def read(content: bytes, most_rows: int) -> Table:
    """The cells of a file, row by row, trimmed, no empty rows at the end; raises Malformed or TooLong."""
    rows = _of_workbook(content) if content.startswith(b"PK") else _of_csv(content)
    table: Table = []
    for row in rows:
        if len(row) > MOST_COLUMNS or len(table) > 2 * most_rows:
            raise TooLong
        table.append([cell.strip() for cell in row])
    while table and not any(table[-1]):
        table.pop()
    if len(table) > most_rows:
        raise TooLong
    return table


def write(sheets: Iterable[Sheet]) -> bytes:
    """A workbook: headings frozen and with a filter, every cell text."""
    import xlsxwriter  # slow to load, and most processes never write one

    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True})
    heading = book.add_format({"bold": True, "bg_color": "#E6EFEF", "text_wrap": True, "valign": "top"})
    plain = book.add_format({"text_wrap": True, "valign": "top", "num_format": "@"})
    for sheet in sheets:
        page, last = book.add_worksheet(sheet.name), 0
        for column, width in enumerate(sheet.widths):
            page.set_column(column, column, width, plain)
        for column, words in enumerate(sheet.columns):
            page.write_string(0, column, words, heading)
        for last, row in enumerate(sheet.rows, start=1):
            for column, cell in enumerate(row):
                page.write_string(last, column, cell, plain)
        if sheet.columns:
            page.freeze_panes(1, 0)
            page.autofilter(0, 0, max(last, 1), len(sheet.columns) - 1)
    book.close()
    return file.getvalue()


def _of_csv(content: bytes) -> Iterator[list[str]]:
    """UTF-8, or GB 18030, in which Chinese spreadsheets save."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            text = content.decode("gb18030")
        except UnicodeDecodeError as fault:
            raise Malformed from fault
    if "\0" in text:
        raise Malformed
    try:
        for row in csv.reader(io.StringIO(text, newline=""), strict=True):
            # what we wrote with an apostrophe, so that it is no formula, is read without it
            yield [cell[1:] if cell[:1] == "'" else cell for cell in row]
    except csv.Error as fault:
        raise Malformed from fault


def _of_workbook(content: bytes) -> Iterator[list[str]]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            names = set(parts.namelist())
            first = _first_sheet(parts)
            shared = _shared(parts) if "xl/sharedStrings.xml" in names else []
            sheet = _xml(parts, first)
    except BROKEN as fault:
        raise Malformed from fault
    return _rows(sheet, shared)


def _first_sheet(parts: zipfile.ZipFile) -> str:
    """Where the first sheet of the workbook is."""
    sheet = _xml(parts, "xl/workbook.xml").find(f"{MAIN}sheets/{MAIN}sheet")
    if sheet is None:
        raise Malformed
    wanted = sheet.get(RELATION)
    for relation in _xml(parts, "xl/_rels/workbook.xml.rels"):
        if relation.get("Id") == wanted:
            target = str(relation.get("Target"))
            return target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    raise Malformed


def _shared(parts: zipfile.ZipFile) -> list[str]:
    return [_text(item) for item in _xml(parts, "xl/sharedStrings.xml").iterfind(f"{MAIN}si")]


def _text(item: Any) -> str:
    """The words of a string, without the readings that stand above them."""
    runs = [*item.iterfind(f"{MAIN}t"), *item.iterfind(f"{MAIN}r/{MAIN}t")]
    return "".join(run.text or "" for run in runs)


def _rows(sheet: Any, shared: Sequence[str]) -> Iterator[list[str]]:
    expected = 1
    for row in sheet.iterfind(f"{MAIN}sheetData/{MAIN}row"):
        number = _number(row.get("r"), expected)
        if number - expected > 1000:
            raise TooLong
        yield from ([] for _ in range(expected, number))
        yield _cells(row, shared)
        expected = number + 1


def _cells(row: Any, shared: Sequence[str]) -> list[str]:
    found: dict[int, str] = {}
    for place, cell in enumerate(row.iterfind(f"{MAIN}c")):
        reference = COLUMN.fullmatch(cell.get("r") or "")
        column = _index(reference[1]) if reference else place
        if column >= MOST_COLUMNS:
            raise TooLong
        found[column] = _value(cell, shared)
    return [found.get(column, "") for column in range(max(found, default=-1) + 1)]


def _value(cell: Any, shared: Sequence[str]) -> str:
    kind, value = cell.get("t", "n"), cell.findtext(f"{MAIN}v") or ""
    if kind == "inlineStr":
        return "".join(_text(item) for item in cell.iterfind(f"{MAIN}is"))
    if kind == "s":
        index = _number(value, -1)
        if not 0 <= index < len(shared):
            raise Malformed
        return shared[index]
    return _plain(value) if kind == "n" else value


def _plain(value: str) -> str:
    """A number as people write it: long ones without an exponent, whole ones without a point."""
    try:
        number = Decimal(value)
    except InvalidOperation:
        return value
    if not number.is_finite() or not (number.is_zero() or FEWEST_PLACES <= number.adjusted() < 18):
        return value
    return str(int(number)) if number == number.to_integral_value() else f"{number.normalize():f}"


def _xml(parts: zipfile.ZipFile, name: str) -> Any:
    if parts.getinfo(name).compress_type not in PACKED:
        raise Malformed
    with parts.open(name) as part:
        content = part.read(MOST_UNPACKED + 1)
    if len(content) > MOST_UNPACKED or content.count(b"<") > MOST_TAGS:
        raise TooLong
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as fault:
        raise Malformed from fault
    if root.getroottree().docinfo.doctype:
        raise Malformed
    return root


def _number(text: str | None, otherwise: int) -> int:
    return int(text) if text is not None and text.isdecimal() and len(text) < 10 else otherwise


def _index(letters: str) -> int:
    index = 0
    for letter in letters:
        index = index * 26 + ord(letter) - ord("A") + 1
    return index - 1


def by_heading(table: Table, headings: Mapping[str, str]) -> tuple[list[str], list[dict[str, str]]]:
    """The keys of headings that are missing in the first row, and the others' cells by key, row by row."""
    if not table:
        return sorted(set(headings.values())), []
    keys = [headings.get(heading) for heading in table[0]]
    missing = [key for key in dict.fromkeys(headings.values()) if key not in keys]
    rows = [
        {key: row[place] for place, key in enumerate(keys) if key is not None and place < len(row)}
        for row in table[1:]
    ]
    return missing, rows
