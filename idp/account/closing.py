"""Closing one's account, with time to change one's mind (PIPL Art. 47)."""

from datetime import datetime, timedelta
from uuid import UUID

from flask import Blueprint, redirect, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from werkzeug.wrappers import Response

from idp.account import own
from idp.account.ending import end_credentials, end_everything
from idp.account.methods.guard import Overtaken, freshly_proven, still
from idp.account.sign_in import signed_out_page
from idp.authenticators import credentials, password, throttle
from idp.mandates import people
from idp.moving import joining
from idp.oauth.models import Authorization
from idp.persons import guardians, hold, lifecycle, locking
from idp.persons.models import Person, PersonStatus
from idp.services import current
from idp.sessions.lifecycle import CLOSING
from idp.storage.database import Database
from idp.web import forms
from idp.web.request_scope import now, source
from idp.web.signed_in import login_required, who

bp = Blueprint("closing", __name__, url_prefix="/account/close")


@bp.get("")
@login_required  # type: ignore[untyped-decorator]  # flask-login has no types
def ask() -> ResponseReturnValue:
    """Say what closing means, to who has proven themselves by two ways if they have two."""
    if held_until := _held_until():
        return _held_page(held_until)
    return _ask_proven() if _takes_more() else _page(forms.Password(), "")


@bp.post("")
@login_required  # type: ignore[untyped-decorator]  # flask-login has no types
def decide() -> ResponseReturnValue:
    """Begin closing after the password was typed once more, or take it back, which takes nothing."""
    form, keeps = forms.Password(request.form), request.form.get("decision") == "keep"
    if not keeps and (held_until := _held_until()):
        return _held_page(held_until)
    if not own.token_fits("close"):
        return _page(form, "form_stale", 400)
    if keeps:
        return _keep()
    return _decide_proven(form) if _takes_more() else _decide(form)


def _decide(form: forms.Password) -> Response:
    if not form.validate():
        return _page(form, "", 400)
    user, services = who(), current()
    if throttle.admit(services.state, user.person_id.hex, source(), services.limits):
        return _page(form, "throttled", 429)
    with services.database.reading() as db:
        secret = password.stored(db, user.person_id)
    if not password.verify(secret, form.password.data):
        forms.refuse(form.password, "password_wrong")
        return _page(form, "")
    throttle.succeeded(services.state, user.person_id.hex, source())
    return _close()


@freshly_proven
def _ask_proven() -> ResponseReturnValue:
    return _page(forms.Password(), "")


@freshly_proven
def _decide_proven(form: forms.Password) -> ResponseReturnValue:
    return _decide(form)


def finish_due(database: Database, now: datetime) -> int:
    """Periodic job: erase whoever's time to change their mind is over; gives how many."""
    with database.reading() as db:
        due = lifecycle.due_for_closing(db, now)
    return sum(_finish(database, person_id, now) for person_id in due)


def _finish(database: Database, person_id: UUID, now: datetime) -> bool:
    """False where its person has come back at the last moment."""
    with database.writing() as db:
        person = locking.alone(db, person_id)
        if person is None or person.close_after is None or person.close_after > now:
            return False
        lifecycle.finish_closing(db, person, now)
        end_everything(db, person_id, "person_closed", now)
        end_credentials(db, person_id, now)
        guardians.end_all(db, person_id, "person_closed", now)
        joining.forget_person(db, person_id)
    with database.writing() as db:  # organisations before their people (`locking`); else the worker does it
        people.closed(db, person_id, now)
    return True


def _close() -> Response:
    user, services = who(), current()
    cooling = timedelta(days=services.settings.closing_days)
    try:
        with services.database.writing() as db:
            person = still(db)
            lifecycle.begin_closing(db, person, "own_wish", now(), cooling)
            closes_at = person.close_after
            end_everything(db, user.person_id, CLOSING, now())
    except Overtaken:
        return redirect("/account/close", 303)
    return signed_out_page(user.session_id, closes_at=closes_at)


def _takes_more() -> bool:
    """Whether a password is not enough: who has two factors ends the account with no less than both."""
    with current().database.reading() as db:
        person = db.get_one(Person, who().person_id)
        return person.status != PersonStatus.CLOSING and credentials.guarded(db, person) > 1


def _held_until() -> datetime | None:
    """Until when closing waits after a recovery or a change of phone; what has begun can be taken back."""
    with current().database.reading() as db:
        person = db.get_one(Person, who().person_id)
        return None if person.status == PersonStatus.CLOSING else hold.until(person, now())


def _held_page(held_until: datetime) -> Response:
    return own.show("account/methods/held.html", status=403, held_until=held_until)


def _services() -> list[str]:
    """The services that will lose what they were given."""
    query = select(Authorization.client_id).where(
        Authorization.person_id == who().person_id, Authorization.ended_at.is_(None)
    )
    with current().database.reading() as db:
        found = [own.service_name(one) for one in db.scalars(query.distinct())]
    return sorted(name for name in found if name)


def _keep() -> Response:
    with current().database.writing() as db:
        person = db.get_one(Person, who().person_id)
        if person.status == PersonStatus.CLOSING:
            lifecycle.reopen(db, person, now())
    return redirect("/account", 303)


def _page(form: forms.Password, refusal: str, status: int = 200) -> Response:
    with current().database.reading() as db:
        close_after = db.get_one(Person, who().person_id).close_after
    return own.show(
        "account/close.html",
        status=status,
        form=form,
        refusal=refusal,
        cooling_days=current().settings.closing_days,
        close_after=close_after,
        services=_services(),
        csrf_token=own.token("close"),
        action="/account/close",
    )
