"""The pages of the city portal: the services, and what the portal knows of the person and from whom."""

from flask import Flask, redirect, render_template, request, session
from werkzeug.wrappers import Response

from examples.city_portal.business import Business
from examples.city_portal.business_words import BUSINESS_WORDS
from examples.city_portal.companies import of_the_company, of_the_person
from examples.city_portal.origins import explain
from examples.city_portal.services import SERVICES
from examples.city_portal.words import WORDS
from examples.relying_party.capacities import Capacities
from examples.relying_party.language import language_of
from examples.relying_party.mandates import Mandates
from examples.relying_party.on_behalf import as_told, joined
from examples.relying_party.portal import Wishes, open_portal
from examples.relying_party.settings import PortalSettings

WISHES = Wishes(scope="openid profile phone address", landing="home")


def create_app(settings: PortalSettings, housing_fund_url: str) -> Flask:
    portal = open_portal(__name__, "city_portal", settings, WISHES, WORDS | BUSINESS_WORDS)
    app = portal.app
    app.register_blueprint(Capacities(portal).routes())
    app.register_blueprint(Business(portal, Mandates(settings)).routes())

    @app.get("/")
    def home() -> str:
        return render_template("home.html", services=SERVICES, housing_fund_url=housing_fund_url)

    @app.get("/me")
    def me() -> str | Response:
        """Show every claim received, its meaning and its origin, as the provider states them now."""
        if "person" not in session:
            session["back_to"] = "/me"
            return redirect("/sign-in", 303)
        now = joined(session["person"], portal.provider.person_now())
        facts = explain(of_the_person(now), language_of(request))
        return render_template("me.html", facts=facts, company=of_the_company(now), told=as_told(now))

    return app
