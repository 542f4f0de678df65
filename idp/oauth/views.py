"""The OAuth routes that show pages, and what the interaction calls back (`services.RelyingProtocol`)."""

from collections.abc import Mapping
from urllib.parse import quote, urlencode

from flask import Blueprint, Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from idp import clock
from idp.clients.services import origin
from idp.interaction.record import Facts, Interaction
from idp.oauth import authorization
from idp.oauth.collaborators import OAuth
from idp.oauth.endpoints import end_session
from idp.oauth.endpoints.end_session import SigningOut
from idp.oauth.errors import Displayed, Fault
from idp.oauth.machine import ANSWER
from idp.oauth.message import Malformed, parse
from idp.oauth.responses import Answer, FormPost, Redirect, Shown, Unfinished
from idp.persons.models import Realm
from idp.services import Goto, PostTo, current
from idp.sessions import lifecycle, logout
from idp.sessions.models import SignInSession
from idp.web import carrying, csrf, languages, showing, signed_out
from idp.web.pages import render
from idp.web.request_scope import session_handle

REASONS = {
    Fault.CLIENT_MISSING: ("malformed", "client_id"),
    Fault.CLIENT_UNKNOWN: ("unknown_client", "client_id"),
    Fault.REDIRECT_MISSING: ("malformed", "redirect_uri"),
    Fault.REDIRECT_UNKNOWN: ("redirect_uri", "redirect_uri"),
    Fault.SERVICE_UNKNOWN: ("service", "service"),
    Fault.RETURN_UNKNOWN: ("redirect_uri", "post_logout_redirect_uri"),
    Fault.REQUEST_UNREADABLE: ("malformed", None),
}
"""Fault → what the error page calls it, and the parameter at fault."""

STEP = "sign-out"


class AuthorizationCodeFlow:
    """Answers the client when the interaction has ended, one way or the other."""

    def __init__(self, oauth: OAuth) -> None:
        self._oauth = oauth

    def finish(self, interaction: Interaction, facts: Facts) -> Goto | PostTo:
        """Answer the application: its demand is met."""
        return answered(authorization.finish(self._oauth, interaction, facts, clock.now()), interaction)

    def decline(self, interaction: Interaction, reason: str) -> Goto | PostTo:
        """Answer the application that the person said no (`access_denied`) or cannot (`unmet_level`)."""
        error = UNMET if reason in WHY_UNMET else "access_denied"
        description = WHY_UNMET.get(reason, "")
        ended = authorization.decline(self._oauth, interaction, clock.now(), error, description)
        return answered(ended, interaction)

    def restart(self, interaction: Interaction) -> str:
        """Where the same request begins again."""
        return f"/oauth/authorize?{urlencode(interaction.request, quote_via=quote)}"


UNMET = "unmet_authentication_requirements"
WHY_UNMET = {
    "unmet_level": "the person has not reached the identity level that is asked for",
    "no_second_way": "the person has not signed in a second way",
}
"""What the interaction says → the description by which a client knows what is missing."""


def answered(answer: Answer | Unfinished, interaction: Interaction) -> Goto | PostTo:
    """The same answer in the interaction's words; what cannot be answered begins anew and shows its fault."""
    if isinstance(answer, Redirect):
        return Goto(answer.url)
    if isinstance(answer, FormPost):
        return PostTo(answer.action, answer.fields)
    return Goto(f"/oauth/authorize?{urlencode(interaction.request, quote_via=quote)}")


def create_blueprint(oauth: OAuth) -> Blueprint:
    """The pages under `/oauth/`."""
    pages = Blueprint("oauth", __name__)

    @pages.route("/oauth/authorize", methods=["GET", "POST"])
    def authorize() -> Response:
        answer = request.environ.get(ANSWER)
        if isinstance(answer, FormPost):
            return form_post(answer)
        return fault(answer.fault if isinstance(answer, Shown) else Fault.REQUEST_UNREADABLE)

    @pages.route("/oauth/logout", methods=["GET", "POST"])
    def logout() -> AnyResponse:
        try:
            values = _values()
            leaving, session, realm = _examined(oauth, values)
        except Displayed as refusal:
            return fault(refusal.fault)
        except Malformed:
            return fault(Fault.REQUEST_UNREADABLE)
        if session is None or leaving.proven:
            return _leave(session, leaving, realm)
        return _ask(session, leaving, values)

    @pages.post("/oauth/logout/confirm")
    def confirm() -> AnyResponse:
        try:
            leaving, session, realm = _examined(oauth, request.args.to_dict())
        except Displayed as refusal:
            return fault(refusal.fault)
        if session is None:
            return _leave(None, leaving, realm)
        key = current().csrf_key
        if not csrf.token_matches(request.form.get("csrf_token"), key, str(session.id), STEP):
            return _ask(session, leaving, request.args.to_dict())
        if request.form.get("decision") == "stay":
            return redirect("/account" if realm == Realm.CITIZEN else "/staff", 303)
        return _leave(session, leaving, realm)

    return pages


