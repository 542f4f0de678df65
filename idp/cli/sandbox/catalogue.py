"""The service matters of the sandbox, in `matters.csv` and `matter_groups.csv`.

Their codes are invented like everything here: 210100, the group, a number. No government publishes them.
"""

from collections.abc import Iterator
from datetime import datetime
from importlib import resources
from typing import Any

from sqlalchemy.orm import Session

from idp.assurance import Level
from idp.cli.listing import Cell
from idp.matters import catalogue
from idp.matters.models import Matter


def settle(db: Session, now: datetime) -> dict[str, Any]:
    """Add the matters that are missing, once departments are there; gives what `sandbox.json` says of them.

    Those that somebody has changed, split or withdrawn stay as they made them.
    """
    catalogue.load_groups(db, _lines("matter_groups.csv"), now)
    known = {matter.code for matter in catalogue.listed(db, live_only=False)}
    missing = (line for line in _lines("matters.csv") if line.partition(",")[0] not in known)
    catalogue.load(db, missing, now)
    groups = [
        {
            "code": group.code,
            "name": group.name,
            "matters": list(map(_told, catalogue.listed(db, group.code))),
        }
        for group in catalogue.groups(db)
    ]
    return {"count": sum(len(group["matters"]) for group in groups), "groups": groups}


def _told(matter: Matter) -> dict[str, Cell]:
    return {
        "code": matter.code,
        "name": matter.name,
        "actions": sorted(matter.actions),
        "minimum_acr": Level(matter.minimum_ial, matter.minimum_aal).acr,
        "high_risk": matter.high_risk,
    }


def _lines(name: str) -> Iterator[str]:
    with resources.files("idp.cli.sandbox").joinpath(name).open(encoding="utf-8") as lines:
        yield from lines
