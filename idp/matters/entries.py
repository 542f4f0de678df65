"""A matter or group as an operator writes it down, and what can be wrong with it by itself."""

import re
from dataclasses import dataclass
from typing import Self

from idp import assurance
from idp.assurance import Level
from idp.matters.models import Action
from idp.storage.sheets import Cells, is_name

COLUMNS = tuple(
    "code name name_en group department actions minimum_acr high_risk winds_up split_from".split()
)
GROUP_COLUMNS = ("code", "name", "name_en", "position")
CODE = re.compile(r"[0-9A-Za-z-]{1,32}")
LONGEST_NAME = 128
MINIMUM = "ial3.aal1"
"""Asked where a row says nothing: verified with the registry, proven in any way."""
YES_OR_NO = {"yes": True, "no": False, "": False}
POSITION = re.compile(r"[0-9]{1,4}")


class MatterFault(Exception):
    """What cannot be done to the catalogue; `faults` names each row or code and what is wrong with it."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults = faults


@dataclass(frozen=True)
class Entry:
    """A matter as written down; `group`, `department` and `split_from` are codes."""

    code: str
    name: str
    group: str
    actions: frozenset[str]
    name_en: str = ""
    department: str = ""
    minimum_acr: str = MINIMUM
    high_risk: bool = False
    winds_up: bool = False
    split_from: str = ""

    @classmethod
    def of(cls, cells: Cells) -> Self:
        """A row of a file."""
        return cls(
            code=cells["code"],
            name=cells["name"],
            group=cells["group"],
            actions=frozenset(cells["actions"].split()),
            name_en=cells["name_en"],
            department=cells["department"],
            minimum_acr=cells["minimum_acr"] or MINIMUM,
            high_risk=YES_OR_NO.get(cells["high_risk"], True),
            winds_up=YES_OR_NO.get(cells["winds_up"], False),
            split_from=cells["split_from"],
        )

    @property
    def minimum(self) -> Level:
        """What the matter asks of who does it."""
        return assurance.requirement(self.minimum_acr) or assurance.NOTHING

    def faults(self) -> list[str]:
        """What is wrong with it by itself."""
        wrong = _name_faults(self.code, self.name, self.name_en)
        if not self.actions or not self.actions <= set(Action):
            wrong.append(f"actions: some of {' '.join(Action)}, with spaces between them")
        if assurance.requirement(self.minimum_acr) is None:
            wrong.append(f"minimum_acr {self.minimum_acr!r:.40}: a level such as {MINIMUM}")
        return wrong


@dataclass(frozen=True)
class GroupEntry:
    """A group as written down."""

    code: str
    name: str
    name_en: str
    position: str

    def faults(self) -> list[str]:
        """What is wrong with it by itself."""
        wrong = _name_faults(self.code, self.name, self.name_en)
        if not POSITION.fullmatch(self.position):
            wrong.append(f"position {self.position!r:.40}: a whole number, 0 to 9999")
        return wrong

    def written(self) -> dict[str, str | int | None]:
        """The columns of its row."""
        position = int(self.position)
        return {
            "code": self.code,
            "name": self.name,
            "name_en": self.name_en or None,
            "position": position,
        }


def cell_faults(cells: Cells) -> list[str]:
    """What is wrong with a row by itself."""
    wrong = Entry.of(cells).faults()
    unclear = [name for name in ("high_risk", "winds_up") if cells[name] not in YES_OR_NO]
    return wrong + [f"{name} {cells[name]!r:.40}: yes or no" for name in unclear]


def _name_faults(code: str, name: str, name_en: str) -> list[str]:
    wrong = {
        f"code {code!r:.40}: letters, digits and hyphens, at most 32": not CODE.fullmatch(code),
        f"name: 1 to {LONGEST_NAME} printable characters": not name or not is_name(name, LONGEST_NAME),
        f"name_en: at most {LONGEST_NAME} printable characters": not is_name(name_en, LONGEST_NAME),
    }
    return [fault for fault, holds in wrong.items() if holds]
