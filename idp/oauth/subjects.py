"""The `sub` a sector knows a person by: random, made at the first authorization, never changed."""

import secrets
from datetime import datetime
from uuid import UUID

from idp.storage.prepared import Prepared, Statement

ENSURE = Statement(
    """
    insert into subjects (sub, sector, person_id, created_at) values (:sub, :sector, :person, :now)
    on conflict (sector, person_id) do update set sector = excluded.sector
    returning sub
    """
)
"""The update changes nothing; it makes the row that another request has just made come back."""


def ensure(prepared: Prepared, sector: str, person_id: UUID, now: datetime) -> str:
    """The person's subject in this sector; many asking at once get the same one."""
    row = prepared.one(
        ENSURE, {"sub": secrets.token_urlsafe(24), "sector": sector, "person": person_id, "now": now}
    )
    if row is None:
        raise LookupError("the database gave no subject back")
    return str(row[0])
