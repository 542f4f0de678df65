"""The people the simulated population base knows: the personas and a crowd of thousands, by number."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random

from connectors.public_security import KNOWN
from connectors.simulator import people_names
from connectors.simulator.personas import Persona, everybody
from idp.persons import synthetic

SEED = 2016
CROWD = 5000
LEFT_A_PHONE = "unregistered-19"
"""Registers with the phone that is on file, or stays at level 2."""


@dataclass(frozen=True)
class Resident:
    """What the population base holds of somebody."""

    name: str = field(repr=False)
    deceased: bool = False
    phone: str = field(default="", repr=False)
    """On file, in E.164; most people have left none."""


@dataclass(frozen=True)
class Population:
    """Residents by number, and the personas among them."""

    residents: Mapping[str, Resident] = field(repr=False)
    personas: tuple[Persona, ...]

    def persona(self, key: str) -> Persona:
        """The persona of that key; KeyError if there is none."""
        return {persona.key: persona for persona in self.personas}[key]


def populate(
    seed: int = SEED, crowd: int = CROWD, left_a_phone: Callable[[Persona], bool] | None = None
) -> Population:
    """A population that is the same for the same seed; without a choice every persona left their phone."""
    random = Random(seed)  # noqa: S311 – repeatable on purpose
    personas = everybody(random)
    places = random.sample(range(1_000_000), crowd)
    residents = {synthetic.resident_id_at(place): Resident(people_names.name(random)) for place in places}
    for persona in personas:
        if persona.kind in KNOWN:
            name = persona.registry_name or persona.name
            phone = persona.phone if left_a_phone is None or left_a_phone(persona) else ""
            residents[persona.number] = Resident(name, persona.deceased, phone)
    return Population(residents, personas)


def few(persona: Persona) -> bool:
    """Whose phone the sandbox's registry has on file: few people ever left one, and one newcomer did."""
    return persona.registered or persona.key == LEFT_A_PHONE


def digest(number: str) -> str:
    """The name under which faults and counts know a number without holding it."""
    return hashlib.sha256(number.encode()).hexdigest()
