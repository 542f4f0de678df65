"""Identity documents of natural persons: is this number well formed, and what does it say?

Checks run in one order for every kind: length, characters, prefix, division or country, date, sequence, check
character; the first that fails gives the reason. Well formed is not real: only a registry knows whether a
number was issued (`idp.persons.registry`). Sex and birth date read from a number are kept apart from what a
registry says, because wrongly numbered cards exist.
"""

from collections.abc import Callable, Mapping
from datetime import date
from functools import partial

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
    return READERS[kind](normalise(raw), today)


def recognise(raw: str, today: date) -> list[DocumentNumber]:
    """
    Every number of a document this text could be; empty for a login name or a phone number.

    Foreign passports are left out: their numbers look like any word, and without its country such a number
    names nobody. An old fifteen-digit number is looked up by its `upgraded_18`.
    """
    value = normalise(raw)
    found = (_read(kind, value, today) for kind in READERS)
    return [number for number in found if number is not None]


READERS: Mapping[DocumentType, Callable[[str, date], DocumentNumber]] = {
    DocumentType.RESIDENT_ID: citizen.resident_id,
    DocumentType.RESIDENT_ID_15: citizen.resident_id_15,
    DocumentType.FOREIGN_PERMANENT_RESIDENT: foreigner.permanent_resident,
    DocumentType.FOREIGN_PERMANENT_RESIDENT_15: foreigner.permanent_resident_15,
    DocumentType.HK_MACAO_TRAVEL_PERMIT: lambda value, _: travel.hk_macao_permit(value),
    DocumentType.TAIWAN_TRAVEL_PERMIT: lambda value, _: travel.taiwan_permit(value),
    DocumentType.PRC_PASSPORT: lambda value, _: travel.prc_passport(value),
    **{
        kind: partial(citizen.residence_permit, kind)
        for kind in (
            DocumentType.HK_RESIDENCE_PERMIT,
            DocumentType.MACAO_RESIDENCE_PERMIT,
            DocumentType.TAIWAN_RESIDENCE_PERMIT,
        )
    },
}
"""How a normalised number is read as each kind; a foreign passport is read as it is written."""


def _read(kind: DocumentType, value: str, today: date) -> DocumentNumber | None:
    try:
        return READERS[kind](value, today)
    except MalformedNumber:
        return None
