"""Numbers of organisations: is this one well formed, who registered it, and where can it be confirmed?

The credit code 统一社会信用代码 is the identifier; an organisation code or an old licence number
only helps to find the record of an organisation that has one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from idp.organisations.check_characters import CREDIT_CODE_ALPHABET, gb_11714, gb_32100, mod_11_10
from idp.organisations.registrations import DEPARTMENTS, REGISTRATIONS, Registration
from idp.persons.divisions import registers_organisations
from idp.persons.documents.checks import ALPHANUMERIC, DIGITS, consists_of, refuse_unless
from idp.persons.identifiers import MalformedNumber, Reason, normalise


class OrganisationNumberType(StrEnum):
    """The numbers by which an organisation can be known."""

    CREDIT_CODE = "uscc_18"
    ORGANISATION_CODE = "organization_code_9"
    BUSINESS_LICENCE = "business_licence_15"


@dataclass(frozen=True)
class OrganisationNumber:
    """A well-formed number in its normalised spelling, and what it says about the organisation."""

    kind: OrganisationNumberType
    value: str
    division: str | None = None
    """Six digits of the authority that registered it; 100000 is the national level."""
    registration: Registration | None = None
    """Department, category and route, for credit codes."""
    derived: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}), hash=False)
    """Every part by its name in the standard."""


def parse(kind: OrganisationNumberType, raw: str) -> OrganisationNumber:
    """Read a number as this kind, or raise MalformedNumber with the reason."""
    value = normalise(raw)
    match kind:
        case OrganisationNumberType.CREDIT_CODE:
            return credit_code(value)
        case OrganisationNumberType.ORGANISATION_CODE:
            return organisation_code(value)
        case OrganisationNumberType.BUSINESS_LICENCE:
            return business_licence(value)


def credit_code(value: str) -> OrganisationNumber:
    """
    Read a normalised credit code (GB 32100-2015), both of its check characters included.

    An unknown category comes last, for the standard's table grows: whoever catches CATEGORY_UNKNOWN may hand
    the code to a person, everything else about it is right.
    """
    refuse_unless(len(value) == 18, Reason.LENGTH)
    refuse_unless(consists_of(value, CREDIT_CODE_ALPHABET), Reason.CHARSET)
    refuse_unless(consists_of(value[2:8], DIGITS), Reason.CHARSET)
    refuse_unless(value[0] in DEPARTMENTS, Reason.DEPT_UNKNOWN)
    refuse_unless(registers_organisations(value[2:8]), Reason.DIVISION_UNKNOWN)
    refuse_unless(value[16] == gb_11714(value[8:16]), Reason.ORG_CHECK_CHAR)
    refuse_unless(value[17] == gb_32100(value[:17]), Reason.CHECK_CHAR)
    registration = REGISTRATIONS.get((value[0], value[1]))
    if registration is None:
        raise MalformedNumber(Reason.CATEGORY_UNKNOWN)
    return OrganisationNumber(
        kind=OrganisationNumberType.CREDIT_CODE,
        value=value,
        division=value[2:8],
        registration=registration,
        derived=MappingProxyType(
            {
                "dept_code": registration.department_code,
                "dept": registration.department,
                "category_code": registration.category_code,
                "category": registration.category,
                "division": value[2:8],
                "subject_code": value[8:17],
                "org_check_char": value[16],
                "check_char": value[17],
                "route": registration.route,
            }
        ),
    )


def organisation_code(value: str) -> OrganisationNumber:
    """Read a normalised organisation code (GB 11714-1997), positions 9 to 17 of today's credit code."""
    refuse_unless(len(value) == 9, Reason.LENGTH)
    refuse_unless(consists_of(value[:8], ALPHANUMERIC) and value[8] in DIGITS | {"X"}, Reason.CHARSET)
    refuse_unless(value[8] == gb_11714(value[:8]), Reason.CHECK_CHAR)
    return OrganisationNumber(
        kind=OrganisationNumberType.ORGANISATION_CODE,
        value=value,
        derived=MappingProxyType({"display": f"{value[:8]}-{value[8]}", "check_char": value[8]}),
    )


def business_licence(value: str) -> OrganisationNumber:
    """Read a normalised fifteen-digit licence number (工商办字〔2007〕79号); older ones had no check."""
    refuse_unless(len(value) == 15, Reason.LENGTH)
    refuse_unless(consists_of(value, DIGITS), Reason.CHARSET)
    refuse_unless(registers_organisations(value[:6]), Reason.DIVISION_UNKNOWN)
    refuse_unless(value[14] == mod_11_10(value[:14]), Reason.CHECK_CHAR)
    return OrganisationNumber(
        kind=OrganisationNumberType.BUSINESS_LICENCE,
        value=value,
        division=value[:6],
        derived=MappingProxyType({"division": value[:6], "sequence": value[6:14], "check_digit": value[14]}),
    )
