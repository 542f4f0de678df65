"""Sign in with a passkey, or confirm with one; the sign-in page asks for one beside its first field."""

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from idp.authenticators import catalogue, ceremonies, passkey, throttle
from idp.authenticators.base import Denied, Proven
from idp.authenticators.ceremonies import RelyingParty
from idp.authenticators.passkey import Asked
from idp.authenticators.throttle import Wait
from idp.services import current
from idp.sign_in import proof
from idp.sign_in.proof import Proving
from idp.web import zones
from idp.web.doorway import door
from idp.web.request_scope import now, source

bp = Blueprint("sign_in_passkey", __name__, url_prefix="/interaction/<handle>")
WAY = "passkey"


@dataclass(frozen=True)
class Offer:
    """A form that a script fills in and sends, on a page that is about something else."""

    action: str
    csrf_token: str
    options: dict[str, Any]


def offered(proving: Proving) -> Offer | None:
    """What the sign-in page offers as autofill; None where nobody has passkeys, or somebody confirms."""
    party = zones.passkey_party()
    if party is None or proving.confirms is not None:
        return None
    return Offer(proving.path(WAY), proof.token(proving, WAY), ceremonies.question(party, proving.bound_to))


@bp.get("/passkey")
def ask(handle: str) -> ResponseReturnValue:
    """A button that asks the device."""
    proving, party = proof.asked(handle), zones.passkey_party()
    if not isinstance(proving, Proving):
        return proving
    return door(handle) if party is None or not may(proving) else _page(proving, party, "")


@bp.post("/passkey")
def prove(handle: str) -> ResponseReturnValue:
    """Judge what the device has signed."""
    proving, party = proof.asked(handle), zones.passkey_party()
    if not isinstance(proving, Proving):
        return proving
    if party is None or not may(proving):
        return door(handle)
    if not proof.token_fits(proving, WAY):
        return _page(proving, party, "form_stale", 400)
    outcome = judge(proving, party, request.form.get("credential", ""))
    return proof.judged(proving, outcome, lambda *said: _page(proving, party, *said))


def may(proving: Proving) -> bool:
    """Confirm in any realm, begin in a citizen's: a civil servant's directory is asked first."""
    return proving.confirms is not None or catalogue.begins(WAY, proving.interaction.realm)


def question(proving: Proving, party: RelyingParty) -> dict[str, Any]:
    """What the device is asked: any passkey of ours, or one of whoever is to be confirmed."""
    return ceremonies.question(party, proving.bound_to, _own(proving))


def judge(proving: Proving, party: RelyingParty, posted: str) -> Proven | Denied | Wait:
    """What a posted answer is worth in this sign-in."""
    services, facts, interaction = current(), proving.confirms, proving.interaction
    wait = throttle.pace(services.state, source(), WAY, services.limits)
    if wait is not None:
        return wait
    asked = Asked(
        proving.bound_to,
        interaction.realm,
        facts.person_id if facts else None,
        interaction.demand.client_id or None,
    )
    return passkey.prove(services.database, party, posted, asked, now())


def _page(
    proving: Proving, party: RelyingParty, refusal: str, status: int = 200, seconds: int = 0
) -> Response:
    options = question(proving, party)
    return proof.page(proving, WAY, status=status, refusal=refusal, seconds=seconds, options=options)


def _own(proving: Proving) -> list[str]:
    """Once it is known who is asked, their device shows theirs alone."""
    if proving.confirms is None:
        return []
    with current().database.reading() as db:
        return passkey.ids(passkey.of(db, proving.confirms.person_id))
