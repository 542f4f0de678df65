"""Tell the clients that took part in a session that it is over: one outbox message each.

How a client is told is its protocol's business (`oauth.backchannel_logout`).
"""

from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.outbox import queue
from idp.sessions.models import Participant, SignInSession

TOPIC = "session.logout"


def announce(db: Session, session: SignInSession) -> int:
    """Queue `{session_id, client_id, sub}` for every participant; gives how many."""
    participants = db.scalars(select(Participant).where(Participant.session_id == session.id)).all()
    for participant in participants:
        message = {
            "session_id": str(session.id),
            "client_id": participant.client_id,
            "sub": participant.sub,
        }
        queue.put(db, TOPIC, message, subject=str(session.id))
    return len(participants)
