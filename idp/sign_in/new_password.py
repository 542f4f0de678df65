"""A civil servant without a directory changes a password that was issued, or is too old, before all else."""

from uuid import UUID

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from idp.account.ending import end_everything
from idp.authenticators import password
from idp.authenticators.password import Weak
from idp.crypto import passwords
from idp.interaction.record import Facts, Interaction, Step
from idp.persons import staff
from idp.services import current
from idp.sessions import lifecycle
from idp.web import forms, showing
from idp.web.doorway import client_of, door, due, facts_here, opened, token, token_fits
from idp.web.pages import render
from idp.web.request_scope import now

bp = Blueprint("sign_in_new_password", __name__, url_prefix="/interaction/<handle>")


@bp.get("/new-password")
def ask(handle: str) -> ResponseReturnValue:
    """Ask for a new one; both factors have been proven by now."""
    interaction, facts = _entitled(handle)
    if not isinstance(interaction, Interaction) or facts is None:
        return interaction if isinstance(interaction, Response) else door(handle)
    return _page(handle, interaction, facts, forms.NewPassword(), "")


@bp.post("/new-password")
def change(handle: str) -> ResponseReturnValue:
    """Set it in place of the one that was proven; this browser goes on under a new handle, no other does."""
    interaction, facts = _entitled(handle)
    if not isinstance(interaction, Interaction) or facts is None:
        return interaction if isinstance(interaction, Response) else door(handle)
    form = forms.NewPassword(request.form)
    if not token_fits(handle, Step.NEW_PASSWORD, facts):
        return _page(handle, interaction, facts, form, "form_stale", 400)
    unfit = unfit_for_staff(facts.person_id, form.password.data) if form.validate() else None
    if unfit:
        forms.refuse(form.password, unfit)
    if form.errors:
        return _page(handle, interaction, facts, form, "", 400)
    return _set(handle, facts, passwords.hash_password(form.password.data))


def unfit_for_staff(person_id: UUID, wanted: str) -> str | None:
    """Why a civil servant must not use this password: too easily guessed, or one of their last."""
    with current().database.reading() as db:
        known = staff.of(db, person_id)
        earlier = password.remembered(db, person_id)
    if weak := password.weakness(wanted, (known.login,) if known else ()):
        return weak
    return Weak.USED_BEFORE if password.is_used_before(earlier, wanted) else None


def _entitled(handle: str) -> tuple[Interaction | Response, Facts | None]:
    interaction = opened(handle)
    if not isinstance(interaction, Interaction):
        return interaction, None
    facts = facts_here(interaction)
    return interaction, facts if due(interaction, facts) is Step.NEW_PASSWORD else None


def _set(handle: str, facts: Facts, hashed: str) -> Response:
    services = current()
    with services.database.writing() as db:
        if not lifecycle.is_still(db, facts.person_id, facts.session_id):
            return door(handle)
        password.set_hash(db, facts.person_id, hashed, "due", now())
        end_everything(db, facts.person_id, "password_changed", now(), but=facts.session_id)
        session = lifecycle.renew(db, facts.session_id)
    response = door(handle)
    response.headers.add("Set-Cookie", services.cookies.keep_session(session, facts.realm))
    return response


def _page(
    handle: str,
    interaction: Interaction,
    facts: Facts,
    form: forms.NewPassword,
    refusal: str,
    status: int = 200,
) -> Response:
    client = client_of(interaction)
    with current().database.reading() as db:
        known = staff.of(db, facts.person_id)
    return render(
        "sign_in/new_password.html",
        status=status,
        destination=showing.destination(interaction, client),
        form=form,
        refusal=refusal,
        username=known.login if known else "",
        csrf_token=token(handle, Step.NEW_PASSWORD, facts),
        action=f"/interaction/{handle}/new-password",
        ui_locales=interaction.demand.ui_locales,
        posts_to=showing.origins(interaction, client),
    )
