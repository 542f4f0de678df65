"""Travel permits and passports: formats without a check character, so a typing error shows only elsewhere."""

from string import ascii_uppercase
from types import MappingProxyType

from idp.persons.countries import BY_ALPHA3, CHINESE
from idp.persons.documents.checks import ALPHANUMERIC, DIGITS, consists_of, refuse_unless
from idp.persons.documents.number import DocumentNumber, DocumentType, Reason

PASSPORT_SERIES = frozenset({"E", "G", "DE", "SE", "PE", "K", "KJ", "H", "HJ", "MA", "MB"}) | frozenset(
    f"E{letter}" for letter in ascii_uppercase if letter not in "IO"
)
"""Ordinary, diplomatic, service and public-affairs passports, Hong Kong's and Macao's; I and O are unused."""


def hk_macao_permit(value: str) -> DocumentNumber:
    """Read a 港澳居民来往内地通行证: H or M and eight digits, and two more on old booklets."""
    refuse_unless(len(value) in {9, 11}, Reason.LENGTH)
    refuse_unless(value[0] in ALPHANUMERIC and consists_of(value[1:], DIGITS), Reason.CHARSET)
    refuse_unless(value[0] in {"H", "M"}, Reason.PREFIX)
    return DocumentNumber(DocumentType.HK_MACAO_TRAVEL_PERMIT, value)


def taiwan_permit(value: str) -> DocumentNumber:
    """
    Read a 台湾居民来往大陆通行证: eight digits on cards, ten on old booklets.

    A leading letter is looked at first: it belongs to another document, whatever its length.
    """
    refuse_unless(value[:1] not in ALPHANUMERIC - DIGITS, Reason.PREFIX)
    refuse_unless(len(value) in {8, 10}, Reason.LENGTH)
    refuse_unless(consists_of(value, DIGITS), Reason.CHARSET)
    return DocumentNumber(DocumentType.TAIWAN_TRAVEL_PERMIT, value)


def prc_passport(value: str) -> DocumentNumber:
    """Read a passport of China, Hong Kong or Macao: a series of one or two letters, digits to fill nine."""
    refuse_unless(len(value) == 9, Reason.LENGTH)
    refuse_unless(consists_of(value, ALPHANUMERIC), Reason.CHARSET)
    series = value[:1] if value[1] in DIGITS else value[:2]
    refuse_unless(series not in {"EI", "EO"}, Reason.CHARSET)
    refuse_unless(series in PASSPORT_SERIES, Reason.PREFIX)
    refuse_unless(consists_of(value[len(series) :], DIGITS), Reason.CHARSET)
    return DocumentNumber(DocumentType.PRC_PASSPORT, value)


def foreign_passport(value: str, country: str | None) -> DocumentNumber:
    """
    Read another country's passport number; it names one person only together with its country (alpha-3).

    Without a country only the number is judged, which is enough for a look at a list, not for enrolment.
    """
    refuse_unless(consists_of(value, ALPHANUMERIC), Reason.CHARSET)
    refuse_unless(5 <= len(value) <= 20, Reason.LENGTH)
    if country is None:
        return DocumentNumber(DocumentType.FOREIGN_PASSPORT, value)
    refuse_unless(country not in CHINESE, Reason.TYPE_MISMATCH)
    refuse_unless(country in BY_ALPHA3, Reason.COUNTRY_UNKNOWN)
    return DocumentNumber(
        DocumentType.FOREIGN_PASSPORT, value, derived=MappingProxyType({"country_alpha3": country})
    )
