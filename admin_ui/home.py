"""The start page: who I am here, for which part of the tree, and what waits for me."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from admin_ui.access import HOME, Permission, needs, who
from admin_ui.showing import department_names, show
from admin_ui.waiting import for_me
from idp.authenticators import password
from idp.services import current

bp = Blueprint("home", __name__, url_prefix=HOME)


@bp.get("")
@needs(Permission.ENTER)
def home() -> ResponseReturnValue:
    """Roles and subtrees."""
    with current().database.reading() as db:
        names, waiting = department_names(db), for_me(db, who())
        has_password = password.stored(db, who().person_id) is not None
    roles = [(one.role, names.get(one.top) if one.top else None) for one in who().held]
    return show("home", roles=roles, waiting=waiting, has_password=has_password)
