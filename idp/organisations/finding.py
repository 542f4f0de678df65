"""Organisations by a part of their name, for members of staff who see only some divisions.

Names are indexed by pairs of neighbouring characters, in a table of our own, because a Chinese name is asked
for by two or three characters from its middle: a prefix begins with the city, PostgreSQL's trigrams and
SQLite's full text need three characters, and one rule must hold on both. Names are public: so are the pairs.
"""

from collections.abc import Sequence
from itertools import pairwise

from sqlalchemy import ColumnElement, delete, false, or_, select, true
from sqlalchemy.orm import Session

from idp.organisations.models import Organisation, OrganisationNamePart

SHORTEST = 2
"""Characters of a name; fewer are no name but a list."""
MOST = 50
MOST_PAIRS = 8
"""So many pairs of what was typed narrow the search; the name itself is compared afterwards."""
ENDINGS = (
    "有限责任公司", "股份有限公司", "有限公司", "分公司", "集团公司", "合伙企业", "合作社", "委员会",
    "服务中心",
)  # fmt: skip
"""What every other name ends with: pairs of these narrow nothing."""


def named(
    db: Session, part: str, divisions: Sequence[str] | None, most: int = MOST
) -> Sequence[Organisation]:
    """Those whose name has this part, by name; `divisions` are the beginnings of codes one may see."""
    part = " ".join(part.split())
    telling = sorted(pairs(part) - COMMON)[:MOST_PAIRS]
    if not telling or not part.isprintable():
        return ()
    query = select(Organisation).where(Organisation.name.icontains(part, autoescape=True), within(divisions))
    for pair in telling:
        having = select(OrganisationNamePart.organisation_id).where(OrganisationNamePart.pair == pair)
        query = query.where(Organisation.id.in_(having))
    return db.scalars(query.order_by(Organisation.name, Organisation.id).limit(most)).all()


def index(db: Session, organisation: Organisation) -> None:
    """Let an organisation be found by the name it has now; call it wherever that changes."""
    part = OrganisationNamePart
    db.execute(delete(part).where(part.organisation_id == organisation.id))
    db.add_all(part(pair=pair, organisation_id=organisation.id) for pair in sorted(pairs(organisation.name)))


def pairs(name: str) -> frozenset[str]:
    """Every two neighbouring characters, in one spelling of letters."""
    return frozenset(map("".join, pairwise(" ".join(name.split()).casefold())))


def within(divisions: Sequence[str] | None) -> ColumnElement[bool]:
    """Whether an organisation is of one of these divisions; None is all there are."""
    if divisions is None:
        return true()
    begins = [Organisation.division.startswith(one, autoescape=True) for one in divisions]
    return or_(false(), *begins)


COMMON = frozenset[str]().union(*map(pairs, ENDINGS))
