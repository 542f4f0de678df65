"""All ways of signing in on one page: what there is, since when, last used, and taking it away."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from flask import Blueprint, redirect, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from idp.account import own, wizards
from idp.account.methods.guard import freshly_proven, still
from idp.authenticators import catalogue, credentials, passkey, password, recovery_codes, totp
from idp.persons.models import Person
from idp.services import current
from idp.web.request_scope import now
from idp.web.signed_in import login_required, who

bp = Blueprint("methods", __name__, url_prefix="/account/methods")
PAGE = "/account/methods"


@dataclass(frozen=True)
class Own:
    """One credential as its person sees it."""

    id: UUID
    name: str
    created_at: datetime
    used_at: datetime | None
    rename_url: str = ""


@dataclass(frozen=True)
class Method:
    """A way of signing in, with what the person has of it; `add_url` is empty where no more can be had."""

    way: str
    have: Sequence[Own]
    add_url: str


ADDABLE = (("passkey", passkey.KIND, passkey.MOST), ("totp", totp.KIND, 1), ("certificate", "certificate", 3))
"""Way, kind of credential, how many a person may have; its page is `/account/methods/<way>`."""
RENAMED = frozenset({passkey.KIND})
"""Kinds of which there may be several, so that names matter; the page is `/account/methods/<way>/<id>`."""


@bp.get("")
@login_required  # type: ignore[untyped-decorator]  # flask-login has no types
def overview() -> ResponseReturnValue:
    """List them."""
    with current().database.reading() as db:
        person = db.get_one(Person, who().person_id)
        return own.show(
            "account/methods/overview.html",
            methods=[
                _method(db, person, *kind)
                for kind in ADDABLE
                if catalogue.is_there(kind[0], current().extras)
            ],
            phone=wizards.masked(person.phone) if person.phone else None,
            has_password=password.stored(db, person.id) is not None,
            codes_left=recovery_codes.left(db, person.id),
            has_upstreams="federation" in current().extras,
            two_steps=person.least_aal > 1,
            may_choose=has_two(db, person),
            interaction_url=_interaction(),
            csrf_token=own.token("methods"),
            added=added(),
            ended="ended" in request.args,
            action=f"{PAGE}{wizards.carried(wizards.asked_interaction())}",
        )


@bp.post("")
@freshly_proven
def change() -> ResponseReturnValue:
    """Take one away (`end=<id>`), or choose two steps (`two_steps=on|off`)."""
    if not own.token_fits("methods"):
        return redirect(PAGE, 303)
    person_id, wanted = who().person_id, request.form.get("end", "")
    with current().database.writing() as db:
        still(db)
        ended = False
        for credential in credentials.living(db, person_id):
            if str(credential.id) == wanted and credential.kind != password.KIND:
                credentials.end(db, credential, "removed", now())
                ended = True
        if "two_steps" in request.form:
            has = has_two(db, db.get_one(Person, person_id))
            credentials.choose_two_steps(db, person_id, request.form["two_steps"] == "on" and has)
    said = {"ended": "yes"} if ended else {}
    return redirect(f"{PAGE}{wizards.carried(wizards.asked_interaction(), **said)}", 303)


def added() -> str:
    """The way that was added a moment ago, if the address says so."""
    way = request.args.get("added", "")
    return way if way in {way for way, _, _ in ADDABLE} else ""


def _method(db: Session, person: Person, way: str, kind: str, most: int) -> Method:
    have = credentials.living(db, person.id, kind)
    shown = [
        Own(
            one.id, one.name, one.created_at, one.used_at, f"{PAGE}/{way}/{one.id}" if kind in RENAMED else ""
        )
        for one in have
    ]
    carried = wizards.carried(wizards.asked_interaction())
    return Method(way, shown, f"{PAGE}/{way}{carried}" if len(have) < most else "")


def has_two(db: Session, person: Person) -> bool:
    """Whether the person's own means make two steps; an app alone would shut out who comes by an upstream."""
    second = credentials.living(db, person.id, *credentials.SECOND_FACTORS)
    return bool(second) and catalogue.best_of_own(db, person, current().extras) > 1


def _interaction() -> str | None:
    """The sign-in that sent the person here to add a way, if one did."""
    handle = wizards.asked_interaction()
    return f"/interaction/{handle}" if handle else None
