"""Level 4 at `/account/real-person`: a separate consent, the service's own camera page, and back.

No picture reaches this provider. The page says every time that nobody has to do this: a window or a
certificate leads as high (人脸识别技术应用安全管理办法).
"""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import cast

from flask import Blueprint, redirect, request
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from idp.account import own, wizards
from idp.account.methods.guard import also_proven
from idp.consents import rules as consents
from idp.consents import texts
from idp.consents.models import ConsentKind
from idp.keys.vault import Vault
from idp.persons import real_person
from idp.persons.likeness import Compared, LikenessService, Outcome, Sitting
from idp.persons.real_person import Attempt, Subject
from idp.persons.registry import Unavailable, Unsupported
from idp.services import current
from idp.storage.state import Collection, StateStore
from idp.web.request_scope import now
from idp.web.signed_in import login_required, who
from idp.web.zones import base

bp = Blueprint("real_person", __name__, url_prefix="/account/real-person")
TEXT = "real-person"
PURPOSE = "real_person"
STEP = "real-person"
FACE = frozenset({"face"})
LIFETIME = 900.0
"""Seconds one has for one sitting."""


@dataclass(frozen=True)
class Studio:
    """What level 4 works with (`Services.extras["likeness"]`)."""

    service: LikenessService
    attempts: Collection[Attempt]


def create_studio(service: LikenessService, state: StateStore, vault: Vault) -> Studio:
    """The studio of an instance."""
    return Studio(service, Collection(state, Attempt, "sitting", LIFETIME, vault.sealer("sitting")))


@bp.get("")
@login_required  # type: ignore[untyped-decorator]  # flask-login has no types
def offer() -> ResponseReturnValue:
    """Say what happens, what is kept, and that there are other ways."""
    return _page("")


@bp.post("")
@login_required  # type: ignore[untyped-decorator]  # flask-login has no types
def begin() -> ResponseReturnValue:
    """Record the separate consent, count the attempt, and send the browser before the camera."""
    if not own.token_fits(STEP):
        return _page("form_stale", 400)
    if request.form.get("decision") == "withdraw":
        return _withdraw()
    if request.form.get("consent") != "yes":
        return _page("face_consent_required", 400)
    studio = _studio()
    with current().database.reading() as db:
        subject = real_person.subject(db, who().person_id, now())
    if studio is None or subject is None:
        return _page("face_unsupported")
    tally = real_person.attempts(current().state, current().vault, who().person_id, now())
    if tally.enter() > current().settings.limit_real_person_per_day:
        return _page("face_spent", 429)
    _agree()
    begun = _sitting(studio, subject)
    if isinstance(begun, Sitting):
        return redirect(begun.url, 303)
    tally.give_back()
    return _page("face_unsupported" if isinstance(begun, Unsupported) else "face_unavailable", 503)


@bp.get("/back")
@login_required  # type: ignore[untyped-decorator]  # flask-login has no types
def back() -> ResponseReturnValue:
    """Ask what was found, in the session that asked for it alone, once; then go on to who was waiting."""
    handle, ticket = request.args.get("sitting", ""), request.args.get("ticket", "")
    studio = _studio()
    attempt = studio.attempts.find(handle) if studio else None
    if studio is None or attempt is None or attempt.session_id != who().session_id:
        return _page("face_stale", 400)
    with current().database.reading() as db:
        subject = real_person.subject(db, attempt.person_id, now())
    if subject is None or subject.document_id != attempt.document_id:
        return _page("face_stale", 400)
    compared = studio.service.finish(subject.claim, attempt.sitting, ticket)
    if isinstance(compared, Unavailable):
        return _page("face_unavailable", 503)
    if studio.attempts.take(handle) is None:
        return _page("face_stale", 400)
    return _concluded(attempt, compared)


def _concluded(attempt: Attempt, compared: Compared) -> Response:
    services, lasts = current(), timedelta(days=current().settings.real_person_days)
    with services.database.writing() as db:
        raised = real_person.conclude(db, attempt, compared, lasts, now())
        cookie = also_proven(db, FACE) if raised else None
    if cookie is None:
        same = compared.outcome is Outcome.SAME
        return _page("face_stale" if same else f"face_{compared.outcome}", interaction=attempt.interaction)
    waiting = attempt.interaction
    response = redirect(f"/interaction/{waiting}" if waiting else "/account/real-person", 303)
    response.headers.add("Set-Cookie", cookie)
    return response


def _agree() -> None:
    """A consent of its own, each time, before anything leaves for the service (PIPL Art. 28, 29)."""
    with current().database.writing() as db:
        said = texts.said(TEXT)
        consents.record(db, who().person_id, ConsentKind.SENSITIVE, said, purpose=PURPOSE, now=now())


def _sitting(studio: Studio, subject: Subject) -> Sitting | Unavailable | Unsupported:
    """Prepare it; the address we are returned to names our record, which holds what the service told us."""
    user, interaction = who(), wizards.asked_interaction()
    nobody = Sitting("", "", "")
    attempt = Attempt(user.person_id, user.session_id, subject.document_id, nobody, interaction)
    handle = studio.attempts.add(attempt)
    begun = studio.service.begin(subject.claim, f"{base()}/account/real-person/back?sitting={handle}")
    if isinstance(begun, Sitting):
        studio.attempts.revise(handle, replace(attempt, sitting=begun))
    else:
        studio.attempts.take(handle)
    return begun


def _withdraw() -> Response:
    """Take the consent back: the level falls to what other evidence supports."""
    with current().database.writing() as db:
        for consent in consents.current(db, who().person_id):
            if consent.purpose == PURPOSE:
                consent.withdrawn_at = now()
        real_person.withdraw(db, who().person_id, now())
    return redirect("/account/real-person", 303)


def _studio() -> Studio | None:
    return cast("Studio | None", current().extras.get("likeness"))


def _page(refusal: str, status: int = 200, interaction: str | None = None) -> Response:
    interaction = interaction or wizards.asked_interaction()
    studio = _studio()
    with current().database.reading() as db:
        standing = own.standing(db)
        until = real_person.valid_until(db, who().person_id, now())
    carried = wizards.carried(interaction)
    return own.show(
        "account/real_person.html",
        status=status,
        refusal=refusal,
        standing=standing,
        until=until,
        possible=studio is not None,
        days=current().settings.real_person_days,
        verify_url=f"/account/verify{carried}",
        return_url=f"/interaction/{interaction}" if interaction else None,
        csrf_token=own.token(STEP),
        action=f"/account/real-person{carried}",
        **{**wizards.surroundings(interaction), "posts_to": (studio.service.origin,) if studio else ()},
    )
