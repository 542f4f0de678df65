"""The administrator as one who decides and says why: nobody decides their own case, by any account."""

from sqlalchemy.orm import Session
from wtforms import StringField

from admin_ui.access import who
from idp.organisations.reviews import Decider
from idp.persons import oneself
from idp.web import forms

REASONS = 200
"""Characters of a reason."""


def why() -> StringField:
    """The field in which operators say why."""
    return StringField(
        filters=[forms.trimmed],
        validators=[
            forms.required("reason_required"),
            forms.holds(range(1, REASONS + 1), "reason_required", "typed_long"),
        ],
    )


class Decision(forms.Fields):
    """Why yes, or why not."""

    reason = why()


def decider(db: Session) -> Decider:
    """Whoever answers this request."""
    return Decider(who().person_id, oneself.others(db, who().person_id))
