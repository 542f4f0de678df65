"""Mandates as pages and files show them: who, as what, what in plain words, until when, in which state."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from idp.account.enterprises.acting import Acting
from idp.mandates import roster, statement
from idp.mandates.models import Mandate, Role, State
from idp.web.signed_in import who


@dataclass(frozen=True)
class Shown:
    """One mandate of an organisation."""

    id: UUID
    agent: str
    agent_is_organisation: bool
    role: Role
    things: str
    actions: str
    limits: Sequence[str]
    everything: bool
    valid_from: datetime
    last_day: date | None
    """The last day on which it holds; None without end."""
    state: State
    because: str
    """Why it rests or has ended."""
    grace_until: datetime | None
    may_delegate: bool
    settles_at: datetime | None
    own: bool
    """Whether it is the reader's."""
    may_end: bool
    """Whether the reader may end, narrow or take it back."""
    url: str


def shown(db: Session, acting: Acting, mandates: Sequence[Mandate], language: str) -> list[Shown]:
    """These mandates in the reader's language."""
    agents, names = roster.agents(db, mandates), roster.names(db, [one.scope for one in mandates])
    return [
        Shown(
            id=one.id,
            agent=agents[one.id].name,
            agent_is_organisation=agents[one.id].organisation,
            role=Role(one.role),
            things=statement.things(one.scope, names, language),
            actions=statement.actions(one.scope, language),
            limits=statement.limits(one.scope, language),
            everything=one.everything,
            valid_from=one.valid_from,
            last_day=statement.last_day(one.valid_until),
            state=State(one.state),
            because=one.ended_because or "",
            grace_until=one.grace_until,
            may_delegate=one.may_delegate,
            settles_at=one.settles_at,
            own=one.agent_person_id == who().person_id,
            may_end=acting.may_end(db, one),
            url=f"{acting.url}/mandates/{one.id}",
        )
        for one in mandates
    ]
