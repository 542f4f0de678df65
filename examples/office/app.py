"""The pages of a department's system: what lies on the desk, and acting on it once proven well enough."""

import hmac

from flask import Flask, abort, redirect, render_template, request, session
from werkzeug.wrappers import Response

from examples.office.words import words_of
from examples.office.work import System
from examples.relying_party import step_up
from examples.relying_party.language import UI_LOCALES, language_of
from examples.relying_party.levels import acr_for, authentication_level
from examples.relying_party.portal import Wishes, open_portal
from examples.relying_party.settings import PortalSettings
from examples.relying_party.step_up import Held
from examples.relying_party.troubles import Reason, Trouble

WISHES = Wishes(scope="openid profile staff", landing="desk")
STAFF = "staff"
LONGEST_NOTE = 200


def create_app(settings: PortalSettings, system: System, other_url: str) -> Flask:
    portal = open_portal(__name__, f"office_{system.key}", settings, WISHES, words_of(system.key))
    app = portal.app
    app.jinja_env.globals.update(system=system, other_url=other_url)
    acted: dict[str, str] = {}

    @app.get("/")
    def home() -> str:
        return render_template("home.html")

    @app.get("/desk")
    def desk() -> str | Response:
        """Let in without a page whoever is signed in at the provider already, and show what lies here."""
        return clerk() or render_template("desk.html", acted=acted)

    @app.get("/files/<number>")
    def file(number: str) -> str | Response:
        """One file, with what was typed before somebody had to prove more."""
        if number not in system.files:
            abort(404)
        return clerk() or render_template("file.html", number=number, form=step_up.take(request.path))

    @app.post("/files/<number>")
    def act(number: str) -> str | Response:
        """Act on it; where this sign-in is too weak for that, the form waits until more was proven."""
        if number not in system.files or not form_is_ours():
            return redirect("/desk", 303)
        if authentication_level(session["person"]) < system.least_aal:
            step_up.hold(Held(request.path, {"note": request.form.get("note", "")[:LONGEST_NOTE]}))
            wanted = acr_for(1, system.least_aal)
            return portal.provider.send_to_sign_in(UI_LOCALES[language_of(request)], acr_values=wanted)
        acted[number] = session["person"].get("name", "")
        return redirect("/desk", 303)

    return app


def clerk() -> Response | None:
    """The way to the sign-in for who has not been there; a citizen has no business here."""
    if "person" not in session:
        session["back_to"] = request.path
        return redirect("/sign-in", 303)
    if session["person"].get("realm") != STAFF:
        raise Trouble(Reason.REFUSED)
    return None


def form_is_ours() -> bool:
    """Whether the posted form was shown in this visit."""
    sent, kept = request.form.get("form_token", ""), session.get("form_token", "")
    return bool(kept) and hmac.compare_digest(sent.encode(), kept.encode())
