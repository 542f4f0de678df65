"""One organisation: its facts, what it can do here, who acts for it, what waits for an answer."""

from collections.abc import Sequence
from uuid import UUID

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from idp.account import own
from idp.account.enterprises import acting
from idp.account.enterprises.acting import LIST, Acting
from idp.account.enterprises.shown import Shown, shown
from idp.mandates import roster, statement, states, succession
from idp.mandates.models import Mandate, Role
from idp.organisations.models import Organisation
from idp.services import current
from idp.web import languages
from idp.web.request_scope import now
from idp.web.signed_in import login_required, who

bp = Blueprint("organisation", __name__, url_prefix=f"{LIST}/<uuid:organisation_id>")


@bp.get("")
@login_required  # type: ignore[untyped-decorator]  # flask-login has no types
def see(organisation_id: UUID) -> ResponseReturnValue:
    """Everything of it that the reader may see."""
    with current().database.reading() as db:
        here = acting.acting_for(db, organisation_id)
        after = _id(request.args.get("after", ""))
        members, older = _members(db, here, after)
        waiting = _waiting(db, here)
        left = len(succession.left_behind(db, organisation_id)) if here.role is Role.REPRESENTATIVE else 0
        through = None if here.is_direct else db.get_one(Organisation, here.path.own.organisation_id)
    return own.show(
        "account/enterprises/organisation.html",
        organisation=here.organisation,
        role=here.role,
        through=through,
        last_day=statement.last_day(here.path.ends_at),
        members=members,
        more_url=f"{here.url}?after={older}" if older else None,
        waiting=waiting,
        left_behind=left,
        administers=here.administers,
        may_grant=here.may_grant,
        said=request.args.get("said", ""),
        url=here.url,
    )


def _members(db: Session, here: Acting, after: UUID | None) -> tuple[list[Shown], UUID | None]:
    """A page of those the reader may see, and where the next begins."""
    if here.administers:
        found = roster.members(db, here.organisation.id, after, roster.SHOWN + 1)
        page, further = found[: roster.SHOWN], len(found) > roster.SHOWN
        return shown(db, here, page, languages.of_request()), page[-1].id if further else None
    return shown(db, here, _near(db, here), languages.of_request()), None


def _near(db: Session, here: Acting) -> Sequence[Mandate]:
    """For who does not administer it: the mandate they act by, and what they passed on."""
    outer = db.get_one(Mandate, here.path.outer.id)
    passed_on = states.below(db, [outer.id], roster.LIVING) if here.is_direct else []
    return [outer, *passed_on]


def _waiting(db: Session, here: Acting) -> list[Shown]:
    """Invitations that are the reader's to see."""
    found = roster.waiting(db, here.organisation.id, now())
    if not here.administers:
        mine = {here.path.own.id} if here.is_direct else set[UUID]()
        found = [one for one in found if one.granted_under in mine and one.granted_by == who().person_id]
    return shown(db, here, found, languages.of_request())


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
