"""Forget sessions that ended long ago; their participants go with them."""

from datetime import datetime, timedelta

from sqlalchemy import or_

from idp.sessions.models import SignInSession
from idp.storage import purging
from idp.storage.database import Database

KEPT = timedelta(days=30)
"""How long a person finds an ended session in their own list."""


def purge(database: Database, now: datetime) -> int:
    """Forget what ended, or ran out, before that."""
    long_ago = now - KEPT
    return purging.purge(
        database,
        SignInSession,
        or_(SignInSession.expires_at < long_ago, SignInSession.ended_at < long_ago),
    )
