"""Ten recovery codes, shown once, to be printed and kept where no phone is."""

from typing import Any

from flask import Blueprint, redirect
from flask.typing import ResponseReturnValue

from idp.account import own, wizards
from idp.account.methods.guard import freshly_proven, still
from idp.account.methods.overview import added
from idp.authenticators import recovery_codes
from idp.persons.models import Person
from idp.services import current
from idp.web import showing
from idp.web.request_scope import now
from idp.web.signed_in import who

bp = Blueprint("methods_recovery_codes", __name__, url_prefix="/account/methods/recovery-codes")
STEP = "methods.recovery-codes"


@bp.get("")
@freshly_proven
def offer() -> ResponseReturnValue:
    """Say what they are for, and how many are left."""
    with current().database.reading() as db:
        left = recovery_codes.left(db, who().person_id)
    return _page(left=left, codes=(), whose="")


@bp.post("")
@freshly_proven
def make() -> ResponseReturnValue:
    """Make ten new ones; those before are worth nothing any more."""
    if not own.token_fits(STEP):
        return redirect("/account/methods/recovery-codes", 303)
    with current().database.writing() as db:
        still(db)
        codes = recovery_codes.renew(db, current().vault, who().person_id, now())
        whose = _whose(db.get_one(Person, who().person_id))
    return _page(left=len(codes), codes=codes, whose=whose)


def _whose(person: Person) -> str:
    """By what its owner knows which account the paper is for, and a finder does not."""
    if person.login_name:
        return showing.masked_login(person.login_name)
    return wizards.masked(person.phone) if person.phone else ""


def _page(**values: Any) -> ResponseReturnValue:
    handle = wizards.asked_interaction()
    return own.show(
        "account/methods/recovery_codes.html",
        made_at=now(),
        added=added(),
        onward_url=f"/interaction/{handle}" if handle else "/account/methods",
        csrf_token=own.token(STEP),
        action=f"/account/methods/recovery-codes{wizards.carried(handle)}",
        **values,
    )
