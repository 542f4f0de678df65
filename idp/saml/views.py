"""The routes of SAML, and what the interaction calls back (`services.RelyingProtocol`).

Everything an application is sent goes by a form (HTTP-POST), which works without scripts; machines get SOAP
and metadata.
"""

from urllib.parse import urlencode, urlsplit

from flask import Blueprint, Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from idp import clock
from idp.interaction.record import Facts, Interaction
from idp.oauth.collaborators import OAuth
from idp.oauth.responses import Begun, FormPost, Redirect
from idp.persons.models import Realm
from idp.saml import logout, messages, sso
from idp.saml.collaborators import Posted, Saml
from idp.saml.errors import Fault, Unanswerable
from idp.saml.metadata import MEDIA_TYPE, Metadata
from idp.saml.sso import Unfinished
from idp.services import Goto, PostTo, Services, current
from idp.sessions import lifecycle
from idp.storage.state import Collection
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
    sealer = services.vault.sealer("saml-posted")
    return Saml(oauth, Collection(services.state, Posted, "saml-posted", FOUR_HOURS, sealer))


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


def create_blueprint(saml: Saml) -> Blueprint:
    """The routes under `/saml/`."""
    pages = Blueprint("saml", __name__)
    metadata = Metadata(saml)

    @pages.get("/saml/metadata")
    def our_metadata() -> Response:
        response = Response(metadata.document(request.host), mimetype=MEDIA_TYPE)
        response.headers["Cache-Control"] = "public, max-age=300"
        return response

    @pages.post("/saml/sso")
    def posted() -> AnyResponse:
        message = request.form.get("SAMLRequest", "")
        query = sso.keep(saml, message, request.form.get("RelayState"))
        return redirect(f"/saml/sso?{query}", 303)

    @pages.get("/saml/sso")
    def asked() -> AnyResponse:
        return _begun(saml, request.query_string.decode("utf-8", "replace"))

    @pages.get("/saml/start")
    def link() -> AnyResponse:
        values = {name: request.args[name] for name in ("client", "RelayState") if name in request.args}
        return _begun(saml, urlencode(values))

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


def _begun(saml: Saml, query: str) -> AnyResponse:
    try:
        answer = sso.begin(saml, query, session_handle, clock.now())
    except Unanswerable as refusal:
        return fault(saml, refusal.fault)
    if isinstance(answer, Begun):
        response = redirect(f"/interaction/{answer.interaction_id}", 303)
        response.headers.add("Set-Cookie", current().cookies.keep_interaction(answer.interaction_id))
        return response
    return form_post(answer)


def _signed_out(saml: Saml) -> AnyResponse:
    """The system's request, or its answer to one of ours, which needs nothing more."""
    now, values = clock.now(), request.values
    if "SAMLResponse" in values and "SAMLRequest" not in values:
        return _gone(None, [])
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
    left = [realm for realm, session_id in realms.items() if session_id in (ended or ())]
    return _gone(answer, left)


def _realms_here() -> dict[str, object]:
    """Whose sessions this browser has, where it sends its cookies along."""
    with current().database.reading() as db:
        found = {realm: lifecycle.find(db, session_handle(realm), clock.now()) for realm in Realm}
    return {realm: session.id for realm, session in found.items() if session is not None}


def _gone(answer: Redirect | FormPost | None, realms: list[str]) -> AnyResponse:
    if isinstance(answer, Redirect):
        response: AnyResponse = redirect(answer.url, 303)
    elif isinstance(answer, FormPost):
        response = form_post(answer)
    else:
        response = render(
            "signed_out.html", service=None, back_url=None, unanswered=(), sign_in_url="/account"
        )
    response.headers["Cache-Control"] = "no-store"
    for realm in realms:
        response.headers.add("Set-Cookie", current().cookies.forget_session(realm))
    return response


def form_post(answer: FormPost) -> Response:
    """The page that posts an answer on (SAML Bindings §3.5)."""
    parts = urlsplit(answer.action)
    return render(
        "interaction/form_post.html",
        posts_to=(f"{parts.scheme}://{parts.netloc}",),
        redirect_uri=answer.action,
        fields=answer.fields,
        destination=None,
    )


def fault(saml: Saml, found: Fault) -> Response:
    """The page that says what is wrong with a message; nothing sent is shown again."""
    saml.oauth.count("saml", found)
    error_id = str(request.environ.get("yitong.request_id", ""))
    return render("errors/client.html", status=400, reason=found, field=FIELDS[found], error_id=error_id)
