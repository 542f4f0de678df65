"""The `sub` a sector knows a person or organisation by: random, made at first use, never changed."""

import secrets
from datetime import datetime
from uuid import UUID

from idp.interaction.record import Acting
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


FIND_ORGANISATION = Statement(
    "select sub from subjects where sector = :sector and organisation_id = :organisation"
)
ENSURE_ORGANISATION = Statement(
    """
    insert into subjects (sub, sector, organisation_id, created_at)
    values (:sub, :sector, :organisation, :now)
    on conflict (sector, organisation_id) do update set sector = excluded.sector
    returning sub
    """
)


class OrganisationSubjects:
    """The subjects of the organisations people act for; one that was found holds for ever, so it is kept."""

    MOST = 20_000

    def __init__(self, prepared: Prepared) -> None:
        self._prepared = prepared
        self._known: dict[tuple[str, UUID], str] = {}

    def sub(self, sector: str, acting: Acting, now: datetime) -> str:
        """The organisation's subject in a sector, the same for all who act for it; made at first use."""
        found = acting.sub or self._known.get((sector, acting.organisation_id))
        if found is None:
            found = ensure_organisation(self._prepared, sector, acting.organisation_id, now)
            if len(self._known) >= self.MOST:
                self._known.clear()
            self._known[sector, acting.organisation_id] = found
        return found


def ensure_organisation(prepared: Prepared, sector: str, organisation_id: UUID, now: datetime) -> str:
    """The organisation's subject in this sector."""
    values = {"sector": sector, "organisation": organisation_id}
    row = prepared.one(FIND_ORGANISATION, values) or prepared.one(
        ENSURE_ORGANISATION, values | {"sub": secrets.token_urlsafe(24), "now": now}
    )
    if row is None:
        raise LookupError("the database gave no subject back")
    return str(row[0])
