"""Files that a person takes home: never kept by anything on the way, never run by a spreadsheet."""

import csv
import unicodedata
from collections.abc import Iterable, Sequence
from io import StringIO
from urllib.parse import quote

from flask import Response

BOM = "\ufeff"
"""So that spreadsheets read the file as UTF-8."""
STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
"""Of wider and smaller forms of these, too: Chinese spreadsheets take ＝ for =."""
BLANK = " \u00a0\u3000"


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """A CSV file (RFC 4180) as spreadsheets read it; no cell is taken for a formula."""
    text = StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([guarded(cell) for cell in columns])
    writer.writerows([guarded(cell) for cell in row] for row in rows)
    return (BOM + text.getvalue()).encode()


def guarded(cell: str) -> str:
    """The cell as text: what would begin a formula gets an apostrophe before it (CSV injection)."""
    first = unicodedata.normalize("NFKC", cell.lstrip(BLANK)[:1])
    return f"'{cell}" if first.startswith(STARTS_A_FORMULA) else cell


def attachment(body: bytes, name: str, mimetype: str) -> Response:
    """An answer that is saved and not shown; `name` may be Chinese (RFC 6266)."""
    response = Response(body, mimetype=mimetype)
    plain = name.encode("ascii", "ignore").decode().replace('"', "") or "download"
    response.headers["Content-Disposition"] = (
        f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name)}"
    )
    response.headers["Cache-Control"] = "no-store"
    response.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    return response
