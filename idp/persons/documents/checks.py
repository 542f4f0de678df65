"""The checks that several number formats share, each refusing with its own reason."""

from collections.abc import Collection
from datetime import date
from string import ascii_uppercase, digits

from idp.persons.documents.number import MalformedNumber, Reason, Sex

DIGITS = frozenset(digits)
ALPHANUMERIC = frozenset(digits + ascii_uppercase)

OLDEST_YEAR = 1800
OLDEST_AGE = 130


def refuse_unless(holds: bool, reason: Reason) -> None:
    """Raise MalformedNumber with this reason if the rule does not hold."""
    if not holds:
        raise MalformedNumber(reason)


def consists_of(value: str, alphabet: Collection[str]) -> bool:
    """Whether every character is of this alphabet (plain ASCII, whatever Unicode calls a digit)."""
    return all(character in alphabet for character in value)


def age(birth_date: date, today: date) -> int:
    """Completed years; a person born on 29 February completes one on 1 March of a common year."""
    return today.year - birth_date.year - ((today.month, today.day) < (birth_date.month, birth_date.day))


def real_date(yyyymmdd: str) -> date | None:
    """The date of these eight digits, or None where the calendar has no such day."""
    try:
        return date(int(yyyymmdd[:4]), int(yyyymmdd[4:6]), int(yyyymmdd[6:]))
    except ValueError:
        return None


def birth(yyyymmdd: str, today: date) -> date:
    """A birth date that exists, is not in the future and lies in 1800 or later."""
    born = real_date(yyyymmdd)
    if born is None:
        raise MalformedNumber(Reason.DATE_INVALID)
    refuse_unless(born <= today, Reason.DATE_FUTURE)
    refuse_unless(born.year >= OLDEST_YEAR, Reason.DATE_TOO_OLD)
    return born


def doubts(born: date, today: date) -> frozenset[Reason]:
    """An age beyond 130 years is possible on an old record, but a person has to look at it."""
    return frozenset({Reason.DATE_TOO_OLD}) if age(born, today) > OLDEST_AGE else frozenset()


def sequence_is_allotted(sequence: str) -> None:
    """Sequence 000 is never given to anybody (GB 11643)."""
    refuse_unless(sequence != "000", Reason.SEQ_RANGE)


def sex_of(sequence: str) -> Sex:
    """Odd sequences are men's, even ones women's (GB 11643)."""
    return "M" if int(sequence[-1]) % 2 else "F"


def mod_11_2(body: str) -> str:
    """The check character of ISO 7064 MOD 11-2 over seventeen digits, as GB 11643 uses it."""
    remainder = sum(int(digit) * pow(2, 17 - i, 11) for i, digit in enumerate(body)) % 11
    return "10X98765432"[remainder]


def mod_10_731(body: str) -> str:
    """The check digit of machine-readable travel documents: weights 7-3-1, A=10 … Z=35 (ICAO 9303-3 §4.9)."""
    return str(sum(int(character, 36) * (7, 3, 1)[i % 3] for i, character in enumerate(body)) % 10)
