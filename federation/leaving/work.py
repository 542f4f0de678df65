"""Ending sessions at upstreams that take a call of ours for it, by the worker: until they have heard it.

The call is queued where the session here ends, in the same transaction (`sessions.logout.leave_upstream`).
"""

from uuid import UUID

from federation.desk import Federation
from federation.leaving.stays import Stay
from idp.interaction.upstream import NotLeft
from idp.outbox.worker import Leased, TryAgain
from idp.sessions import lifecycle
from idp.storage.database import Database


def keep(database: Database, federation: Federation, session_id: UUID, stay: Stay) -> None:
    """Remember on what a session rests: what ends that one, for as long as it may last."""
    federation.stays.keep(session_id, stay)
    if federation.ends_by_call(stay.upstream):
        with database.writing() as db:
            lifecycle.rest_on(db, session_id, stay.upstream)


def end(federation: Federation, message: Leased) -> None:
    """End one; raises TryAgain while the upstream is not reached."""
    session_id = UUID(message.payload["session_id"])
    stay = federation.stays.find(session_id)
    if stay is None or not federation.ends_by_call(stay.upstream):
        return
    back = federation.left_at(stay.upstream, federation.issuer)
    found = federation.upstreams[stay.upstream].leave(stay.kept, back)
    if isinstance(found, NotLeft):
        federation.stays.note(session_id, found)
    if found is NotLeft.UNREACHED:
        raise TryAgain("upstream not reached")
