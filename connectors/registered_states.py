"""What registries call the state of an organisation, in texts and codes, and what we make of it.

The table is data, `registered_states.csv`. Punctuation does not count: 吊销,未注销 and 吊销.未注销 are one
line. A business that has paused (歇业, 停业) still exists and is live (《市场主体登记管理条例》 art. 30).
What the table does not know is `UNKNOWN`, and so are the codes 7 to 9: nobody is punished for a word.
"""

import csv
import unicodedata
from collections.abc import Mapping
from importlib.resources import files
from types import MappingProxyType

from idp.organisations.registry import RegisteredState


def state_of(registered: str) -> RegisteredState:
    """The state behind a registry's text or code."""
    return STATES.get(_folded(registered), RegisteredState.UNKNOWN)


def _folded(registered: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKC", registered) if c.isalnum())


def _read() -> dict[str, RegisteredState]:
    text = files("connectors").joinpath("registered_states.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(text.splitlines())
    return {_folded(row["registered"]): RegisteredState(row["state"]) for row in rows}


STATES: Mapping[str, RegisteredState] = MappingProxyType(_read())
"""Every text and code that is known, without punctuation."""
