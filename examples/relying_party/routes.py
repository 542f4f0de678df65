"""The six addresses by which a portal and its provider hand people to each other."""

import hmac
import secrets
from dataclasses import dataclass, field

from flask import Blueprint, Response, abort, jsonify, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response as AnyResponse

from examples.relying_party import step_up
from examples.relying_party.language import UI_LOCALES, language_of
from examples.relying_party.levels import identity_level
from examples.relying_party.logout_tokens import LogoutTokenRefused, SeenTokens, verify
from examples.relying_party.provider import Provider, SignedIn
from examples.relying_party.settings import PortalSettings
from examples.relying_party.signing_keys import SigningKeys
from examples.relying_party.troubles import Reason, Trouble
from examples.relying_party.visits import Visits, current_visit

STAYS = frozenset({Reason.DECLINED, Reason.LEVEL_TOO_LOW, Reason.ONE_WAY_ONLY})
"""After these a form that waits is shown as it was."""


@dataclass(frozen=True)
class Entrance:
    """The way in and the way out of a portal."""

    provider: Provider
    settings: PortalSettings
    visits: Visits
    keys: SigningKeys
    landing: str
    """The endpoint people reach after signing in."""
    minimum_ial: int
    seen: SeenTokens = field(default_factory=SeenTokens)

    def routes(self) -> Blueprint:
        """Make the blueprint."""
        routes = Blueprint("entrance", __name__, template_folder="templates")
        for path, view in {
            "/sign-in": self.sign_in,
            "/register": self.register,
            "/callback": self.callback,
            "/signed-out": self.signed_out,
        }.items():
            routes.get(path)(view)
        routes.post("/sign-out")(self.sign_out)
        routes.post("/backchannel-logout")(self.backchannel_logout)
        return routes

    def sign_in(self) -> AnyResponse:
        """Send the person to the provider, unless they are here already."""
        if "person" in session:
            return redirect(url_for(self.landing), 303)
        return self.provider.send_to_sign_in(UI_LOCALES[language_of(request)])

    def register(self) -> AnyResponse:
        """Ask for a new registration (Initiating User Registration 1.0); the person comes back signed in."""
        return self.provider.send_to_sign_in(UI_LOCALES[language_of(request)], prompt="create")

    def callback(self) -> AnyResponse:
        """Take the provider's answer, look at the level, and let the person in."""
        try:
            arrived = self.provider.finish_sign_in()
        except Trouble as trouble:
            return self.not_arrived(trouble)
        if identity_level(arrived.person) < self.minimum_ial:  # acr_values is a wish: look at the answer
            raise Trouble(Reason.LEVEL_TOO_LOW)
        wanted = session.get("back_to") or url_for(self.landing)  # a path this portal put there itself
        held = step_up.held() if session.get("person", {}).get("sub") == arrived.person["sub"] else None
        self.visits.renew(current_visit())
        remember(arrived)
        if held is not None:  # a form belongs to whoever filled it in
            step_up.hold(held)
            return redirect(held.path, 303)
        return redirect(wanted, 303)

    def not_arrived(self, trouble: Trouble) -> AnyResponse:
        """Explain it; whoever was in already stays in, and a form that waits is shown as it was."""
        session.pop("back_to", None)
        if "person" in session:
            held = step_up.held()
            if held is not None and trouble.reason in STAYS:
                return redirect(held.path, 303)
            if trouble.reason is Reason.NOT_OURS:  # signed in already: they went back in their browser
                return redirect(url_for(self.landing), 303)
        raise trouble

    def sign_out(self) -> AnyResponse:
        """Leave this portal first, then the sign-in itself."""
        sent, kept = request.form.get("form_token", ""), session.get("form_token", "")
        if not hmac.compare_digest(sent.encode(), kept.encode()):
            abort(400)
        id_token = session.get("tokens", {}).get("id_token")
        self.visits.renew(current_visit())
        if id_token is None:
            return redirect("/", 303)
        return self.provider.send_to_sign_out(id_token, UI_LOCALES[language_of(request)])

    def signed_out(self) -> str | AnyResponse:
        """Say that it is over, to the browser it is over for."""
        if not self.provider.sign_out_was_ours() or "person" in session:
            return redirect("/", 303)
        return render_template("signed_out.html")

    def backchannel_logout(self) -> Response:
        """End the visits the provider names, in whatever browser (Back-Channel Logout 1.0 §2.5–2.8)."""
        token, us = request.form.get("logout_token", ""), self.settings
        try:
            departure = verify(token, self.keys, us.issuer, us.client_id, self.seen)
        except LogoutTokenRefused as refused:
            description = f"logout token refused: {refused.reason}"
            answer = jsonify(error="invalid_request", error_description=description)
            answer.status_code = 400
        else:
            answer = jsonify(ended=self.visits.end(departure.sid, departure.sub))
        answer.headers["Cache-Control"] = "no-store"
        return answer


def remember(arrived: SignedIn) -> None:
    """Keep who came, their tokens, and a token for the forms of this visit."""
    session["person"] = arrived.person
    session["tokens"] = arrived.tokens
    session["form_token"] = secrets.token_urlsafe(24)
