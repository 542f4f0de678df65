"""The pages of the housing fund: what it is, and one's own account as the fund's API tells it."""

import hmac
from decimal import Decimal

from flask import Flask, redirect, render_template, request, session
from werkzeug.wrappers import Response

from examples.housing_fund.access_tokens import Gate
from examples.housing_fund.api import api_routes
from examples.housing_fund.words import WORDS
from examples.relying_party import step_up
from examples.relying_party.language import UI_LOCALES, language_of
from examples.relying_party.portal import Wishes, open_portal
from examples.relying_party.settings import PortalSettings
from examples.relying_party.step_up import Held
from examples.relying_party.troubles import Reason, Trouble

MINIMUM_IAL = 3
WISHES = Wishes(scope="openid profile", landing="account", minimum_ial=MINIMUM_IAL)


def create_app(settings: PortalSettings, audience: str, city_portal_url: str) -> Flask:
    portal = open_portal(__name__, "housing_fund", settings, WISHES, WORDS)
    app = portal.app
    gate = Gate(settings.issuer, audience, scope="profile", minimum_ial=MINIMUM_IAL, keys=portal.keys)
    app.register_blueprint(api_routes(gate))
    app.jinja_env.filters["yuan"] = yuan
    app.jinja_env.globals["city_portal_url"] = city_portal_url

    @app.get("/")
    def home() -> str:
        return render_template("home.html")

    @app.get("/account")
    def account() -> str | Response:
        """Let in without a page whoever is signed in at the provider already, and show the account."""
        if "person" not in session:
            session.pop("back_to", None)
            return redirect("/sign-in", 303)
        answer = portal.provider.call(f"{settings.base_url}/api/balance")
        if answer.status_code in (401, 403):
            raise from_refusal(answer.json()["error"])
        answer.raise_for_status()
        return render_template("account.html", fund=answer.json())

    @app.get("/withdraw")
    def ask_for_withdrawal() -> str | Response:
        """The application form, with what was typed before somebody had to prove more."""
        if "person" not in session:
            session["back_to"] = "/withdraw"
            return redirect("/sign-in", 303)
        return render_template("withdraw.html", form=step_up.take("/withdraw"))

    @app.post("/withdraw")
    def withdraw() -> str | Response:
        """Send the application to the fund's API; where it asks for a stronger sign-in, the form waits."""
        if not form_is_ours():
            return redirect("/withdraw", 303)
        typed = {name: request.form.get(name, "")[:200] for name in ("amount", "purpose", "note")}
        answer = portal.provider.call(f"{settings.base_url}/api/withdrawals", posted=typed)
        asked = step_up.asked_by(answer)
        if asked:
            step_up.hold(Held("/withdraw", typed))
            return portal.provider.send_to_sign_in(UI_LOCALES[language_of(request)], **asked)
        if answer.status_code in (401, 403):
            raise from_refusal(answer.json()["error"])
        answer.raise_for_status()
        return render_template("withdrawn.html", application=answer.json(), typed=typed)

    return app


def form_is_ours() -> bool:
    """Whether the posted form was shown in this visit."""
    sent, kept = request.form.get("form_token", ""), session.get("form_token", "")
    return bool(kept) and hmac.compare_digest(sent.encode(), kept.encode())


def from_refusal(error: str) -> Trouble:
    """Explain what the API answered: the level fell (RFC 9470), or the token is worth nothing now."""
    if error == "insufficient_user_authentication":
        return Trouble(Reason.LEVEL_TOO_LOW, error)
    return Trouble(Reason.ENDED, error)


def yuan(amount: str) -> str:
    return f"¥ {Decimal(amount):,.2f}"
