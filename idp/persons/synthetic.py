"""Numbers that pass every check and belong to nobody, for the sandbox, the simulators and the tests.

Resident numbers carry a province-level address code, under which nobody is registered, and a sequence from
900 on; travel documents have bodies beginning 999. Every number is made from the arguments alone, so the
same population comes out every time.
"""

from datetime import date, timedelta
from random import Random

from idp.persons.countries import BY_ALPHA3
from idp.persons.divisions import PROVINCES
from idp.persons.documents.checks import mod_10_731, mod_11_2
from idp.persons.documents.citizen import PERMIT_ADDRESS_CODES
from idp.persons.documents.number import DocumentType, Sex

FIRST_BIRTH = date(1945, 1, 1)
LAST_BIRTH = date(2005, 12, 31)
"""Between these days the people of `resident_id_at` and `number` are born; all of them are of age."""

_SAMPLE_COUNTRIES = ("USA", "JPN", "KOR", "DEU", "AUS", "SGP", "RUS", "FRA")


def resident_id(birth: date, sex: Sex, province: str = "210000", sequence_index: int = 0) -> str:
    """A citizen identity number; fifty exist for one birth date, sex and province (six digits)."""
    return _citizen_format(province, birth, sex, sequence_index)


def resident_id_at(index: int) -> str:
    """The citizen identity number at this place of a row without repetition, 69 million long."""
    days = (LAST_BIRTH - FIRST_BIRTH).days + 1
    rest, province = divmod(index, len(PROVINCES))
    rest, sex = divmod(rest, len(_SEXES))
    sequence_index, day = divmod(rest, days)
    birth = FIRST_BIRTH + timedelta(days=day * _STRIDE % days)
    return resident_id(birth, _SEXES[sex], f"{sorted(PROVINCES)[province]}0000", sequence_index)


def resident_id_15(birth: date, sex: Sex, province: str = "210000", sequence_index: int = 0) -> str:
    """An old fifteen-digit number of somebody born from 1900 to 1999; forty-eight exist for one day."""
    if not (1900 <= birth.year <= 1999 and sequence_index < 48):
        raise ValueError("no such fifteen-digit number")
    return f"{province}{birth:%y%m%d}{_sequence(sex, sequence_index)}"


def residence_permit(kind: DocumentType, birth: date, sex: Sex, sequence_index: int = 0) -> str:
    """The number of a residence permit of Hong Kong, Macao or Taiwan residents."""
    return _citizen_format(PERMIT_ADDRESS_CODES[kind], birth, sex, sequence_index)


def foreign_permanent_resident(
    birth: date, sex: Sex, country: str = "USA", province: str = "21", sequence_index: int = 0
) -> str:
    """An 18-digit permanent residence number; country is alpha-3, province two digits."""
    return _citizen_format(f"9{province}{BY_ALPHA3[country].numeric}", birth, sex, sequence_index)


def foreign_permanent_resident_15(
    birth: date, country: str = "USA", place: str = "2100", sequence: int = 0
) -> str:
    """A permanent residence number of the cards before 2023; place is four digits, sequence one."""
    body = f"{country}{place}{birth:%y%m%d}{sequence:d}"
    return body + mod_10_731(body)


def hk_macao_travel_permit(index: int, region: str = "H") -> str:
    """A travel permit card of a Hong Kong (H) or Macao (M) resident; 100,000 of each."""
    return f"{region}999{_within(index, 100_000):05d}"


def taiwan_travel_permit(index: int) -> str:
    """A travel permit card of a Taiwan resident; 100,000."""
    return f"999{_within(index, 100_000):05d}"


def prc_passport(index: int) -> str:
    """An ordinary Chinese passport; 100,000."""
    return f"E999{_within(index, 100_000):05d}"


def foreign_passport(index: int) -> str:
    """A passport number of any other country; 100,000."""
    return f"TEST{_within(index, 100_000):05d}"


def number(kind: DocumentType, random: Random) -> str:
    """A number of this kind, chosen by this generator; a seeded one makes the choice repeatable."""
    birth = FIRST_BIRTH + timedelta(days=random.randrange((LAST_BIRTH - FIRST_BIRTH).days))
    sex, index, body = random.choice(_SEXES), random.randrange(48), random.randrange(100_000)
    province, country = random.choice(sorted(PROVINCES)), random.choice(_SAMPLE_COUNTRIES)
    match kind:
        case DocumentType.RESIDENT_ID:
            return resident_id(birth, sex, f"{province}0000", index)
        case DocumentType.RESIDENT_ID_15:
            born = birth.replace(year=min(birth.year, 1999), day=min(birth.day, 28))
            return resident_id_15(born, sex, f"{province}0000", index)
        case DocumentType.FOREIGN_PERMANENT_RESIDENT:
            return foreign_permanent_resident(birth, sex, country, province, index)
        case DocumentType.FOREIGN_PERMANENT_RESIDENT_15:
            return foreign_permanent_resident_15(birth, country, f"{province}00", index % 10)
        case DocumentType.HK_MACAO_TRAVEL_PERMIT:
            return hk_macao_travel_permit(body, "HM"[index % 2])
        case DocumentType.TAIWAN_TRAVEL_PERMIT:
            return taiwan_travel_permit(body)
        case DocumentType.PRC_PASSPORT:
            return prc_passport(body)
        case DocumentType.FOREIGN_PASSPORT:
            return foreign_passport(body)
        case _:
            return residence_permit(kind, birth, sex, index)


_SEXES: tuple[Sex, Sex] = ("M", "F")
_STRIDE = 9973
"""A prime that walks through the birth dates in big steps, so that neighbours in the row differ in age."""


def _citizen_format(prefix: str, birth: date, sex: Sex, sequence_index: int) -> str:
    body = f"{prefix}{birth:%Y%m%d}{_sequence(sex, sequence_index)}"
    return body + mod_11_2(body)


def _sequence(sex: Sex, index: int) -> str:
    return str(900 + 2 * _within(index, 50) + (sex == "M"))


def _within(index: int, limit: int) -> int:
    if not 0 <= index < limit:
        raise ValueError(f"only {limit} such numbers exist")
    return index
