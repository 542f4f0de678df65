"""Ending sessions at upstreams that take a call of ours for it, by the worker: until they have heard it."""

from uuid import UUID

from federation.desk import Federation
from idp.interaction.upstream import NotLeft
from idp.outbox.worker import Leased, TryAgain

TOPIC = "upstream.logout"
"""`{session_id}`: what ends the session there is kept with the stay, for as long as that session may last."""


def end(federation: Federation, message: Leased) -> None:
    """End one; raises TryAgain while the upstream is not reached."""
    session_id = UUID(message.payload["session_id"])
    stay = federation.stays.find(session_id)
    if stay is None or stay.upstream not in federation.upstreams:
        return
    back = federation.left_at(stay.upstream, federation.issuer)
    found = federation.upstreams[stay.upstream].leave(stay.kept, back)
    if isinstance(found, NotLeft):
        federation.stays.note(session_id, found)
    if found is NotLeft.UNREACHED:
        raise TryAgain("upstream not reached")
