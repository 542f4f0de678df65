"""The routes of SAML, and what the interaction calls back (`services.RelyingProtocol`).

Everything an application is sent goes by a form (HTTP-POST), which works without scripts; machines get SOAP
and metadata.
"""

from collections.abc import Mapping
from functools import partial
from uuid import UUID

from flask import Blueprint, Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from idp import clock
from idp.interaction.record import Facts, Interaction
from idp.oauth.collaborators import OAuth
from idp.oauth.responses import FormPost, Redirect
from idp.persons.models import Realm
from idp.saml import front_channel, logout, messages, sso
from idp.saml.collaborators import Leaving, Posted, Saml
from idp.saml.errors import Fault, Unanswerable
from idp.saml.front_channel import Visit
from idp.saml.machine import ANSWER
from idp.saml.sso import Unfinished
from idp.services import Goto, PostTo, Services, current
from idp.sessions import lifecycle
from idp.sessions.logout import Answer
from idp.storage.state import Collection
from idp.web import farewells, languages, showing, signed_out
from idp.web.carrying import Carriers
from idp.web.farewells import Stop
from idp.web.pages import render
from idp.web.request_scope import session_handle

FOUR_HOURS = 4 * 3600.0
"""How long a posted request is kept: longer than anybody is asked anything, on a patient page too."""
FIELDS = {
    Fault.UNREADABLE: "SAMLRequest",
    Fault.UNKNOWN_SYSTEM: "Issuer",
    Fault.UNKNOWN_CONSUMER: "AssertionConsumerService",
    Fault.SIGNATURE: "Signature",
    Fault.DESTINATION: "Destination",
    Fault.TIME: "IssueInstant",
}
"""What the page for the person names to the developers of the system."""


def create_saml(services: Services, oauth: OAuth) -> Saml:
    """The collaborators of the SAML endpoints."""
    state, sealer = services.state, services.vault.sealer
    posted = Collection(state, Posted, "saml-posted", FOUR_HOURS, sealer("saml-posted"))
    leaving = Collection(state, Leaving, "saml-leaving", farewells.LIFETIME, sealer("saml-leaving"))
    return Saml(oauth, posted, leaving)


class WebSingleSignOn:
    """Answers a system when the interaction has ended, one way or the other."""

    def __init__(self, saml: Saml) -> None:
        self._saml = saml

    def finish(self, interaction: Interaction, facts: Facts) -> Goto | PostTo:
        """Answer the system: its demand is met."""
        return self._answered(sso.finish(self._saml, interaction, facts, clock.now()), interaction)

    def decline(self, interaction: Interaction, reason: str) -> Goto | PostTo:
        """Answer the system that the person said no (`access_denied`) or cannot (`unmet_level`)."""
        return self._answered(sso.decline(self._saml, interaction, reason, clock.now()), interaction)

    def restart(self, interaction: Interaction) -> str:
        """Where the same request begins again."""
        return f"/saml/sso?{interaction.request['query']}"

    def _answered(self, answer: sso.Ending, interaction: Interaction) -> Goto | PostTo:
        if isinstance(answer, Unfinished):
            return Goto(self.restart(interaction))
        return PostTo(answer.action, answer.fields)


class FrontChannel:
    """The systems that hear of a sign-out by the browser (`farewells.Guide`)."""

    def __init__(self, saml: Saml, carriers: Carriers) -> None:
        self._saml = saml
        self._carriers = carriers

    def stops(self, session_id: UUID) -> list[Stop]:
        """Every such system of the session."""
        language = languages.of_request()
        return [
            Stop(
                # another one for each of the names by which a system knows the session
                f"saml:{visit.client.id}:{visit.over}",
                showing.client_name(visit.client, language),
                Answer.ANSWERED if visit.is_done else Answer.QUEUED,
                partial(self._send, visit, session_id),
                client_id=visit.client.id,
            )
            for visit in front_channel.visits(self._saml, session_id)
        ]

    def _send(self, visit: Visit, session_id: UUID) -> AnyResponse | None:
        """With a signed request, by the system's binding."""
        asking = front_channel.ask(self._saml, visit, session_id, clock.now())
        match asking:
            case Redirect(url=url):
                return redirect(url, 303)
            case FormPost():
                return self._carriers.draw(asking)
        return None


