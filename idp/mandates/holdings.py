"""Read by which ways a person may act for an organisation, and for whom at all; one query each.

What comes back is everything the rules need, and nothing is judged here.
"""

# ruff: noqa: S608 – statements are joined from constants here, never from input

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from idp.mandates.models import Basis, Role, State
from idp.mandates.rules import LONGEST_LINK, Path, Power, Side
from idp.mandates.scope import Scope
from idp.organisations.models import Standing
from idp.storage.columns import identifier, moment
from idp.storage.prepared import Prepared, Row, Statement

COLUMNS = """
    m.id, m.organisation_id, m.agent_person_id, m.agent_organisation_id, m.role, m.state, m.version,
    m.granted_under, m.basis, m.everything, m.matters, m.groups, m.actions, m.regions, m.projects, m.amount,
    m.once, m.used_at, m.may_delegate, m.signed_at, m.valid_from, m.valid_until, m.grace_until
"""
RECENT = timedelta(days=30)


def _open(mandate: str) -> str:
    """SQL: what a person should be told of; what ended long ago is not."""
    return f"({mandate}.state in ('cooling', 'active', 'suspended') or {mandate}.ended_at > :recent)"


SEEN = f"""
    {COLUMNS}, coalesce(a.status in ('active', 'closing'), true),
    o.standing, o.representative_id, o.credit_code, o.name, o.state
"""
"""A mandate, whether whom it names may sign in, and whose it is."""
SIDE, WIDTH = 24, 29
"""Where in it the organisation begins, and how many columns there are."""
UP = f"""
    select p.id, p.granted_under, above.depth + 1
      from mandates p join above on p.id = above.granted_under where above.depth < {LONGEST_LINK + 1}
"""


NOTHING: frozenset[str] = frozenset()
ROLES = {one.value: one for one in Role}
STATES = {one.value: one for one in State}
BASES = {one.value: one for one in Basis}
STANDINGS = {one.value: one for one in Standing}


PERSON, ORGANISATION = "(select person_id from asked)", "(select organisation_id from asked)"
"""Scalars, because a join might walk through the index of every organisation that acts for another."""


def along(asked: str) -> Statement:
    """
    By which ways the `person_id` of another statement's first row, of any columns, may act for its
    `organisation_id`: a row of `SEEN` for each mandate, then that row. The person may sign in.

    Without any mandate one row comes back, `SEEN` empty; `:recent` is a parameter more.
    """
    return Statement(
        f"""
        with recursive asked as ({asked} limit 1),
        through as (
            select m.id, m.granted_under, w.id as own_id, w.granted_under as own_under from mandates m
              join mandates w on w.agent_person_id = {PERSON} and w.organisation_id = m.agent_organisation_id
             where m.organisation_id = {ORGANISATION} and m.agent_organisation_id is not null
               and {_open("m")} and {_open("w")}),
        above as (
            select m.id, m.granted_under, 1 as depth from mandates m
             where m.agent_person_id = {PERSON} and m.organisation_id = {ORGANISATION} and {_open("m")}
            union all select id, granted_under, 1 from through
            union all select own_id, own_under, 1 from through
            union {UP})
        select {SEEN}, asked.* from asked
          left join above on true
          left join mandates m on m.id = above.id
          left join organisations o on o.id = m.organisation_id
          left join persons a on a.id = m.agent_person_id
        """
    )


ONE = """
    select p.id as person_id, o.id as organisation_id from persons p, organisations o
     where p.id = :person and p.status in ('active', 'closing')
"""
BY_ID = along(f"{ONE} and o.id = :organisation")
BY_CODE = along(f"{ONE} and o.credit_code = :code")
FOR_ALL = Statement(
    f"""
    with recursive own as (
        select m.id, m.granted_under, m.organisation_id from mandates m
          join persons p on p.id = m.agent_person_id
         where m.agent_person_id = :person and p.status in ('active', 'closing') and {_open("m")}),
    held as (
        select id, granted_under from own
        union select m.id, m.granted_under from mandates m
               where {_open("m")} and m.agent_organisation_id in (select organisation_id from own)),
    above as (select h.id, h.granted_under, 1 as depth from held h union {UP})
    select {SEEN} from mandates m
      join organisations o on o.id = m.organisation_id
      left join persons a on a.id = m.agent_person_id
     where m.id in (select id from above)
    """
)


