"""Foreigners' permanent residence cards 外国人永久居留身份证, before and since the five-star card of 2023."""

from datetime import date
from string import ascii_uppercase
from types import MappingProxyType

from idp.persons.countries import BY_ALPHA3, BY_NUMERIC
from idp.persons.divisions import issues_identity_numbers
from idp.persons.documents import checks
from idp.persons.documents.checks import DIGITS, consists_of, refuse_unless
from idp.persons.documents.citizen import has_citizen_shape
from idp.persons.documents.number import DocumentNumber, DocumentType, MalformedNumber, Reason


def permanent_resident(value: str, today: date) -> DocumentNumber:
    """Read the 18-digit number: 9, accepting province, country, birth date, sequence, check character."""
    has_citizen_shape(value)
    refuse_unless(value[0] == "9", Reason.TYPE_MISMATCH)
    refuse_unless(issues_identity_numbers(value[1:3]), Reason.DIVISION_UNKNOWN)
    refuse_unless(value[3:6] in BY_NUMERIC, Reason.COUNTRY_UNKNOWN)
    born, sequence, check = checks.birth(value[6:14], today), value[14:17], value[17]
    checks.sequence_is_allotted(sequence)
    refuse_unless(check == checks.mod_11_2(value[:17]), Reason.CHECK_CHAR)
    sex = checks.sex_of(sequence)
    return DocumentNumber(
        kind=DocumentType.FOREIGN_PERMANENT_RESIDENT,
        value=value,
        birth_date=born,
        sex=sex,
        derived=MappingProxyType(
            {
                "accepting_province": value[1:3],
                "country_numeric": value[3:6],
                "country_alpha3": BY_NUMERIC[value[3:6]].alpha3,
                "birth_date": born.isoformat(),
                "sequence": sequence,
                "sex": sex,
                "check_char": check,
            }
        ),
        warnings=checks.doubts(born, today),
    )


def permanent_resident_15(value: str, today: date) -> DocumentNumber:
    """Read the 15-character number: country, place, birth date as YYMMDD, sequence, check digit."""
    refuse_unless(len(value) == 15, Reason.LENGTH)
    refuse_unless(consists_of(value[:3], ascii_uppercase) and consists_of(value[3:], DIGITS), Reason.CHARSET)
    refuse_unless(value[:3] in BY_ALPHA3, Reason.COUNTRY_UNKNOWN)
    refuse_unless(issues_identity_numbers(value[3:7]), Reason.DIVISION_UNKNOWN)
    born = _birth_of_two_digit_year(value[7:13], today)
    refuse_unless(value[14] == checks.mod_10_731(value[:14]), Reason.CHECK_CHAR)
    return DocumentNumber(
        kind=DocumentType.FOREIGN_PERMANENT_RESIDENT_15,
        value=value,
        birth_date=born,
        derived=MappingProxyType(
            {
                "country_alpha3": value[:3],
                "division4": value[3:7],
                "birth_yymmdd": value[7:13],
                "sequence": value[13],
                "check_digit": value[14],
            }
        ),
    )


def number_before_2023(new: str, link_item: str) -> str:
    """
    The 15-character number a holder of this 18-digit one had before.

    The link item 关联项, three digits on the chip of the new card, proves both cards to be one person's.
    """
    country = BY_NUMERIC[new[3:6]].alpha3
    body = country + new[1:3] + link_item[:2] + new[8:14] + link_item[2]
    return body + checks.mod_10_731(body)


def _birth_of_two_digit_year(yymmdd: str, today: date) -> date | None:
    """The birth date if only one century fits, None if two do; refuses a day that no century had."""
    existing = [born for century in ("19", "20") if (born := checks.real_date(century + yymmdd))]
    past = [born for born in existing if born <= today]
    if not past:
        raise MalformedNumber(Reason.DATE_FUTURE if existing else Reason.DATE_INVALID)
    return past[0] if len(past) == 1 else None
