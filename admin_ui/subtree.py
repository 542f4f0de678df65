"""A subtree by the path of its top; None is the whole instance."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, or_, true
from sqlalchemy.orm import InstrumentedAttribute

Top = str | None


def covers(top: Top, path: Top) -> bool:
    """Whether a subtree holds another one, or a department, both by path."""
    return top is None or path is not None and path.startswith(top)


def below(tops: Sequence[Top], path: InstrumentedAttribute[str]) -> ColumnElement[bool]:
    """The same in the database, for the path of a department that may be missing (outer join)."""
    if None in tops:
        return true()
    return or_(*(path.startswith(top, autoescape=True) for top in tops if top is not None))
