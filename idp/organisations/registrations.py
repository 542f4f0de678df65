"""Who registered an organisation, as what, and who can confirm it: tables 2 and 3 of GB 32100-2015.

The table is data, `registrations.csv`. Categories 4 and 5 of civil affairs, the village and residents'
committees, are not in the printed standard but on real certificates.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from importlib.resources import files
from types import MappingProxyType


class Proof(StrEnum):
    """How an organisation of this registration is verified."""

    REGISTRY = "registry"
    """Online, at the registry the route names."""
    MANUAL = "manual"
    """By a member of staff who looks at the certificate."""
    WINDOW = "window"
    """In person only; online registration is refused."""


@dataclass(frozen=True)
class Registration:
    """One pair of registering department and category, and the way to a registry that knows it."""

    department_code: str
    department: str
    category_code: str
    category: str
    route: str
    proof: Proof


def _read() -> dict[tuple[str, str], Registration]:
    text = files("idp.organisations").joinpath("registrations.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(text.splitlines())
    entries = (Registration(proof=Proof(row.pop("proof")), **row) for row in rows)
    return {(entry.department_code, entry.category_code): entry for entry in entries}


REGISTRATIONS: Mapping[tuple[str, str], Registration] = MappingProxyType(_read())
"""Every known registration by department and category code, the first two characters of a credit code."""

DEPARTMENTS = frozenset(department for department, _ in REGISTRATIONS)
"""The department codes; any other is refused."""
