"""Organisations that do not exist, and the register in which a running simulation keeps and changes them.

The table is data, `registered.csv`. Keys and codes stay: scripts rely on them, so rows are added at the end.
Every representative is one of the simulated people, and nobody represents more than two organisations.
"""

import csv
import secrets
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from importlib.resources import files

from connectors.simulator.personas import Persona
from connectors.simulator.population import Population, populate
from idp.organisations import synthetic
from idp.organisations.registrations import REGISTRATIONS, Registration
from idp.organisations.registry import RegisteredState


class UnknownChange(ValueError):
    """What was ordered names no organisation, or nothing that can be changed; the text says what."""


@dataclass(frozen=True)
class RegisteredOrganisation:
    """One organisation as its registry has it; `case` is what it is there to show."""

    key: str
    case: str
    credit_code: str
    name: str
    form: str
    """Its kind in the registry's words."""
    state: RegisteredState
    representative: str
    """Key of the persona who represents it."""
    predecessor: str = ""
    """Key of the persona who did so before."""
    valid_to: date | None = None
    former_names: tuple[str, ...] = ()
    moved_to: str = ""
    """Division of the authority that keeps it since it moved out."""
    unknown_to: frozenset[str] = frozenset()
    """Adapters whose registry does not have it."""

    @property
    def registration(self) -> Registration:
        """Who registered it, as what."""
        return REGISTRATIONS[self.credit_code[0], self.credit_code[1]]

    @property
    def division(self) -> str:
        """Of the authority that registered it."""
        return self.credit_code[2:8]

    @property
    def licence(self) -> str:
        """The number on a licence from before the credit codes."""
        return synthetic.business_licence(int(self.credit_code[10:16]), self.division)


def organisations(known: Population | None = None) -> tuple[RegisteredOrganisation, ...]:
    """All of them, as they are before anybody changes anything; the same at every call."""
    people = {persona.key: persona for persona in (known or populate(crowd=0)).personas}
    text = files("connectors.simulator").joinpath("registered.csv").read_text(encoding="utf-8")
    return tuple(_read(row, index, people) for index, row in enumerate(csv.DictReader(text.splitlines()), 1))


def on_file(persona: Persona) -> str:
    """The persona's name as registries spell it."""
    return persona.registry_name or persona.name


@dataclass(frozen=True)
class Change:
    """One line of the list of changes."""

    credit_code: str
    what: str
    at: datetime


class Register:
    """What the simulated registries hold; memory of one process."""

    def __init__(self, population: Population) -> None:
        self._people = {persona.key: persona for persona in population.personas}
        self._held = {one.credit_code: one for one in organisations(population)}
        self._epoch = secrets.token_hex(4)
        self._changes: list[Change] = []
        self._lock = threading.Lock()

    def all(self) -> Sequence[RegisteredOrganisation]:
        """Every organisation, in the order of the table."""
        with self._lock:
            return tuple(self._held.values())

    def find(self, credit_code: str) -> RegisteredOrganisation | None:
        """The organisation of this code."""
        with self._lock:
            return self._held.get(credit_code)

    def representative(self, one: RegisteredOrganisation) -> Persona:
        """Who represents it."""
        return self._people[one.representative]

    def codes(self) -> Mapping[str, str]:
        """Codes by keys, which never change."""
        return {one.key: one.credit_code for one in self.all()}

    def change(self, credit_code: str, wanted: Mapping[str, object], now: datetime) -> RegisteredOrganisation:
        """Change what is wanted of an organisation, by code or key, and put it on the list of changes."""
        code = self.codes().get(credit_code, credit_code)
        with self._lock:
            if (one := self._held.get(code)) is None:
                raise UnknownChange("credit_code")
            changed = self._changed(one, wanted)
            self._held[code] = changed
            self._changes += [Change(code, what, now) for what in wanted]
            return changed

    def changes_after(self, cursor: str, most: int) -> tuple[Sequence[Change], str]:
        """The next lines of the list; a cursor of an earlier run begins it anew."""
        epoch, _, seen = cursor.partition("-")
        with self._lock:
            begin = int(seen) if epoch == self._epoch and seen.isdigit() else 0
            found = self._changes[begin : begin + most]
            return found, f"{self._epoch}-{min(begin, len(self._changes)) + len(found)}"

    def _changed(self, one: RegisteredOrganisation, wanted: Mapping[str, object]) -> RegisteredOrganisation:
        if not wanted:
            raise UnknownChange("nothing")
        for what, value in wanted.items():
            one = self._with(one, what, value)
        return one

    def _with(self, one: RegisteredOrganisation, what: str, value: object) -> RegisteredOrganisation:
        try:
            match what, value:
                case "state", str():
                    return replace(one, state=RegisteredState(value))
                case "unknown_to", list():
                    return replace(one, unknown_to=frozenset(map(str, value)))
                case "representative", {"persona": str() as key} if key in self._people:
                    return replace(one, representative=key, predecessor=one.representative)
                case "name", str() if value.strip():
                    return replace(one, name=value.strip(), former_names=(one.name, *one.former_names))
                case "valid_to", None | "":
                    return replace(one, valid_to=None)
                case "valid_to", str():
                    return replace(one, valid_to=date.fromisoformat(value))
                case "moved_to", str():
                    return replace(one, moved_to=value)
        except ValueError:
            raise UnknownChange(what) from None
        raise UnknownChange(what)


def shown(register: Register, held: Iterable[RegisteredOrganisation]) -> list[dict[str, object]]:
    """What the control says of organisations."""
    return [
        {
            "key": one.key,
            "case": one.case,
            "credit_code": one.credit_code,
            "name": one.name,
            "former_names": list(one.former_names),
            "state": one.state.value,
            "registry": one.registration.department,
            "valid_to": one.valid_to.isoformat() if one.valid_to else None,
            "moved_to": one.moved_to,
            "unknown_to": sorted(one.unknown_to),
            "representative": {"persona": one.representative, "name": register.representative(one).name},
        }
        for one in held
    ]


def _read(row: Mapping[str, str], index: int, people: Mapping[str, Persona]) -> RegisteredOrganisation:
    return RegisteredOrganisation(
        key=row["key"],
        case=row["case"],
        credit_code=synthetic.credit_code(index, row["department"], row["category"], row["division"]),
        name=row["name"] or on_file(people[row["representative"]]),
        form=row["form"],
        state=RegisteredState(row["state"]),
        representative=row["representative"],
        predecessor=row["predecessor"],
        valid_to=date.fromisoformat(row["valid_to"]) if row["valid_to"] else None,
        former_names=tuple(row["former_name"].split()),
        moved_to=row["moved_to"],
        unknown_to=frozenset(row["unknown_to"].split()),
    )
