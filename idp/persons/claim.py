"""What somebody says of themselves: a document, its number and a name, well formed and normalised."""

from dataclasses import dataclass, field
from datetime import date

from idp.persons import identifiers, lookup, names
from idp.persons.countries import BY_ALPHA3
from idp.persons.identifiers import DocumentNumber, DocumentType, MalformedNumber, Reason, Sex
from idp.persons.names import MalformedName

OFFERED = (
    DocumentType.RESIDENT_ID,
    DocumentType.HK_RESIDENCE_PERMIT,
    DocumentType.MACAO_RESIDENCE_PERMIT,
    DocumentType.TAIWAN_RESIDENCE_PERMIT,
    DocumentType.FOREIGN_PERMANENT_RESIDENT,
    DocumentType.FOREIGN_PERMANENT_RESIDENT_15,
    DocumentType.HK_MACAO_TRAVEL_PERMIT,
    DocumentType.TAIWAN_TRAVEL_PERMIT,
    DocumentType.PRC_PASSPORT,
    DocumentType.FOREIGN_PASSPORT,
)
"""What one may register with; first-generation cards ended in 2013 and find old records only."""

CAPABLE_AT = 14
"""Years; below it a guardian must consent (PIPL Art. 31)."""


@dataclass(frozen=True)
class Claim:
    """A document and a name; not yet believed."""

    kind: DocumentType
    number: str = field(repr=False)
    name: str = field(repr=False)
    country: str | None = None
    """The issuing country of a foreign passport, ISO 3166-1 alpha-3."""
    birth_date: date | None = field(default=None, repr=False)
    sex: Sex | None = None

    @property
    def key(self) -> str:
        """What is digested to find or count this document."""
        return lookup.document_key(self.kind, self.number, self.country)

    def is_for_a_guardian(self, today: date) -> bool:
        """Whether the holder is under fourteen, as far as the number tells."""
        return self.birth_date is not None and identifiers.age(self.birth_date, today) < CAPABLE_AT


def read(kind: str, number: str, name: str, country: str | None, today: date) -> Claim:
    """Understand what was typed; raises MalformedNumber or MalformedName."""
    parsed = _number(kind, number, country, today)
    return Claim(
        kind=parsed.kind,
        number=parsed.value,
        name=names.normalise(name),
        country=_issuer(kind, country),
        birth_date=parsed.birth_date,
        sex=parsed.sex,
    )


def faults(
    kind: str, number: str, name: str, country: str | None, today: date
) -> list[MalformedNumber | MalformedName]:
    """Everything that is wrong with what was typed, number first; where nothing is, it can be read.

    Where a country is missing (`lacks_country`) the number is looked at without it.
    """
    found: list[MalformedNumber | MalformedName] = []
    try:
        _number(kind, number, None if lacks_country(kind, country) else country, today)
    except MalformedNumber as fault:
        found.append(fault)
    try:
        names.normalise(name)
    except MalformedName as fault:
        found.append(fault)
    return found


def lacks_country(kind: str, country: str | None) -> bool:
    """Whether it is a foreign passport of no country that there is: its number alone names nobody."""
    return kind == DocumentType.FOREIGN_PASSPORT and country not in BY_ALPHA3


def _number(kind: str, number: str, country: str | None, today: date) -> DocumentNumber:
    if kind not in OFFERED:
        raise MalformedNumber(Reason.TYPE_MISMATCH)
    return identifiers.parse(DocumentType(kind), number, today, _issuer(kind, country))


def _issuer(kind: str, country: str | None) -> str | None:
    return country if kind == DocumentType.FOREIGN_PASSPORT else None
