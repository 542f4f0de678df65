"""Forget tokens that ran out, and authorizations from which nothing can come any more."""

from datetime import datetime, timedelta

from sqlalchemy import and_, exists, or_

from idp.oauth.models import Authorization, OpaqueToken, RefreshFamily, RevokedToken
from idp.storage import purging
from idp.storage.database import Database

KEPT = timedelta(days=30)
"""How long what has ended stays for looking up."""
LONGEST_ACCESS = timedelta(hours=1)
"""The longest an access token can be set to live: its authorization is asked for at every use."""


def purge(database: Database, now: datetime) -> int:
    """Forget in the order in which one hangs on the other."""
    long_ago = now - KEPT
    family_is_over = or_(RefreshFamily.expires_at < now, RefreshFamily.ended_at < long_ago)
    has_family = exists().where(RefreshFamily.authorization_id == Authorization.id)
    is_over = or_(
        Authorization.ended_at < long_ago,
        and_(Authorization.ended_at.is_(None), Authorization.created_at < long_ago - LONGEST_ACCESS),
    )
    return (
        purging.purge(database, RevokedToken, RevokedToken.expires_at < now)
        + purging.purge(database, OpaqueToken, OpaqueToken.expires_at < now)
        + purging.purge(database, RefreshFamily, family_is_over)
        + purging.purge(database, Authorization, and_(is_over, ~has_family))
    )