@dataclass(frozen=True, slots=True)
class Holdings:
    """The ways a person has, by organisation, and the organisations they lead through."""

    paths: Mapping[UUID, Sequence[Path]]
    sides: Mapping[UUID, Side]

    def towards(self, organisation_id: UUID) -> Sequence[Path]:
        """The ways to one organisation, direct ones first."""
        return self.paths.get(organisation_id, ())

    def towards_code(self, code: str) -> Sequence[Path]:
        """The same by credit code."""
        return next((self.towards(one) for one, side in self.sides.items() if side.code == code), ())


def towards(prepared: Prepared, person_id: UUID, organisation_id: UUID, now: datetime) -> Holdings:
    """By which ways a person may act for one organisation, or might until a while ago."""
    values = {"person": person_id, "organisation": organisation_id, "recent": now - RECENT}
    return of_rows(person_id, prepared.all(BY_ID, values))


def towards_code(prepared: Prepared, person_id: UUID, code: str, now: datetime) -> Holdings:
    """The same for the organisation of a credit code; nothing for one that nobody has registered here."""
    values = {"person": person_id, "code": code, "recent": now - RECENT}
    return of_rows(person_id, prepared.all(BY_CODE, values))


def everywhere(prepared: Prepared, person_id: UUID, now: datetime) -> Holdings:
    """By which ways a person may act for whom, or might until a while ago."""
    return of_rows(person_id, prepared.all(FOR_ALL, {"person": person_id, "recent": now - RECENT}))


def of_rows(person_id: UUID, rows: Iterable[Row]) -> Holdings:
    """What rows say that begin with `SEEN`."""
    powers: dict[UUID, Power] = {}
    sides: dict[UUID, Side] = {}
    for row in rows:
        if row[0] is None:
            continue
        power = _power(row)
        powers[power.id] = power
        if power.organisation_id not in sides:
            sides[power.organisation_id] = _side(row[SIDE:WIDTH])
    return Holdings(_paths(person_id, powers), sides)


def _paths(person_id: UUID, powers: Mapping[UUID, Power]) -> Mapping[UUID, Sequence[Path]]:
    found: dict[UUID, list[Path]] = defaultdict(list)
    own = [power for power in powers.values() if power.agent_person_id == person_id]
    for power in own:
        link = _link(power, powers)
        found[power.organisation_id].append(Path(person_id, power.organisation_id, (link,)))
    for outer in powers.values():
        if outer.agent_organisation_id is None:
            continue
        for power in own:
            if power.organisation_id == outer.agent_organisation_id:
                links = (_link(power, powers), _link(outer, powers))
                found[outer.organisation_id].append(Path(person_id, outer.organisation_id, links))
    for paths in found.values():
        if len(paths) > 1:
            paths.sort(key=_preference)
    return found


def _link(power: Power, powers: Mapping[UUID, Power]) -> tuple[Power, ...]:
    """A mandate and those above it; one that is too long, or goes in a circle, is cut and breaks the rule."""
    link = [power]
    while len(link) <= LONGEST_LINK and (above := link[-1].granted_under) is not None:
        upper = powers.get(above)
        if upper is None:
            break
        link.append(upper)
    return tuple(link)


def _preference(path: Path) -> tuple[int, int, float]:
    """Direct before through another, higher roles first, the longest-lived of equals."""
    return len(path.links), list(Role).index(path.own.role), -path.ends_at.timestamp()


def _side(columns: Row) -> Side:
    standing, representative, code, name, state = columns
    named = None if representative is None else identifier(representative)
    return Side(STANDINGS[standing], named, code, name, state)


def _power(row: Row) -> Power:
    (
        own_id, organisation, person, agent_organisation, role, state, version, under, basis, everything,
        matters, groups, actions, regions, projects, amount, once, used, delegates, signed, begins, ends,
        grace, lives, *_,
    ) = row  # fmt: skip
    return Power(
        id=identifier(own_id),
        organisation_id=identifier(organisation),
        agent_person_id=None if person is None else identifier(person),
        agent_organisation_id=None if agent_organisation is None else identifier(agent_organisation),
        role=ROLES[role],
        state=STATES[state],
        version=version,
        granted_under=None if under is None else identifier(under),
        basis=BASES[basis],
        scope=Scope(
            everything=bool(everything),
            matters=_words(matters),
            groups=_words(groups),
            actions=_words(actions),
            regions=_words(regions),
            projects=_words(projects),
            amount=amount,
            once=bool(once),
        ),
        may_delegate=bool(delegates),
        signed_at=moment(begins if signed is None else signed),
        valid_from=moment(begins),
        valid_until=moment(ends),
        grace_until=None if grace is None else moment(grace),
        used_at=None if used is None else moment(used),
        agent_lives=bool(lives),
    )


def _words(text: str) -> frozenset[str]:
    """Most limits are empty."""
    return frozenset(text.split()) if text else NOTHING
