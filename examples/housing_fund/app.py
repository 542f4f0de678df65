"""The pages of the housing fund: what it is, and one's own account as the fund's API tells it."""

from decimal import Decimal

from flask import Flask, redirect, render_template, session
from werkzeug.wrappers import Response

from examples.housing_fund.access_tokens import Gate
from examples.housing_fund.api import api_routes
from examples.housing_fund.words import WORDS
from examples.relying_party.portal import Wishes, open_portal
from examples.relying_party.settings import PortalSettings
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
            return redirect("/sign-in", 303)
        answer = portal.provider.call(f"{settings.base_url}/api/balance")
        if answer.status_code in (401, 403):
            raise from_refusal(answer.json()["error"])
        answer.raise_for_status()
        return render_template("account.html", fund=answer.json())

    return app


def from_refusal(error: str) -> Trouble:
    """Explain what the API answered: the level fell (RFC 9470), or the token is worth nothing now."""
    if error == "insufficient_user_authentication":
        return Trouble(Reason.LEVEL_TOO_LOW, error)
    return Trouble(Reason.ENDED, error)


def yuan(amount: str) -> str:
    return f"¥ {Decimal(amount):,.2f}"
