"""Mandates as the console shows them: whom they name, masked, and what they say in plain words."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.mandates import roster, statement
from idp.mandates.models import Basis, Mandate, Role, State
from idp.mandates.roster import Agent
from idp.mandates.rules import Path
from idp.web.showing import masked_name


@dataclass(frozen=True)
class Row:
    """One mandate, for `account/enterprises/_members.html` too."""

    id: UUID
    agent: str
    agent_is_organisation: bool
    role: Role
    things: str
    actions: str
    limits: Sequence[str]
    everything: bool
    last_day: date | None
    """The last day on which it holds; None without end."""
    state: State
    because: str
    grace_until: datetime | None
    may_delegate: bool
    basis: Basis
    signed_at: datetime | None
    settles_at: datetime | None
    own: bool = False


@dataclass(frozen=True)
class Link:
    """One step of why somebody may act: a mandate, who gave it and as what."""

    organisation: str
    mandate: Row
    by: str
    """Masked; empty where a registry or two operators did."""
    by_role: Role | None


def agents(db: Session, mandates: Iterable[Mandate]) -> Mapping[UUID, Agent]:
    """Whom these mandates name: persons masked, organisations in full."""
    found = roster.agents(db, mandates)
    return {key: _masked(agent) for key, agent in found.items()}


def rows(db: Session, mandates: Sequence[Mandate], language: str) -> list[Row]:
    """These mandates in the reader's language."""
    named, names = agents(db, mandates), roster.names(db, [one.scope for one in mandates])
    return [
        Row(
            id=one.id,
            agent=named[one.id].name,
            agent_is_organisation=named[one.id].organisation,
            role=Role(one.role),
            things=statement.things(one.scope, names, language),
            actions=statement.actions(one.scope, language),
            limits=statement.limits(one.scope, language),
            everything=one.everything,
            last_day=statement.last_day(one.valid_until),
            state=State(one.state),
            because=one.ended_because or "",
            grace_until=one.grace_until,
            may_delegate=one.may_delegate,
            basis=Basis(one.basis),
            signed_at=one.signed_at,
            settles_at=one.settles_at,
        )
        for one in mandates
    ]


def links(db: Session, path: Path, language: str) -> list[Link]:
    """Every mandate on the way, from the organisation to the person, each given under the one before."""
    ids = [power.id for link in reversed(path.links) for power in reversed(link)]
    known = {one.id: one for one in db.scalars(select(Mandate).where(Mandate.id.in_(ids)))}
    mandates = [known[one] for one in ids if one in known]
    givers = roster.people(db, (one.granted_by for one in mandates))
    companies = roster.organisations(db, (one.organisation_id for one in mandates))
    return [
        Link(
            organisation=companies[mandate.organisation_id].name,
            mandate=row,
            by=masked_name(givers.get(mandate.granted_by, "")) if mandate.granted_by else "",
            by_role=_role(known, mandate.granted_under),
        )
        for mandate, row in zip(mandates, rows(db, mandates, language), strict=True)
    ]


def _role(known: Mapping[UUID, Mandate], mandate_id: UUID | None) -> Role | None:
    return Role(known[mandate_id].role) if mandate_id and mandate_id in known else None


def _masked(agent: Agent) -> Agent:
    return agent if agent.organisation else replace(agent, name=masked_name(agent.name))
