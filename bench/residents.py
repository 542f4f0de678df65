"""People of the simulated population base, every other one of whom has an account: `… COUNT` opens these.

They are put straight into the database of the instance that the environment names, by the rules that
registering follows, because so many would take longer to register than to measure.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import pyotp

import wsgi
from connectors.simulator.population import populate
from idp import clock
from idp.authenticators import password, totp
from idp.crypto import passwords
from idp.persons import claim, enrolment
from idp.persons.enrolment import Applicant
from idp.persons.identifiers import DocumentType
from idp.persons.registry import Verified
from idp.settings import load

PASSWORD = "correct horse battery staple"
FIRST_PHONE, FIRST_SPARE_PHONE = 19_930_000_000, 19_940_000_000


@dataclass(frozen=True)
class Resident:
    """Somebody the registry knows; `phone` is theirs, and nobody's if they have no account."""

    name: str = field(repr=False)
    number: str = field(repr=False)
    phone: str = field(repr=False)
    spare_phone: str = field(repr=False)
    """A phone nobody has an account with."""


def residents(count: int) -> Sequence[tuple[Resident, Resident]]:
    """So many pairs of one with an account and one without, otherwise alike."""
    population = populate(crowd=2 * count)
    personas = {persona.number for persona in population.personas}
    crowd = [(number, one.name) for number, one in population.residents.items() if number not in personas]
    people = [
        Resident(name, number, f"+86{FIRST_PHONE + place}", f"+86{FIRST_SPARE_PHONE + place}")
        for place, (number, name) in enumerate(crowd)
    ]
    return list(zip(people[::2], people[1::2], strict=True))


def settle(count: int) -> None:
    """Open the accounts, all with one password, every other one with an authenticator app."""
    services = wsgi.compose(load())
    hashed, now = passwords.hash_password(PASSWORD), clock.now()
    for place, (known, _) in enumerate(residents(count)):
        said = claim.read(DocumentType.RESIDENT_ID, known.number, known.name, None, clock.day(now))
        applicant = Applicant(said, Verified("public_security", "bench", now), known.phone)
        with services.database.writing() as db:
            person = enrolment.enrol(db, services.vault, applicant, now, timedelta())
            password.set_hash(db, person.id, hashed, "registration", now)
            if place % 2:
                totp.enrol(db, person.id, pyotp.random_base32(), 0, "app", now)


if __name__ == "__main__":
    settle(int(sys.argv[1]))
