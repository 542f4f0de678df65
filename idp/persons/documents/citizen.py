"""Numbers in the citizen-number format of GB 11643: resident identity cards, old ones, residence permits."""

from datetime import date
from types import MappingProxyType

from idp.persons.divisions import issues_identity_numbers
from idp.persons.documents import checks
from idp.persons.documents.checks import DIGITS, consists_of, refuse_unless
from idp.persons.documents.number import DocumentNumber, DocumentType, Reason

PERMIT_ADDRESS_CODES = MappingProxyType(
    {
        DocumentType.HK_RESIDENCE_PERMIT: "810000",
        DocumentType.MACAO_RESIDENCE_PERMIT: "820000",
        DocumentType.TAIWAN_RESIDENCE_PERMIT: "830000",
    }
)
"""The address code that marks each residence permit of Hong Kong, Macao and Taiwan residents."""

_PERMIT_PREFIXES = frozenset(code[:2] for code in PERMIT_ADDRESS_CODES.values())
_FOREIGNER = "9"
_CENTENARIAN_SEQUENCES = frozenset({"996", "997", "998", "999"})


def resident_id(value: str, today: date) -> DocumentNumber:
    """Read a citizen identity number 公民身份号码 (GB 11643-1999)."""
    has_citizen_shape(value)
    refuse_unless(value[0] != _FOREIGNER and value[:2] not in _PERMIT_PREFIXES, Reason.TYPE_MISMATCH)
    refuse_unless(issues_identity_numbers(value), Reason.DIVISION_UNKNOWN)
    return _read(DocumentType.RESIDENT_ID, value, today)


def residence_permit(kind: DocumentType, value: str, today: date) -> DocumentNumber:
    """Read the number of a residence permit; its address code names the place the holder comes from."""
    has_citizen_shape(value)
    refuse_unless(value[:6] == PERMIT_ADDRESS_CODES[kind], Reason.TYPE_MISMATCH)
    return _read(kind, value, today)


def resident_id_15(value: str, today: date) -> DocumentNumber:
    """
    Read an old fifteen-digit number and say which eighteen-digit one it became (GB 11643-1999).

    First-generation cards ended on 2013-01-01: such a number finds an old record, it proves nothing,
    and what is stored is `upgraded_18`.
    """
    refuse_unless(len(value) == 15, Reason.LENGTH)
    refuse_unless(consists_of(value, DIGITS), Reason.CHARSET)
    refuse_unless(issues_identity_numbers(value), Reason.DIVISION_UNKNOWN)
    century = "18" if value[12:] in _CENTENARIAN_SEQUENCES else "19"
    body = value[:6] + century + value[6:]
    upgraded = _read(DocumentType.RESIDENT_ID, body + checks.mod_11_2(body), today)
    parts = {key: upgraded.derived[key] for key in ("division", "birth_date", "sex")}
    return DocumentNumber(
        kind=DocumentType.RESIDENT_ID_15,
        value=value,
        division=upgraded.division,
        birth_date=upgraded.birth_date,
        sex=upgraded.sex,
        derived=MappingProxyType({"upgraded_18": upgraded.value, **parts}),
        warnings=upgraded.warnings,
    )


def has_citizen_shape(value: str) -> None:
    """Seventeen digits and a check character that is a digit or X."""
    refuse_unless(len(value) == 18, Reason.LENGTH)
    refuse_unless(consists_of(value[:17], DIGITS) and value[17] in DIGITS | {"X"}, Reason.CHARSET)


def _read(kind: DocumentType, value: str, today: date) -> DocumentNumber:
    born, sequence, check = checks.birth(value[6:14], today), value[14:17], value[17]
    checks.sequence_is_allotted(sequence)
    refuse_unless(check == checks.mod_11_2(value[:17]), Reason.CHECK_CHAR)
    sex = checks.sex_of(sequence)
    return DocumentNumber(
        kind=kind,
        value=value,
        division=value[:6],
        birth_date=born,
        sex=sex,
        derived=MappingProxyType(
            {
                "division": value[:6],
                "birth_date": born.isoformat(),
                "sequence": sequence,
                "sex": sex,
                "check_char": check,
            }
        ),
        warnings=checks.doubts(born, today),
    )
