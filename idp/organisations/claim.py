"""What somebody says of an organisation: its number and its name, well formed and normalised.

The credit code is the number to register with. An organisation code or an old licence number leads to the
organisation that is known here by it and else to the certificate, never to a second organisation (五证合一).
"""

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.organisations import identifiers, names
from idp.organisations.identifiers import OrganisationNumber, OrganisationNumberType
from idp.organisations.models import Organisation
from idp.organisations.registrations import REGISTRATIONS, Proof, Registration
from idp.persons.identifiers import MalformedNumber, Reason, normalise
from idp.persons.names import MalformedName

LENGTHS = {
    18: OrganisationNumberType.CREDIT_CODE,
    9: OrganisationNumberType.ORGANISATION_CODE,
    15: OrganisationNumberType.BUSINESS_LICENCE,
}
OLDER = 13
"""Digits of licence numbers before 2007, which had no check and were kept nowhere."""


class Why(StrEnum):
    """Why an organisation cannot be registered online, though what was typed is well formed."""

    MILITARY = "military"
    """Registered by the military (A): never online, and never by this platform."""
    OLD_NUMBER = "old_number"
    """Nobody is known here by this old number: the credit code stands on the new certificate."""


class NotOnline(Exception):
    """There is another way than this one."""

    def __init__(self, reason: Why) -> None:
        super().__init__(reason.value)
        self.reason = reason


@dataclass(frozen=True)
class Typed:
    """What stands in the form."""

    number: str
    name: str
    licence_number: str = ""
    """The old licence number, if somebody wants the organisation to be found by it too."""
    newly_registered: bool = False
    """Registered so lately that the registry may not know it yet."""


@dataclass(frozen=True)
class Claim:
    """A credit code and a name; not yet believed."""

    credit_code: str
    name: str
    licence_number: str | None = None

    @property
    def registration(self) -> Registration | None:
        """Who registered it, as what; None for a category newer than our table."""
        return REGISTRATIONS.get((self.credit_code[0], self.credit_code[1]))

    @property
    def organisation_code(self) -> str:
        """Positions 9 to 17."""
        return self.credit_code[8:17]

    @property
    def division(self) -> str:
        """Six digits of the authority that registered it."""
        return self.credit_code[2:8]


def read(db: Session, typed: Typed) -> Claim:
    """
    Understand what was typed; raises MalformedNumber, MalformedName or NotOnline.

    An old number stands for the organisation that is known by it.
    """
    number = recognise(typed.number)
    name = names.normalise(typed.name)
    licence = _licence(typed.licence_number)
    if number is None or number.kind is not OrganisationNumberType.CREDIT_CODE:
        known = None if number is None else by_number(db, number)
        if known is None:
            raise NotOnline(Why.OLD_NUMBER)
        return Claim(known.credit_code, name)
    claim = Claim(number.value, name, licence)
    if claim.registration is not None and claim.registration.proof is Proof.WINDOW:
        raise NotOnline(Why.MILITARY)
    return claim


def malformed(typed: Typed) -> list[str]:
    """Which of the fields `number`, `name`, `licence_number` cannot be what they should be."""
    found = []
    for part, reads in (("number", recognise), ("name", names.normalise), ("licence_number", _licence)):
        try:
            reads(getattr(typed, part))
        except (MalformedNumber, MalformedName):
            found.append(part)
    return found


def recognise(raw: str) -> OrganisationNumber | None:
    """
    The number that was typed, whatever kind it is; None for one so old that nobody is known by it.

    Raises MalformedNumber. A credit code of an unknown category is well formed: somebody looks at it.
    """
    value = normalise(raw)
    if len(value) == OLDER and value.isascii() and value.isdigit():
        return None
    kind = LENGTHS.get(len(value))
    if kind is None:
        raise MalformedNumber(Reason.LENGTH)
    try:
        return identifiers.parse(kind, value)
    except MalformedNumber as fault:
        if fault.reason is not Reason.CATEGORY_UNKNOWN:
            raise
        return OrganisationNumber(kind, value, division=value[2:8])


def by_code(db: Session, credit_code: str) -> Organisation | None:
    """The organisation of this credit code."""
    return db.scalar(select(Organisation).where(Organisation.credit_code == credit_code))


def by_number(db: Session, number: OrganisationNumber) -> Organisation | None:
    """The one organisation known here by any of its numbers."""
    match number.kind:
        case OrganisationNumberType.CREDIT_CODE:
            return by_code(db, number.value)
        case OrganisationNumberType.ORGANISATION_CODE:
            wanted = Organisation.organisation_code == number.value
        case OrganisationNumberType.BUSINESS_LICENCE:
            wanted = Organisation.licence_number == number.value
    found = db.scalars(select(Organisation).where(wanted).limit(2)).all()
    return found[0] if len(found) == 1 else None


def _licence(raw: str) -> str | None:
    if not raw.strip():
        return None
    return identifiers.parse(OrganisationNumberType.BUSINESS_LICENCE, raw).value
