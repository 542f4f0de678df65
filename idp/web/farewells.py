"""Where a browser still has to go when a session has ended: to who hears of it by the browser alone.

A `Guide` knows the places of one kind: SAML systems without SOAP (`idp.saml.views`), upstreams
(`federation.leaving`). The page after signing out leads from one to the next and says who has answered.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol, cast
from uuid import UUID

from werkzeug.wrappers import Response

from idp.services import Goto, PostTo, current
from idp.sessions.logout import Answer
from idp.storage.state import Collection, Sealer, StateStore

LIFETIME = 600.0
"""Seconds: as long as the page after signing out is shown."""


@dataclass(frozen=True)
class Stop:
    """Somebody who was part of a session that has ended."""

    name: str
    """Among all guides' stops."""
    title: str
    answer: Answer
    send: Callable[[], Response | None] = field(repr=False)
    """Sends the browser there, to come back to `idp.web.signed_out`; None where that cannot be."""
    by_browser: bool = True
    """Whether a browser has to go there."""
    client_id: str = ""
    """Where it is a client: it stands among the session's participants already."""

    @property
    def is_open(self) -> bool:
        """Whether a browser still has to go there, for the first time or once more."""
        return self.by_browser and self.answer is not Answer.ANSWERED


class Guide(Protocol):
    """Knows the stops of one kind."""

    def stops(self, session_id: UUID) -> Sequence[Stop]:
        """Everybody of this kind, and what is known of their answer."""
        ...


@dataclass(frozen=True)
class Farewell:
    """A browser's way through the stops of its session, or of both where two ended at once."""

    session_id: UUID
    sign_in_url: str
    service: str | None = None
    """Who asked to sign out."""
    onward: str = field(default="", repr=False)
    """Where to go at the end."""
    fields: Mapping[str, str] | None = field(default=None, repr=False)
    """With these, they are posted there."""
    visited: tuple[str, ...] = ()
    others: tuple[UUID, ...] = ()
    """Sessions that ended with it: somebody may be here as a citizen and as a civil servant."""
    closes_at: datetime | None = None
    """When the account will be closed, if that is what ended the session."""

    @property
    def session_ids(self) -> tuple[UUID, ...]:
        """All that have ended."""
        return (self.session_id, *self.others)

    @property
    def answer(self) -> Goto | PostTo | None:
        """The way on when everybody has been told."""
        if not self.onward:
            return None
        return Goto(self.onward) if self.fields is None else PostTo(self.onward, self.fields)

    def leading(self, answer: Goto | PostTo | None) -> "Farewell":
        """The same with this way on."""
        match answer:
            case Goto(url=url):
                return replace(self, onward=url)
            case PostTo(action=action, fields=fields):
                return replace(self, onward=action, fields=dict(fields))
        return self


Farewells = Collection[Farewell]


def create(state: StateStore, sealer: Sealer) -> Farewells:
    """Where they are kept."""
    return Collection(state, Farewell, "farewell", LIFETIME, sealer)


def kept() -> Farewells:
    """Those of this instance."""
    return cast(Farewells, current().extras["farewells"])


def guides() -> Sequence[Guide]:
    """Every kind there is."""
    return cast("Sequence[Guide]", current().extras["guides"])


def stops(farewell: Farewell) -> list[Stop]:
    """Everybody, and how they have answered: who was visited and has not come back is away."""
    found = [stop for guide in guides() for stop in guide.stops(farewell.session_id)]
    for session_id in farewell.others:  # the same system may have known both
        more = [stop for guide in guides() for stop in guide.stops(session_id)]
        found += [replace(one, name=f"{session_id.hex}:{one.name}") for one in more]
    return [
        replace(one, answer=Answer.AWAY)
        if one.by_browser and one.answer is Answer.QUEUED and one.name in farewell.visited
        else one
        for one in found
    ]
