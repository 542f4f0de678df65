"""Identity documents of natural persons: is this number well formed, and what does it say?

Checks run in one order for every kind: length, characters, prefix, division or country, date, sequence, check
character; the first that fails gives the reason. Well formed is not real: only a registry knows whether a
number was issued (`idp.persons.registry`). Sex and birth date read from a number are kept apart from what a
registry says, because wrongly numbered cards exist.
"""

from datetime import date

from idp.persons.documents import citizen, foreigner, travel
from idp.persons.documents.checks import age
from idp.persons.documents.foreigner import number_before_2023
from idp.persons.documents.number import (
    DocumentNumber,
    DocumentType,
    MalformedNumber,
    Reason,
    Sex,
    fold,
    mask,
    normalise,
)

__all__ = [
    "DocumentNumber",
    "DocumentType",
    "MalformedNumber",
    "Reason",
    "Sex",
    "age",
    "mask",
    "normalise",
    "number_before_2023",
    "parse",
    "recognise",
]


def parse(kind: DocumentType, raw: str, today: date, country: str | None = None) -> DocumentNumber:
    """
    Read a number as this kind of document, or raise MalformedNumber with the reason.

    `today` decides which birth dates lie in the future. `country` (alpha-3) belongs to a foreign passport,
    whose number may not hold spaces or hyphens either: a form that wants to be kind calls `normalise` first.
    """
    if kind is DocumentType.FOREIGN_PASSPORT:
        return travel.foreign_passport(fold(raw), country)
    value = normalise(raw)
    match kind:
        case DocumentType.RESIDENT_ID:
            return citizen.resident_id(value, today)
        case DocumentType.RESIDENT_ID_15:
            return citizen.resident_id_15(value, today)
        case DocumentType.FOREIGN_PERMANENT_RESIDENT:
            return foreigner.permanent_resident(value, today)
        case DocumentType.FOREIGN_PERMANENT_RESIDENT_15:
            return foreigner.permanent_resident_15(value, today)
        case DocumentType.HK_MACAO_TRAVEL_PERMIT:
            return travel.hk_macao_permit(value)
        case DocumentType.TAIWAN_TRAVEL_PERMIT:
            return travel.taiwan_permit(value)
        case DocumentType.PRC_PASSPORT:
            return travel.prc_passport(value)
        case (
            DocumentType.HK_RESIDENCE_PERMIT
            | DocumentType.MACAO_RESIDENCE_PERMIT
            | DocumentType.TAIWAN_RESIDENCE_PERMIT
        ):
            return citizen.residence_permit(kind, value, today)


def recognise(raw: str, today: date) -> list[DocumentType]:
    """
    Every kind of document this text could be the number of; empty for a login name or a phone number.

    Foreign passports are left out: their numbers look like any word, and without its country such a number
    names nobody. An old fifteen-digit number is looked up by its `upgraded_18`.
    """
    return [
        kind for kind in DocumentType if kind is not DocumentType.FOREIGN_PASSPORT and _is(kind, raw, today)
    ]


def _is(kind: DocumentType, raw: str, today: date) -> bool:
    try:
        parse(kind, raw, today)
    except MalformedNumber:
        return False
    return True
