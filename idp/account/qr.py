"""Let a screen elsewhere sign in, from a phone that is signed in: the phone's side of a pairing.

Opening the address of a picture changes nothing. A person sees who asks, says that it is them, and gives the
digits which the screen shows from then on; or says that it is not them, which ends the matter.
"""

from typing import Any, cast

from flask import Blueprint, redirect, request
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from idp.account import own, sign_in
from idp.account.methods.guard import is_fresh
from idp.audit import trail
from idp.audit.events import QrConfirmed, QrRefused
from idp.authenticators import catalogue, qr
from idp.authenticators.qr import Confirmed, Pairing, Pairings, State
from idp.persons.models import Person
from idp.services import current
from idp.sessions.models import SignInSession
from idp.web import forms, languages, showing
from idp.web.request_scope import now, source
from idp.web.signed_in import login_required, who

bp = Blueprint("account_qr", __name__, url_prefix="/account/qr")
STEP = "qr"


@bp.get("")
@login_required  # type: ignore[untyped-decorator]  # flask-login has no types
def ask() -> ResponseReturnValue:
    """For who cannot scan: the number that stands beside the picture."""
    return _number_page(forms.PairingNumber())


@bp.post("")
@login_required  # type: ignore[untyped-decorator]  # flask-login has no types
def find() -> ResponseReturnValue:
    """Go to the pairing of a number; guesses are counted before they are judged."""
    form = forms.PairingNumber(request.form)
    if not own.token_fits(STEP):
        return _number_page(form, "form_stale", 400)
    if not form.validate():
        return _number_page(form, status=400)
    purses = qr.guesses_of(current().state, who().person_id, source(), now())
    if sum(purse.take() for purse in purses) < len(purses):
        return _number_page(form, "qr_guessed", 429)
    handle = _pairings().by_number(form.number.data, now())
    if handle is None:
        forms.refuse(form.number, "qr_number_unknown")
        return _number_page(form, status=400)
    for purse in purses:
        purse.put_back()
    return redirect(f"/account/qr/{handle}", 303)


@bp.get("/<handle>")
@login_required  # type: ignore[untyped-decorator]  # flask-login has no types
def show(handle: str) -> ResponseReturnValue:
    """Who asks, from where and for what; afterwards, what has become of it."""
    return _page(handle, _pairings().find(handle, now()))


@bp.post("/<handle>")
@login_required  # type: ignore[untyped-decorator]  # flask-login has no types
def answer(handle: str) -> ResponseReturnValue:
    """It is me, these are the digits, or it is not me (`decision=claim|confirm|refuse`)."""
    pairing = _pairings().find(handle, now())
    if not own.token_fits(_step(handle)):
        return _page(handle, pairing, "form_stale", 400)
    decision = request.form.get("decision")
    if decision == "refuse":
        _refuse(handle)
    elif pairing is not None and pairing.state in {State.WAITING, State.CLAIMED}:
        needed = _still_needed(pairing)
        if needed:
            return sign_in.again(f"/account/qr/{handle}", needed)
        if decision == "claim":
            _pairings().claim(handle, who().session_id, now())
        elif decision == "confirm":
            return _confirm(handle, pairing)
    return redirect(f"/account/qr/{handle}", 303)


def _confirm(handle: str, pairing: Pairing) -> ResponseReturnValue:
    form = forms.ShownDigits(request.form)
    if not form.validate():
        return _page(handle, pairing, form=form, status=400)
    with current().database.reading() as db:
        worth = qr.AMR_OF_TWO if is_fresh(db, 2) else qr.AMR
    given = Confirmed(who().person_id, who().session_id, worth, now())
    became = _pairings().confirm(handle, form.digits.data, given, now())
    if became is State.CONFIRMED:
        _record(QrConfirmed(**_about(pairing)))
    elif became is State.MISMATCHED:
        _record(QrRefused(**_about(pairing), reason="digits_wrong"))
    return redirect(f"/account/qr/{handle}", 303)


def _refuse(handle: str) -> None:
    refused = _pairings().refuse(handle, who().session_id, now())
    if refused is not None:
        _record(QrRefused(**_about(refused), reason="not_me"))


def _still_needed(pairing: Pairing) -> int:
    """How well the phone's person must prove themselves first; 0 where they have.

    A session that came from a pairing confirms none: handed from screen to screen, a sign-in would never end.
    """
    with current().database.reading() as db:
        person = db.get_one(Person, who().person_id)
        session = db.get_one(SignInSession, who().session_id)
        wanted = max(pairing.asking.aal, person.least_aal)
        needed = 2 if wanted > 1 and catalogue.proves_two(db, person, current().extras) else 1
        enough = not session.amr <= qr.AMR_OF_TWO and (needed < 2 or is_fresh(db, 2))
    return 0 if enough else needed


def _record(event: QrConfirmed | QrRefused) -> None:
    with current().database.writing() as db:
        trail.record(db, event)


def _about(pairing: Pairing) -> dict[str, Any]:
    asking, user = pairing.asking, who()
    return {
        "person_id": user.person_id,
        "session_id": user.session_id,
        "client_id": asking.client_id or None,
        "device": asking.device,
        "place": asking.place,
    }


def _pairings() -> Pairings:
    return cast(Pairings, current().extras["qr"])


def _step(handle: str) -> str:
    return f"{STEP}|{handle}"


def _number_page(form: forms.PairingNumber, refusal: str = "", status: int = 200) -> Response:
    return own.show(
        "account/qr/number.html",
        status=status,
        form=form,
        refusal=refusal,
        csrf_token=own.token(STEP),
        action="/account/qr",
    )


def _page(
    handle: str,
    pairing: Pairing | None,
    refusal: str = "",
    status: int = 200,
    form: forms.ShownDigits | None = None,
) -> Response:
    mine = pairing is not None and pairing.holder in {None, who().session_id}
    if pairing is None or not mine or pairing.state not in {State.WAITING, State.CLAIMED}:
        state = pairing.state if pairing is not None and mine else State.ENDED
        gone = 410 if state is State.ENDED else 200
        return own.show("account/qr/over.html", status=gone, state=state, pairing=pairing)
    client, language = own.service(pairing.asking.client_id or None), languages.of_request()
    return own.show(
        "account/qr/request.html",
        status=status,
        form=form or forms.ShownDigits(),
        refusal=refusal,
        pairing=pairing,
        claimed=pairing.state is State.CLAIMED,
        service=own.service_name(pairing.asking.client_id or None),
        department=showing.department_name(client, language) if client else None,
        same_place=pairing.asking.place == qr.network_of(source()),
        csrf_token=own.token(_step(handle)),
        action=f"/account/qr/{handle}",
    )
