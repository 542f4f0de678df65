"""Tables that operators bring as CSV: a whole file or nothing, every faulty line named."""

import csv
from collections.abc import Iterable, Mapping, Sequence

Cells = Mapping[str, str]


def read(file: Iterable[str], columns: Sequence[str]) -> tuple[dict[int, Cells], list[str]]:
    """The cells of each row by its line, trimmed, blank rows left out; or what is wrong with the file."""
    reader = csv.DictReader(file, strict=True)
    try:
        rows = [(reader.line_num, row) for row in reader]
    except csv.Error as fault:
        return {}, [f"line {reader.line_num}: {fault}"]
    faults = [f"line 1: no column {name}" for name in columns if name not in (reader.fieldnames or ())]
    faults += [f"line {line}: more cells than columns" for line, row in rows if None in row]
    if faults:
        return {}, faults
    return {
        line: {name: (row[name] or "").strip() for name in columns} for line, row in rows if any(row.values())
    }, []


def repetitions(codes: Mapping[int, str]) -> list[str]:
    """The lines whose code an earlier line has."""
    first: dict[str, int] = {}
    return [
        f"line {line}: {code} was already on line {first[code]}"
        for line, code in codes.items()
        if first.setdefault(code, line) != line
    ]


def is_name(text: str, longest: int) -> bool:
    """Whether a text can be shown as a name; an empty one can."""
    return len(text) <= longest and text.isprintable()