def form_post(answer: FormPost) -> Response:
    """The page that posts the answer on (OAuth 2.0 Form Post Response Mode)."""
    return carrying.page(answer.action, answer.fields)


def fault(found: Fault) -> Response:
    """The page that says what is wrong with the request; nothing sent is shown again."""
    error_id = str(request.environ.get("yitong.request_id", ""))
    if found is Fault.UNAVAILABLE:
        page = render("errors/unavailable.html", status=503, error_id=error_id, retry_url=request.full_path)
        page.headers["Retry-After"] = "2"
        return page
    reason, parameter = REASONS[found]
    return render("errors/client.html", status=400, reason=reason, field=parameter, error_id=error_id)


def _values() -> Mapping[str, str]:
    """The parameters of a sign-out request, from the query or the body."""
    values = request.form if request.method == "POST" else request.args
    return parse(urlencode(list(values.items(multi=True)))).values


def _examined(oauth: OAuth, values: Mapping[str, str]) -> tuple[SigningOut, SignInSession | None, str]:
    """The request, and the session of this browser that it means.

    That is the one the hint proves; without such a hint, the one in the first realm the client admits.
    """
    with current().database.reading() as db:
        here = {realm: lifecycle.find(db, session_handle(realm), clock.now()) for realm in Realm}
    for realm, session in here.items():
        leaving = end_session.examine(oauth, values, session.id if session else None)
        if leaving.proven:
            return leaving, session, realm
    admitted = leaving.client.realms if leaving.client else tuple(Realm)
    meant = Realm(next((realm for realm in admitted if here[Realm(realm)]), admitted[0]))
    return leaving, here[meant], meant


def _ask(session: SignInSession, leaving: SigningOut, values: Mapping[str, str]) -> Response:
    kept = {
        name: values[name] for name in ("client_id", "post_logout_redirect_uri", "state") if name in values
    }
    if leaving.client is not None:
        kept["client_id"] = leaving.client.id
    return render(
        "oauth/sign_out.html",
        ui_locales=values.get("ui_locales", "").split(),
        posts_to=() if leaving.back_to is None else (origin(leaving.back_to),),
        service=_name(leaving),
        services=_services(session),
        csrf_token=csrf.form_token(current().csrf_key, str(session.id), STEP),
        action=f"/oauth/logout/confirm?{urlencode(kept, quote_via=quote)}",
    )


def _leave(session: SignInSession | None, leaving: SigningOut, realm: str) -> AnyResponse:
    """End the session, tell its clients, and go where the client asked."""
    if session is not None:
        with current().database.writing() as db:
            lifecycle.end(db, [db.merge(session, load=True)], lifecycle.SIGNED_OUT, clock.now())
    home = "/account" if realm == Realm.CITIZEN else "/staff"
    session_id = session.id if session is not None else None
    onward = None if leaving.back_to is None else Goto(leaving.back_to)
    response: AnyResponse = signed_out.page(session_id, home, _name(leaving), onward)
    response.headers["Cache-Control"] = "no-store"
    response.headers.add("Set-Cookie", current().cookies.forget_session(realm))
    return response


def _name(leaving: SigningOut) -> str | None:
    return showing.client_name(leaving.client, languages.of_request()) if leaving.client else None


def _services(session: SignInSession) -> list[str]:
    """The names of the services this session went to."""
    services = current()
    with services.database.reading() as db:
        ids = logout.clients_of(db, session.id)
    found = filter(None, map(services.clients.find, ids))
    return [showing.client_name(client, languages.of_request()) for client in found]