def create_blueprint(saml: Saml, carriers: Carriers) -> Blueprint:
    """The routes under `/saml/`."""
    pages = Blueprint("saml", __name__)

    @pages.post("/saml/sso")
    def posted() -> AnyResponse:
        message = request.form.get("SAMLRequest", "")
        try:
            query = sso.keep(saml, message, request.form.get("RelayState"), clock.now())
        except Unanswerable as refusal:
            return fault(saml, refusal.fault)
        return redirect(f"/saml/sso?{query}", 303)

    @pages.get("/saml/sso")
    @pages.get("/saml/start")
    def asked() -> AnyResponse:
        answer = request.environ.get(ANSWER)
        if isinstance(answer, FormPost):
            return carriers.draw(answer)
        if isinstance(answer, Unanswerable):
            return fault(saml, answer.fault)
        raise answer if isinstance(answer, Exception) else LookupError("nothing was decided")

    @pages.route("/saml/slo", methods=["GET", "POST"])
    def sign_out() -> AnyResponse:
        return _signed_out(saml)

    @pages.post("/saml/soap")
    def sign_out_by_soap() -> Response:
        now = clock.now()
        try:
            leaving = logout.by_soap(saml, request.get_data(), now)
        except Unanswerable as refusal:
            saml.oauth.count("saml", refusal.fault)
            return Response("<!-- refused -->", 400, mimetype="text/xml")
        ended = logout.end(saml, leaving, now) is not None
        message = logout.response(saml, "", leaving.request.id, ended, now, signed=True)
        return Response(messages.in_soap(message), content_type=logout.XML)

    return pages


def _signed_out(saml: Saml) -> AnyResponse:
    """The system's request, or its answer to one of ours, which needs nothing more."""
    now, values = clock.now(), request.values
    if "SAMLResponse" in values and "SAMLRequest" not in values:
        return _on(saml)
    try:
        if request.method == "POST":
            leaving = logout.by_post(
                saml, request.form.get("SAMLRequest", ""), request.form.get("RelayState"), now
            )
        else:
            leaving = logout.by_redirect(saml, request.query_string.decode("utf-8", "replace"), now)
    except Unanswerable as refusal:
        return fault(saml, refusal.fault)
    realms = _realms_here()
    ended = logout.end(saml, leaving, now)
    answer = logout.answer(saml, leaving, ended is not None, now)
    return _gone(answer, {realm: one for realm, one in realms.items() if one in (ended or ())})


def _on(saml: Saml) -> AnyResponse:
    """A system's answer to our request: noted if it is one; the browser goes on its way whatever it said."""
    if request.method == "POST":
        front_channel.heard_by_post(saml, request.form.get("SAMLResponse", ""), clock.now())
    else:
        query = request.query_string.decode("utf-8", "replace")
        front_channel.heard_by_redirect(saml, query, clock.now())
    return redirect(signed_out.NEXT, 303)


def _realms_here() -> dict[str, UUID]:
    """Whose sessions this browser has, where it sends its cookies along."""
    with current().database.reading() as db:
        found = {realm: lifecycle.find(db, session_handle(realm), clock.now()) for realm in Realm}
    return {realm: session.id for realm, session in found.items() if session is not None}


def _gone(answer: Redirect | FormPost | None, left: Mapping[str, UUID]) -> AnyResponse:
    """The answer to the system, at once or after everybody else was told by this browser."""
    gone = list(left.values())
    response: AnyResponse = signed_out.page(
        gone[0] if gone else None, "/account", onward=_carried(answer), others=gone[1:]
    )
    response.headers["Cache-Control"] = "no-store"
    for realm in left:
        response.headers.add("Set-Cookie", current().cookies.forget_session(realm))
    return response


def _carried(answer: Redirect | FormPost | None) -> Goto | PostTo | None:
    match answer:
        case Redirect(url=url):
            return Goto(url)
        case FormPost(action=action, fields=fields):
            return PostTo(action, fields)
    return None


def fault(saml: Saml, found: Fault) -> Response:
    """The page that says what is wrong with a message; nothing sent is shown again."""
    saml.oauth.count("saml", found)
    error_id = str(request.environ.get("yitong.request_id", ""))
    return render("errors/client.html", status=400, reason=found, field=FIELDS[found], error_id=error_id)
