"""Organisations by a part of their name, for members of staff who see only some divisions."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, false, or_, select, true
from sqlalchemy.orm import Session

from idp.organisations.models import Organisation

SHORTEST = 2
"""Characters of a name; fewer are no name but a list."""
MOST = 50


def named(
    db: Session, part: str, divisions: Sequence[str] | None, most: int = MOST
) -> Sequence[Organisation]:
    """Those whose name has this part, by name; `divisions` are the beginnings of codes one may see."""
    part = " ".join(part.split())
    if len(part) < SHORTEST or not part.isprintable():
        return ()
    query = select(Organisation).where(Organisation.name.contains(part, autoescape=True), within(divisions))
    return db.scalars(query.order_by(Organisation.name, Organisation.id).limit(most)).all()


def within(divisions: Sequence[str] | None) -> ColumnElement[bool]:
    """Whether an organisation is of one of these divisions; None is all there are."""
    if divisions is None:
        return true()
    begins = [Organisation.division.startswith(one, autoescape=True) for one in divisions]
    return or_(false(), *begins)
