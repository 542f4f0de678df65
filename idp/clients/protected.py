"""
Sites behind a proxy that asks us for every request (forward-auth): which are whose, and what is asked where.

A path is compared as servers read it, decoded once. What two servers may read differently, such as hidden dot
segments, is not compared at all: where paths ask for different things, it is refused.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

from idp.assurance import NOTHING, Level, requirement
from idp.clients import services
from idp.clients.fields import Fields

FIELDS = frozenset({"path", "acr", "matter", "action"})
_AMBIGUOUS = re.compile(r"//|\\|%|;|/\.\.?(/|$)|[\x00-\x1f]")


@dataclass(frozen=True)
class Guarded:
    """What is asked of whoever goes below a path: a level, and perhaps to be allowed to do a matter."""

    path: str
    level: Level = NOTHING
    matter: str = ""
    action: str = ""

    def covers(self, path: str) -> bool:
        """Whether a decoded path is this one or lies below it."""
        return path == self.path or path.startswith(self.path.rstrip("/") + "/")


ANYWHERE = Guarded("/")


def at(paths: Sequence[Guarded], path: str) -> Guarded | None:
    """What is asked at the path of a request, by the longest entry; None where nobody can tell."""
    if not paths:
        return ANYWHERE
    plain = unquote(path)
    if not plain.startswith("/") or _AMBIGUOUS.search(plain):
        return None
    found = [one for one in paths if one.covers(plain)]
    return max(found, key=lambda one: len(one.path), default=ANYWHERE)


def read_origins(fields: Fields) -> tuple[str, ...]:
    """The `protects` of a registration: origins such as `https://app.example.gov.cn`."""
    found = []
    for place, text in enumerate(fields.texts("protects")):
        normal = services.normalised(text)
        if normal is None or urlsplit(normal).path != "/" or "?" in normal:
            fields.faults.append(f"protects[{place}]: must be https://host, perhaps with a port")
        else:
            found.append(services.origin(normal))
    return tuple(found)


def read_paths(fields: Fields) -> tuple[Guarded, ...]:
    """The `paths` of a registration: `{"path", "acr", "matter", "action"}`, all but the first optional."""
    found = []
    for place, item in enumerate(fields.objects("paths")):
        guarded = _guarded(item)
        if guarded is None:
            fault = "needs a plain path, and acr, or matter with action"
            fields.faults.append(f"paths[{place}]: {fault}")
        else:
            found.append(guarded)
    return tuple(found)


def _guarded(item: Mapping[str, Any]) -> Guarded | None:
    values = {name: item.get(name, "") for name in FIELDS}
    if set(item) - FIELDS or not all(isinstance(value, str) for value in values.values()):
        return None
    path, acr = values["path"], values["acr"]
    level = requirement(acr) if acr else NOTHING
    if not path.startswith("/") or _AMBIGUOUS.search(path) or level is None:
        return None
    if bool(values["matter"]) != bool(values["action"]) or not (acr or values["matter"]):
        return None
    return Guarded(path, level, values["matter"], values["action"])
