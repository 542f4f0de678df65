"""Countries and regions by their ISO 3166-1 codes (GB/T 2659): alpha-3, numeric and alpha-2."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from types import MappingProxyType


@dataclass(frozen=True)
class Country:
    """One entry of ISO 3166-1; pages take its name in their language from CLDR by the alpha-2 code."""

    alpha3: str
    numeric: str
    alpha2: str


def _read() -> tuple[Country, ...]:
    table = files("idp.persons").joinpath("countries.csv").read_text(encoding="ascii")
    return tuple(Country(**row) for row in csv.DictReader(table.splitlines()))


BY_ALPHA3: Mapping[str, Country] = MappingProxyType({country.alpha3: country for country in _read()})
"""Every country by the code its passports carry."""

BY_NUMERIC: Mapping[str, Country] = MappingProxyType({c.numeric: c for c in BY_ALPHA3.values()})
"""Every country by the code inside an 18-digit foreigner's permanent residence number."""

CHINESE = frozenset({"CHN", "HKG", "MAC", "TWN"})
"""Codes whose holders carry documents of their own kind, never a foreign passport."""
