"""The administrator as one who decides, with every account that is theirs: nobody decides their own case."""

from sqlalchemy.orm import Session

from admin_ui.access import who
from idp.organisations.reviews import Decider
from idp.persons import oneself


def decider(db: Session) -> Decider:
    """Whoever answers this request."""
    return Decider(who().person_id, oneself.others(db, who().person_id))
