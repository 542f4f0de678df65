"""The six addresses by which a portal and its provider hand people to each other."""

import hmac
import secrets

from flask import Blueprint, Response, abort, jsonify, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response as AnyResponse

from examples.relying_party.language import UI_LOCALES, language_of
from examples.relying_party.levels import identity_level
from examples.relying_party.logout_tokens import LogoutTokenRefused, SeenTokens, verify
from examples.relying_party.provider import Provider
from examples.relying_party.settings import PortalSettings
from examples.relying_party.signing_keys import SigningKeys
from examples.relying_party.troubles import Reason, Trouble
from examples.relying_party.visits import Visit, Visits


def sign_in_routes(
    provider: Provider,
    settings: PortalSettings,
    visits: Visits,
    keys: SigningKeys,
    landing: str,
    minimum_ial: int,
) -> Blueprint:
    """Make the blueprint; `landing` is the endpoint people reach after signing in."""
    routes = Blueprint("entrance", __name__, template_folder="templates")
    seen = SeenTokens()

    @routes.get("/sign-in")
    def sign_in() -> AnyResponse:
        if "person" in session:
            return redirect(url_for(landing), 303)
        return provider.send_to_sign_in(UI_LOCALES[language_of(request)])

    @routes.get("/register")
    def register() -> AnyResponse:
        """Ask for a new registration (Initiating User Registration 1.0); the person comes back signed in."""
        return provider.send_to_sign_in(UI_LOCALES[language_of(request)], prompt="create")

    @routes.get("/callback")
    def callback() -> AnyResponse:
        try:
            arrived = provider.finish_sign_in()
        except Trouble as trouble:
            if trouble.reason is not Reason.NOT_OURS or "person" not in session:
                raise
            return redirect(url_for(landing), 303)  # signed in already: they went back in their browser
        if identity_level(arrived.person) < minimum_ial:  # acr_values is a wish: look at the answer
            raise Trouble(Reason.LEVEL_TOO_LOW)
        wanted = session.get("back_to") or url_for(landing)  # a path this portal put there itself
        visits.renew(current_visit())
        session["person"] = arrived.person
        session["tokens"] = arrived.tokens
        session["form_token"] = secrets.token_urlsafe(24)
        return redirect(wanted, 303)

    @routes.post("/sign-out")
    def sign_out() -> AnyResponse:
        """Leave this portal first, then the sign-in itself."""
        sent, kept = request.form.get("form_token", ""), session.get("form_token", "")
        if not hmac.compare_digest(sent.encode(), kept.encode()):
            abort(400)
        id_token = session.get("tokens", {}).get("id_token")
        visits.renew(current_visit())
        if id_token is None:
            return redirect("/", 303)
        return provider.send_to_sign_out(id_token, UI_LOCALES[language_of(request)])

    @routes.get("/signed-out")
    def signed_out() -> str | AnyResponse:
        if not provider.sign_out_was_ours() or "person" in session:
            return redirect("/", 303)
        return render_template("signed_out.html")

    @routes.post("/backchannel-logout")
    def backchannel_logout() -> Response:
        """End the visits the provider names, in whatever browser (Back-Channel Logout 1.0 §2.5–2.8)."""
        try:
            departure = verify(
                request.form.get("logout_token", ""), keys, settings.issuer, settings.client_id, seen
            )
        except LogoutTokenRefused as refused:
            answer = jsonify(
                error="invalid_request", error_description=f"logout token refused: {refused.reason}"
            )
            answer.status_code = 400
        else:
            answer = jsonify(ended=visits.end(departure.sid, departure.sub))
        answer.headers["Cache-Control"] = "no-store"
        return answer

    return routes


def current_visit() -> Visit:
    visit = session._get_current_object()  # type: ignore[attr-defined]  # Flask's session is a proxy
    assert isinstance(visit, Visit)
    return visit
