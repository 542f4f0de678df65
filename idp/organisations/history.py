"""The history of an organisation, for its own people to read: who did what, when, by which mandate."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from idp.organisations.models import OrganisationRecord


def note(
    db: Session,
    organisation_id: UUID,
    what: str,
    now: datetime,
    *,
    person_id: UUID | None = None,
    mandate_id: UUID | None = None,
    client_id: str | None = None,
    **details: str,
) -> None:
    """Add one line; `what` is noun.past_participle, details hold codes and reasons, never names."""
    db.add(
        OrganisationRecord(
            organisation_id=organisation_id,
            what=what,
            person_id=person_id,
            mandate_id=mandate_id,
            client_id=client_id,
            details=details,
            at=now,
        )
    )


def read(
    db: Session,
    organisation_id: UUID,
    *,
    kinds: Sequence[str] = (),
    before: UUID | None = None,
    most: int = 100,
) -> Sequence[OrganisationRecord]:
    """The newest lines first, or those before one of its own; `kinds` are the beginnings of `what` to keep,
    such as ``mandate``."""
    line = OrganisationRecord
    query = select(line).where(line.organisation_id == organisation_id)
    last = db.get(line, before) if before else None
    if last is not None and last.organisation_id == organisation_id:
        query = query.where(or_(line.at < last.at, and_(line.at == last.at, line.id < last.id)))
    if kinds:
        query = query.where(line.what.in_(_all(kinds)))
    return db.scalars(query.order_by(line.at.desc(), line.id.desc()).limit(most)).all()


def _all(kinds: Sequence[str]) -> list[str]:
    return [what for what in KNOWN if what.split(".")[0] in kinds]


KNOWN: Mapping[str, str] = {
    "organisation.registered": "registered here",
    "organisation.confirmed": "its representative was confirmed",
    "organisation.checked": "the registry was asked again and something changed",
    "organisation.renamed": "the registry has another name for it",
    "organisation.standing_changed": "what it can do here changed",
    "representative.left": "the registry names another representative",
    "representative.confirmed": "a representative took over",
    "handover.completed": "everything the former representative left was decided on",
    "mandate.offered": "",
    "mandate.accepted": "",
    "mandate.closed": "",
    "mandate.narrowed": "",
    "mandate.ended": "",
    "mandate.suspended": "",
    "mandate.resumed": "",
    "mandate.used": "",
    "letter.issued": "a letter of authorisation was made, to be shown on paper",
    "mandate.linked": "two operators linked an agent at the window",
    "members.exported": "somebody took the table of its people home",
    "members.imported": "people were invited by a table",
    "history.exported": "somebody took this history home",
    "act.asked": "a portal asked whether somebody may, and they might",
    "act.asked_in_vain": "a portal asked whether somebody may, and they might not",
    "act.permitted": "a portal said that it is done now, and it might be",
    "act.refused": "a portal said that it is done now, and it might not be",
    "capacity.entered": "somebody entered a portal as the organisation",
}
"""Everything that is noted, with what it means where the word does not say it."""
