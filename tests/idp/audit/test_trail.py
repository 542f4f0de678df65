"""An event is part of the act: it commits with it, or not at all, and carries who asked."""

import pytest
from sqlalchemy import select

from idp.audit import scope, trail
from idp.audit.events import ConfigurationChanged
from idp.audit.models import AuditEvent
from idp.storage.database import Database, Refusal

EVENT = ConfigurationChanged(what="client c", change="changed", client_id="c")


def events(database: Database) -> list[AuditEvent]:
    with database.reading() as db:
        return list(db.scalars(select(AuditEvent)))


def test_a_crash_undoes_the_event_too(database: Database) -> None:
    """No record of what did not happen."""
    with pytest.raises(RuntimeError), database.writing() as db:
        trail.record(db, EVENT)
        raise RuntimeError("crash")

    assert [] == events(database)


def test_a_refusal_keeps_its_event(database: Database) -> None:
    """A failed attempt is something that happened."""
    with pytest.raises(Refusal), database.writing() as db:
        trail.record(db, EVENT)
        raise Refusal

    assert 1 == len(events(database))


def test_an_event_carries_the_request_it_came_from(database: Database) -> None:
    """Request id, address and actor."""
    with scope.within(scope.Scope("request-7", "192.0.2.7", "operator")), database.writing() as db:
        trail.record(db, EVENT)
    (event,) = events(database)

    assert ("request-7", "192.0.2.7", "operator") == (event.request_id, event.source, event.actor)
    assert {"what": "client c", "change": "changed"} == event.details


def test_scopes_end_with_their_block() -> None:
    """The next request of this thread starts with nobody."""
    with scope.within(scope.Scope("request-7")):
        pass

    assert scope.NOWHERE == scope.current()
