"""Who came by an account elsewhere and then signed in by another way is reminded to link it, inside.

Nobody else learns of it: the reminder goes to the account that was signed in to, in the browser that had come
from there, and only where both can be one person's.
"""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from federation import arriving, linking
from federation.arriving import Collaborators, Judged
from federation.desk import Arrival, Federation
from federation.matching import Create, Prove
from idp.notices.models import Notice
from idp.notices.telling import tell
from idp.persons import names
from idp.persons.models import Person

NOT_LINKED = "upstream.not_linked"
"""Topic of the reminder."""
NEWS = timedelta(days=30)
"""How long a reminder stands, and no second one of the same upstream is written."""


def remind(
    services: Collaborators, federation: Federation, arrival: Arrival, person_id: UUID, now: datetime
) -> bool:
    """Leave a reminder for who has signed in, if that arrival may be theirs and is linked to nobody."""
    name = arrival.asserted.upstream
    judged = arriving.judge(services, federation, arrival, now)
    with services.database.writing() as db:
        person = db.get_one(Person, person_id)
        if not may_be_theirs(judged, arrival.asserted.name, person) or name in {
            *due(db, person_id, now),
            *_linked(db, person_id),
        }:
            return False
        tell(db, person_id, NOT_LINKED, now, {"upstream": name})
        return True


def may_be_theirs(judged: Judged, name: str, person: Person) -> bool:
    """
    Whether an account elsewhere, linked to nobody, can be this person's: by its document, else by its name.

    Nobody holds two documents of one kind, and an account that tells no name may be anybody's.
    """
    match judged.decision:
        case Prove(person_id=holder):
            return holder == person.id
        case Create():
            held = {one.kind for one in person.documents if one.verified_at and not one.displaced_at}
            if judged.claim is not None and judged.claim.kind in held:
                return False
            return bool(name and person.name) and names.same(name, person.name or "")
    return False


def due(db: Session, person_id: UUID, now: datetime) -> list[str]:
    """The upstreams a person was reminded of lately and has not linked, the latest first."""
    query = select(Notice).where(
        Notice.person_id == person_id, Notice.topic == NOT_LINKED, Notice.at > now - NEWS
    )
    names = [str(one.details.get("upstream", "")) for one in db.scalars(query.order_by(Notice.at.desc()))]
    linked = _linked(db, person_id) if names else set()
    return [name for name in dict.fromkeys(names) if name not in linked]


def _linked(db: Session, person_id: UUID) -> set[str]:
    return {one.upstream for one in linking.living(db, person_id)}
