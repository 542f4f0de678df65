"""Who is there to be measured with: one confidential client and people with passwords."""

from dataclasses import dataclass

from bench.servers import Provider
from bench.visitor import Client, Person

PERSONS = 64


@dataclass(frozen=True)
class Population:
    """A client allowed every grant, and people who can sign in to it."""

    client: Client
    persons: tuple[Person, ...]


def populate(provider: Provider, count: int = PERSONS) -> Population:
    """Make a client and `count` people in a fresh provider."""
    raise NotImplementedError
