"""The pages of the pension bureau's system: a start page for everybody, and one's own pension."""

from flask import Flask, redirect, render_template, request, session
from werkzeug.wrappers import Response

from examples.pension.cas_client import CasClient, Unreachable, ticket_of
from examples.pension.words import WORDS
from examples.relying_party.language import UI_LOCALES, language_of
from examples.relying_party.levels import identity_level_of
from examples.relying_party.on_behalf import as_told, nested
from examples.relying_party.plain import open_plain
from examples.relying_party.visits import Visits, current_visit


def create_app(server: str, base_url: str) -> Flask:
    app = open_plain(__name__, WORDS)
    visits = Visits("pension", secure=base_url.startswith("https:"))
    app.session_interface = visits
    cas = CasClient(server, f"{base_url}/mine")

    @app.get("/")
    def home() -> str:
        return render_template("home.html")

    @app.get("/mine")
    def mine() -> str | Response | tuple[str, int]:
        """One's own pension: whoever is not known here is sent to sign in, and comes back with a ticket."""
        if ticket := request.args.get("ticket"):
            return enter(ticket)
        if "person" not in session:
            return redirect(cas.login_url(UI_LOCALES[language_of(request)]), 303)
        person = session["person"]
        level = identity_level_of(person["acr"])
        return render_template("mine.html", told=as_told(person), level=level)

    def enter(ticket: str) -> Response | tuple[str, int]:
        try:
            found = cas.validate(ticket)
        except Unreachable:
            return render_template("home.html", trouble="unreachable"), 503
        if found is None:
            return redirect("/", 303)
        visits.renew(current_visit())
        session["person"] = {**nested(found["attributes"]), "sub": found["user"], "sid": ticket}
        return redirect("/mine", 303)

    @app.post("/mine")
    def over() -> tuple[str, int]:
        """The provider says that a session is over (single logout)."""
        ticket = ticket_of(request.form.get("logoutRequest", ""))
        if ticket is not None:
            visits.end(sid=ticket, sub=None)
        return "", 200

    @app.get("/sign-out")
    def sign_out() -> Response:
        """Out of everything: the provider asks, and tells everybody."""
        return redirect(cas.logout_url(), 303)

    return app
