"""What every page of the console shows: the rooms its administrator may enter, and who they are."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from admin_ui.access import HOME, Permission, who
from idp.departments.models import Department
from idp.services import current
from idp.web import csrf, languages
from idp.web.pages import render


@dataclass(frozen=True)
class Room:
    """A page of the navigation; its words are the template's."""

    name: str
    path: str
    permission: Permission


ROOMS = (
    Room("home", HOME, Permission.ENTER),
    Room("persons", f"{HOME}/persons", Permission.FIND_PERSONS),
    Room("organisations", f"{HOME}/organisations", Permission.READ_ORGANISATIONS),
    Room("links", f"{HOME}/links", Permission.READ_ORGANISATIONS),
    Room("reviews", f"{HOME}/reviews", Permission.READ_ORGANISATIONS),
    Room("merges", f"{HOME}/merges", Permission.DECIDE_CASES),
    Room("splits", f"{HOME}/splits", Permission.DECIDE_CASES),
    Room("counter", f"{HOME}/counter", Permission.SERVE_AT_COUNTER),
    Room("upstreams", f"{HOME}/upstreams", Permission.READ_UPSTREAMS),
    Room("imports", f"{HOME}/imports", Permission.READ_IMPORTS),
    Room("administrators", f"{HOME}/administrators", Permission.ADMINISTER),
    Room("trail", f"{HOME}/trail", Permission.READ_TRAIL),
)


def show(template: str, *, status: int = 200, **values: Any) -> Response:
    """A page of the console."""
    me = who()
    return render(
        f"admin/{template}.html",
        status=status,
        me=me,
        rooms=[room for room in ROOMS if me.may(room.permission)],
        sign_out_token=csrf.form_token(current().csrf_key, me.session_id.hex, "staff.sign-out"),
        **values,
    )


def department_names(db: Session) -> dict[str, str]:
    """Every department's name in the reader's language, by path, parents before children."""
    chinese = languages.of_request() == languages.CHINESE
    rows = db.execute(
        select(Department.path, Department.name, Department.name_en).order_by(Department.path)
    ).all()
    return {path: name if chinese else english or name for path, name, english in rows}
