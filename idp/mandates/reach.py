"""What two mandates allow together, as a scope of its own: for rows that are bounded by the row above them.

Matters are compared as the catalogue knows them, each by the moment its mandate was signed, so that the
result allows nothing that either of the two does not.
"""

from collections.abc import Callable

from sqlalchemy.orm import Session

from idp.mandates.models import Mandate
from idp.mandates.scope import Scope
from idp.matters import catalogue
from idp.matters.catalogue import Listed


def meeting(db: Session, lower: Mandate, upper: Mandate) -> Scope:
    """What a mandate allows within another one."""
    one, other = lower.scope, upper.scope
    regions = _narrower(one.regions, other.regions, lambda inner, outer: inner.startswith(outer))
    projects = _narrower(one.projects, other.projects, lambda inner, outer: inner == outer)
    if regions is None or projects is None:
        return Scope()
    amounts = [amount for amount in (one.amount, other.amount) if amount is not None]
    return Scope(
        everything=one.everything and other.everything,
        matters=_matters(db, lower, upper),
        groups=_groups(one, other),
        actions=one.actions & other.actions,
        regions=regions,
        projects=projects,
        amount=min(amounts, default=None),
        once=one.once or other.once,
    )


def _matters(db: Session, lower: Mandate, upper: Mandate) -> frozenset[str]:
    """Those named by either that both reach."""
    one, other = lower.scope, upper.scope
    if one.everything or other.everything:
        return other.matters if one.everything else one.matters
    return frozenset(code for code in one.matters | other.matters if _both_reach(db, lower, upper, code))


def _both_reach(db: Session, lower: Mandate, upper: Mandate, code: str) -> bool:
    matter = _listed(db, code)
    if matter is None:
        return code in lower.matters & upper.matters
    return all(one.scope.names(matter, one.signed_at or one.valid_from) for one in (lower, upper))


def _listed(db: Session, code: str) -> Listed | None:
    found = catalogue.find(db, code)
    return catalogue.shown(found, catalogue.lineage(db, code)) if found else None


def _groups(one: Scope, other: Scope) -> frozenset[str]:
    """Common groups. They count from the lower one's signature; the upper one bounds them by its own."""
    if one.everything or other.everything:
        return other.groups if one.everything else one.groups
    return one.groups & other.groups


def _narrower(
    one: frozenset[str], other: frozenset[str], is_in: Callable[[str, str], bool]
) -> frozenset[str] | None:
    """The limits that meet both; None if none can. No limit bounds nothing."""
    if not one or not other:
        return one or other
    common = (
        name
        for name in one | other
        if all(any(is_in(name, each) for each in outer) for outer in (one, other))
    )
    return frozenset(common) or None
