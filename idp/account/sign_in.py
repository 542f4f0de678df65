"""Signing in without a portal at `/sign-in`, and signing out at `/sign-out`."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, redirect, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from werkzeug.wrappers import Response

from idp.account.binding import Binding
from idp.authenticators import proving
from idp.authenticators.proving import Denied, Proven, Typed
from idp.authenticators.throttle import Wait
from idp.interaction import steps
from idp.services import current
from idp.sessions import lifecycle
from idp.sessions.lifecycle import Achievement
from idp.sessions.models import Participant
from idp.web import csrf, forms, languages, showing
from idp.web.pages import render
from idp.web.request_scope import device, now, session_handle, signed_in, source
from idp.web.signed_in import local_path

bp = Blueprint("sign_in", __name__)
BROWSER = Binding("sign-in")
"""There is no record, only a cookie for the form's token to be bound to."""


@bp.get("/sign-in")
def ask() -> ResponseReturnValue:
    """The sign-in page; whoever is signed in goes on, unless a page wants to see them prove it again."""
    with current().database.reading() as db:
        if signed_in(db) is not None and "again" not in request.args:
            return redirect(local_path(request.args.get("next")), 303)
    return _page(forms.SignIn(), "")


@bp.post("/sign-in")
def prove() -> ResponseReturnValue:
    """Judge a login and password, the way a portal's sign-in does."""
    form = forms.SignIn(request.form)
    if not BROWSER.token_fits(BROWSER.handle, "sign-in"):
        return _page(form, "form_stale", 400)
    if not form.validate():
        return _page(form, "", 400)
    services = current()
    typed = Typed(form.login.data, form.password.data, source())
    judged = proving.by_password(
        services.database, services.vault, services.state, services.limits, typed, now()
    )
    match judged:
        case Wait(seconds=seconds):
            return _slow_down(form, seconds)
        case Denied(reason=reason):
            return _page(form, reason, 200 if reason == "wrong" else 403)
        case Proven() as proven:
            return _begin(proven)


@bp.get("/sign-out")
def ask_to_sign_out() -> ResponseReturnValue:
    """Ask first: a link from elsewhere must not sign anybody out."""
    with current().database.reading() as db:
        found = signed_in(db)
        if found is None:
            return redirect("/sign-in", 303)
        session_id = found[0].id
        clients = db.scalars(select(Participant.client_id).where(Participant.session_id == session_id)).all()
    return render(
        "oauth/sign_out.html",
        service=None,
        services=[name for name in map(service_name, clients) if name],
        csrf_token=csrf.form_token(services_key(), session_id.hex, "sign-out"),
        action="/sign-out",
    )


@bp.post("/sign-out")
def sign_out() -> ResponseReturnValue:
    """End the session, tell the services it led to, and forget the cookie."""
    services = current()
    if request.form.get("decision") == "stay":
        return redirect("/account", 303)
    with services.database.writing() as db:
        found = signed_in(db)
        if found is not None:
            session = found[0]
            token = request.form.get("csrf_token")
            if not csrf.token_matches(token, services_key(), session.id.hex, "sign-out"):
                return redirect("/sign-out", 303)
            lifecycle.end(db, [session], "signed_out", now())
    return signed_out_page()


def signed_out_page() -> Response:
    """The session has ended; the cookie goes with it."""
    page = render("signed_out.html", service=None, back_url=None, unanswered=[], sign_in_url="/sign-in")
    page.headers.add("Set-Cookie", current().cookies.forget_session())
    return page


def service_name(client_id: str) -> str | None:
    """A client's name in the reader's language."""
    client = current().clients.find(client_id)
    return None if client is None else showing.client_name(client, languages.of_request())


def services_key() -> bytes:
    """The key of form tokens."""
    return current().csrf_key


def again(wanted: str) -> Response:
    """Have the person of this request sign in once more before they go on to this page."""
    return redirect("/sign-in?" + urlencode({"next": wanted, "again": "yes"}), 303)


def _begin(proven: Proven) -> Response:
    services = current()
    with services.database.writing() as db:
        handle = steps.signed_in(
            db,
            Achievement(proven.person_id, proven.amr, now()),
            absolute=timedelta(seconds=services.settings.session_absolute),
            device=device(),
            replaces=session_handle(),
        )
    response = redirect(local_path(request.args.get("next")), 303)
    response.headers.add("Set-Cookie", services.cookies.keep_session(handle))
    return BROWSER.forget(response)


def _page(form: forms.SignIn, refusal: str, status: int = 200, **values: Any) -> Response:
    handle = BROWSER.begin()
    template = "interaction/slow_down.html" if "seconds" in values else "interaction/sign_in.html"
    page = render(
        template,
        status=status,
        destination=None,
        form=form,
        refusal=refusal,
        csrf_token=BROWSER.token(handle, "sign-in"),
        action=f"/sign-in{_onward()}",
        again="again" in request.args,
        organisation_url=None,
        forgot_url="/recover",
        register_url="/register",
        **values,
    )
    return BROWSER.keep(page, handle)


def _onward() -> str:
    """The query that remembers where the sign-in leads."""
    wanted = request.args.get("next")
    asked = {"next": local_path(wanted)} if wanted else {}
    if "again" in request.args:
        asked["again"] = "yes"
    return f"?{urlencode(asked)}" if asked else ""


def _slow_down(form: forms.SignIn, seconds: int) -> Response:
    page = _page(form, "", 429, seconds=seconds)
    page.headers["Retry-After"] = str(seconds)
    return page
