"""A civil servant's passkeys: added, named and taken away, each after a fresh proof with two factors.

They confirm the directory's password and never replace it; one that stays on its device makes AAL 3.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from flask import Blueprint, abort, g, redirect, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from idp.account import wizards
from idp.account.staff_guard import HOME, also_proven, freshly, page, still, to_sign_in, token, token_fits
from idp.assurance import authentication_level
from idp.authenticators import catalogue, ceremonies, credentials, passkey
from idp.authenticators.ceremonies import Fault, RelyingParty
from idp.authenticators.models import Credential
from idp.persons import staff
from idp.services import current
from idp.web import zones
from idp.web.request_scope import device, now

PATH = f"{HOME}/passkeys"
bp = Blueprint("staff_passkeys", __name__, url_prefix=PATH)
ADD, CHANGE = "passkeys.add", "passkeys.change"


@dataclass(frozen=True)
class Own:
    """One of them, as its civil servant sees it."""

    name: str
    aal: int
    """What a sign-in with it reaches."""
    created_at: datetime
    used_at: datetime | None
    url: str


def shown(db: Session, person_id: UUID) -> Sequence[Own]:
    """The civil servant's own, oldest first."""
    return [
        Own(
            name=one.name,
            aal=authentication_level(one.details["amr"]),
            created_at=one.created_at,
            used_at=one.used_at,
            url=f"{PATH}/{one.id}",
        )
        for one in passkey.of(db, person_id)
    ]


def add_url(db: Session, person_id: UUID) -> str:
    """Where one more is added; empty where there can be none."""
    if not catalogue.is_there("passkey", current().extras) or len(passkey.of(db, person_id)) >= passkey.MOST:
        return ""
    return PATH + wizards.carried(wizards.asked_interaction())


@bp.get("")
@freshly
def offer() -> ResponseReturnValue:
    """Invite the device to make one."""
    return _page("")


@bp.post("")
@freshly
def take() -> ResponseReturnValue:
    """Keep what the device has made."""
    if not token_fits(ADD):
        return _page("form_stale", 400)
    new = ceremonies.made(_party(), request.form.get("credential", ""), _bound_to())
    if isinstance(new, Fault):
        return _page(new, 400)
    home = redirect(HOME + wizards.carried(wizards.asked_interaction()), 303)
    with current().database.writing() as db:
        if not still(db):
            return to_sign_in()
        if not add_url(db, g.staff_person):
            return home
        kept = passkey.keep(db, g.staff_person, new, request.form.get("name", ""), now())
        cookie = also_proven(db, frozenset(kept.details["amr"])) if kept else ""
    if kept is None:
        return _page("passkey_known", 400)
    home.headers.add("Set-Cookie", cookie)
    return home


@bp.get("/<uuid:credential_id>")
@freshly
def show(credential_id: UUID) -> ResponseReturnValue:
    """One of them: its name, and taking it away."""
    with current().database.reading() as db:
        name = _own(db, credential_id).name
    return page(
        "passkey_one",
        name=name,
        longest=credentials.LONGEST_NAME,
        csrf_token=token(CHANGE),
        action=request.path,
    )


@bp.post("/<uuid:credential_id>")
@freshly
def change(credential_id: UUID) -> ResponseReturnValue:
    """Call it something else, or end it (`decision=end`)."""
    if not token_fits(CHANGE):
        return redirect(request.path, 303)
    with current().database.writing() as db:
        if not still(db):
            return to_sign_in()
        mine = _own(db, credential_id)
        if request.form.get("decision") == "end":
            credentials.end(db, mine, "removed", now())
        else:
            credentials.rename(mine, request.form.get("name", ""), now())
    return redirect(HOME, 303)


def _own(db: Session, credential_id: UUID) -> Credential:
    return next((one for one in passkey.of(db, g.staff_person) if one.id == credential_id), None) or abort(
        404
    )


def _page(refusal: str, status: int = 200) -> Response:
    party, person_id = _party(), g.staff_person
    with current().database.reading() as db:
        known, mine = staff.of(db, person_id), passkey.ids(passkey.of(db, person_id))
        login = known.login if known else ""
    return page(
        "passkey",
        status,
        refusal=refusal,
        name=request.form.get("name", device()),
        longest=credentials.LONGEST_NAME,
        options=ceremonies.invitation(party, _bound_to(), person_id, login, mine),
        csrf_token=token(ADD),
        action=request.full_path.rstrip("?"),
    )


def _party() -> RelyingParty:
    return zones.passkey_party() or abort(404)


def _bound_to() -> str:
    return f"staff|{g.staff_session.hex}"
