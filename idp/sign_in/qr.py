"""Sign in, or confirm, with a phone that is signed in: the screen's side of a pairing.

The page works by itself: it comes anew every three seconds. Where scripts run it asks for its state instead.
"""

from typing import cast
from urllib.parse import urlsplit

import segno
from flask import Blueprint, jsonify, redirect
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from idp.authenticators import base, qr, throttle
from idp.authenticators.base import Denied, Proven
from idp.authenticators.qr import Asking, Confirmed, Pairing, Pairings, State
from idp.authenticators.throttle import Wait
from idp.interaction.record import Interaction
from idp.notices.telling import keep
from idp.persons.models import Person, Realm
from idp.services import current
from idp.sessions.models import SignInSession
from idp.sign_in import proof
from idp.sign_in.proof import Proving
from idp.web.doorway import door, opened
from idp.web.request_scope import device, now, source

bp = Blueprint("sign_in_qr", __name__, url_prefix="/interaction/<handle>")
WAY = "qr"
SIGNED_IN = "qr.signed_in"
"""Topic of the notice."""


@bp.get("/qr")
def ask(handle: str) -> ResponseReturnValue:
    """Show the picture, or what has become of it; an answer is picked up and leads on."""
    proving = proof.asked(handle)
    if not isinstance(proving, Proving):
        return proving
    if proving.interaction.realm != Realm.CITIZEN:
        return door(handle)
    pairing = pairing_of(proving)
    if pairing is None and WAY not in proving.kept:
        return _begun(proving)
    if pairing is not None and pairing.state is State.CONFIRMED:
        return _entered(proving, pairing)
    return _page(proving, pairing)


@bp.post("/qr")
def renew(handle: str) -> ResponseReturnValue:
    """Give the picture up for another one."""
    proving = proof.asked(handle)
    if not isinstance(proving, Proving):
        return proving
    if proof.token_fits(proving, WAY) and WAY in proving.kept:
        return _begun(proving)
    return redirect(proving.path(WAY), 303)


@bp.get("/qr/state")
def state(handle: str) -> ResponseReturnValue:
    """What the page asks every few seconds: two reads of short-lived records, and no database."""
    interaction = opened(handle)
    if not isinstance(interaction, Interaction):
        return jsonify(state=State.ENDED)
    return jsonify(state=state_of(pairings().find(interaction.kept.get(WAY), now())))


def pairings() -> Pairings:
    """Those of this instance."""
    return cast(Pairings, current().extras["qr"])


def pairing_of(proving: Proving) -> Pairing | None:
    """What this screen asks by, as it stands."""
    return pairings().find(proving.kept.get(WAY), now())


def address_of(proving: Proving) -> str:
    """What the picture says: where the phone of whoever scans it is led."""
    return f"{current().settings.issuer}/account/qr/{proving.kept.get(WAY, '')}"


def typed_at() -> str:
    """Where the number is typed by who cannot scan."""
    return current().settings.issuer.split("://", 1)[1] + "/account/qr"


def begun(proving: Proving) -> Proving | Wait:
    """Ask by a new picture, in place of the one before."""
    if WAY in proving.kept:
        pairings().give_up(proving.kept[WAY], now())
    wait = throttle.pace(current().state, source(), WAY, current().limits)
    return wait or proof.note(proving, **{WAY: pairings().ask(_asking(proving))})


def picked_up(proving: Proving, pairing: Pairing) -> Proven | Denied | None:
    """Take the answer that was given; None for everybody but the first who does."""
    confirmed = pairings().pick_up(pairing)
    if confirmed is None:
        return None
    with current().database.writing() as db:
        return _let_in(db, proving, confirmed)


def _begun(proving: Proving) -> Response:
    asking = begun(proving)
    if isinstance(asking, Wait):
        slower = _page(proving, None, status=429, seconds=asking.seconds)
        slower.headers["Retry-After"] = str(asking.seconds)
        return slower
    return redirect(proving.path(WAY), 303)


def _asking(proving: Proving) -> Asking:
    demand = proving.interaction.demand
    return Asking(
        client_id=demand.client_id,
        domain=urlsplit(proving.interaction.returns_to).netloc,
        device=device(),
        place=qr.network_of(source()),
        at=now(),
        aal=max(demand.level.aal, 2 if proving.confirms else 1),
    )


def _entered(proving: Proving, pairing: Pairing) -> Response:
    outcome = picked_up(proving, pairing)
    if outcome is None:  # the same browser came twice, and the other one has it
        return door(proving.handle)
    return proof.judged(proving, outcome, lambda refusal, status, _: _page(proving, None, refusal, status))


def _let_in(db: Session, proving: Proving, confirmed: Confirmed) -> Proven | Denied:
    """Look again at who said yes: a session that has ended meanwhile is none, nor who may not enter."""
    person = db.get_one(Person, confirmed.person_id)
    session = db.get(SignInSession, confirmed.session_id)
    client_id = proving.interaction.demand.client_id or None
    if session is None or session.ended_at is not None:
        return base.deny(db, "mca", "qr_withdrawn", person.id, client_id)
    if proving.confirms is not None and not confirmed.amr >= qr.AMR_OF_TWO:
        # Otherwise a stolen password would sign in twice, here and on a phone, and pass for two factors.
        return base.deny(db, "mca", "qr_weak", person.id, client_id)
    outcome = base.let_in(db, person, confirmed.amr, confirmed.at)
    if isinstance(outcome, Proven) and proving.confirms is None:
        keep(db, person.id, SIGNED_IN, now())
    return outcome


def _page(
    proving: Proving, pairing: Pairing | None, refusal: str = "", status: int = 200, seconds: int = 0
) -> Response:
    return proof.page(
        proving,
        WAY,
        status=status,
        connects=True,
        pairing=pairing,
        state=state_of(pairing),
        picture=Markup(segno.make(address_of(proving), error="m").svg_inline(border=4, omitsize=True)),  # noqa: S704 – modules only
        typed_at=typed_at(),
        state_url=proving.path("qr/state"),
        refusal=refusal,
        seconds=seconds,
    )


def state_of(pairing: Pairing | None) -> State:
    """What has become of it; one that is no longer known has ended."""
    return State.ENDED if pairing is None else pairing.state
