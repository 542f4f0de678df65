"""How many questions of one kind a client may ask in a day; the trail has the first that was too many."""

from datetime import datetime

from idp import clock
from idp.audit import trail
from idp.storage.database import Database
from idp.storage.state import StateStore
from idp.storage.tally import TWO_DAYS, Tally
from idp.verifications.events import QuestionsSpent


def admit(
    database: Database, state: StateStore, about: str, client_id: str, most: int, now: datetime
) -> Tally | None:
    """Count one question before it is asked; gives its tally, or None when today's are used up."""
    name = f"{about}:{client_id}:{clock.day(now):%Y%m%d}"
    tally = Tally(state, f"questions:{name}")
    if tally.enter() <= most:
        return tally
    if state.once(f"questions-spent:{name}", TWO_DAYS):
        with database.writing() as db:
            trail.record(db, QuestionsSpent(client_id=client_id, about=about, most=most))
    return None
