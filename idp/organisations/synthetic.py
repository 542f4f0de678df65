"""Numbers of organisations that do not exist, right in every check, for sandbox, simulators and tests.

Subject codes begin with letters or nines that were never issued (YY, WX, JK, MAYY, 9999).
"""

from idp.organisations.check_characters import gb_11714, gb_32100, mod_11_10

HEADS = ("YY", "WX", "JK", "MAYY", "9999")
"""How the subject code of an organisation that does not exist may begin."""


def organisation_code(index: int, head: str = "YY") -> str:
    """A nine-character organisation code; the shorter its head, the more there are (YY: a million)."""
    if head not in HEADS:
        raise ValueError("an organisation may exist under this head")
    width = 8 - len(head)
    body = f"{head}{_within(index, 10**width):0{width}d}"
    return body + gb_11714(body)


def credit_code(
    index: int, department: str = "9", category: str = "1", division: str = "210000", head: str = "YY"
) -> str:
    """A credit code registered by this department of this division (six digits) as this category."""
    body = f"{department}{category}{division}{organisation_code(index, head)}"
    return body + gb_32100(body)


def business_licence(index: int, division: str = "210000", ownership: str = "2") -> str:
    """An old licence number; ownership 0-3 is domestic, 4-5 foreign-invested, 6-9 an individual business."""
    body = f"{division}{ownership}999{_within(index, 10_000):04d}"
    return body + mod_11_10(body)


def _within(index: int, limit: int) -> int:
    if not 0 <= index < limit:
        raise ValueError(f"only {limit} such numbers exist")
    return index
