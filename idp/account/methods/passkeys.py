"""Add a passkey, and give one another name; the overview takes them away."""

from uuid import UUID

from flask import Blueprint, abort, redirect, request
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from idp.account import own, wizards
from idp.account.methods.guard import also_proven, freshly_proven, still
from idp.account.methods.overview import PAGE
from idp.authenticators import ceremonies, credentials, passkey, recovery_codes
from idp.authenticators.ceremonies import Fault, RelyingParty
from idp.persons.models import Person
from idp.services import current
from idp.web import zones
from idp.web.request_scope import device, now
from idp.web.signed_in import who

bp = Blueprint("methods_passkeys", __name__, url_prefix=f"{PAGE}/passkey")
STEP = "methods.passkey"
RENAMING = "methods.passkey.name"


@bp.get("")
@freshly_proven
def offer() -> ResponseReturnValue:
    """Invite the device to make one."""
    return _page("")


@bp.post("")
@freshly_proven
def take() -> ResponseReturnValue:
    """Keep what the device has made; making it showed that it works, so it counts as a proof."""
    if not own.token_fits(STEP):
        return _page("form_stale", 400)
    new = ceremonies.made(_party(), request.form.get("credential", ""), _bound_to())
    if isinstance(new, Fault):
        return _page(new, 400)
    person_id = who().person_id
    with current().database.writing() as db:
        still(db)
        if len(passkey.of(db, person_id)) >= passkey.MOST:
            return redirect(PAGE, 303)
        kept = passkey.keep(db, person_id, new, request.form.get("name", ""), now())
        first = recovery_codes.left(db, person_id) == 0
        cookie = also_proven(db, frozenset(kept.details["amr"])) if kept else ""
    if kept is None:
        return _page("passkey_known", 400)
    carried = wizards.carried(wizards.asked_interaction(), added="passkey")
    response = redirect(f"{PAGE}{'/recovery-codes' if first else ''}{carried}", 303)
    response.headers.add("Set-Cookie", cookie)
    return response


@bp.get("/<uuid:credential_id>")
@freshly_proven
def ask_name(credential_id: UUID) -> ResponseReturnValue:
    """Ask what it shall be called."""
    with current().database.reading() as db:
        found = [one for one in passkey.of(db, who().person_id) if one.id == credential_id] or abort(404)
        name = found[0].name
    return own.show(
        "account/methods/passkey_name.html",
        name=name,
        longest=credentials.LONGEST_NAME,
        csrf_token=own.token(RENAMING),
        action=request.path,
    )


@bp.post("/<uuid:credential_id>")
@freshly_proven
def rename(credential_id: UUID) -> ResponseReturnValue:
    """Call it something else."""
    if not own.token_fits(RENAMING):
        return redirect(request.path, 303)
    with current().database.writing() as db:
        for one in passkey.of(db, who().person_id):
            if one.id == credential_id:
                credentials.rename(one, request.form.get("name", ""), now())
    return redirect(PAGE, 303)


def _page(refusal: str, status: int = 200) -> Response:
    party, person_id = _party(), who().person_id
    with current().database.reading() as db:
        person, mine = db.get_one(Person, person_id), passkey.ids(passkey.of(db, person_id))
        login = person.login_name or wizards.masked(person.phone or "")
    return own.show(
        "account/methods/passkey.html",
        status=status,
        refusal=refusal,
        name=request.form.get("name", device()),
        longest=credentials.LONGEST_NAME,
        options=ceremonies.invitation(party, _bound_to(), person_id, login, mine),
        csrf_token=own.token(STEP),
        action=request.full_path.rstrip("?"),
    )


def _party() -> RelyingParty:
    return zones.passkey_party() or abort(404)


def _bound_to() -> str:
    return f"methods|{who().session_id.hex}"
