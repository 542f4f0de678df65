"""The pages of the register, and the routes that SAML needs.

A browser brings the provider's answer by a form from another site, and sends no SameSite cookie along.
So the answer waits under a one-time name, and the browser fetches it by a link of this site, with the cookie
that says it is the one that asked.
"""

import hmac
import secrets
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import requests
from flask import Flask, Response, redirect, render_template, request, session
from werkzeug.wrappers import Response as AnyResponse

from examples.estate_registry import saml
from examples.estate_registry.saml import Doubtful, Own, Provider
from examples.estate_registry.words import WORDS
from examples.relying_party.levels import identity_level_of
from examples.relying_party.on_behalf import as_told, nested
from examples.relying_party.plain import open_plain
from examples.relying_party.visits import Visits, current_visit

MOST = 10_000
TITLES = ("沈河区青年大街 12 号 3-1-402", "浑南区创新路 8 号 17-2-1101")
COMPANY_TITLES = ("铁西区建设东路 66 号厂房",)


def create_app(own: Own, provider: Callable[[], Provider], issuer: str) -> Flask:
    app = open_plain(__name__, WORDS, issuer)
    visits = Visits(f"estate_{own.url.rpartition(':')[2]}", secure=own.url.startswith("https://"))
    app.session_interface = visits
    show_titles(app)
    let_in(app, own, provider, visits)
    let_out(app, own, provider, visits)
    explain_refusals(app)
    return app


def show_titles(app: Flask) -> None:
    @app.get("/")
    def home() -> str:
        person = session.get("person")
        return render_template(
            "home.html",
            titles=TITLES,
            company_titles=COMPANY_TITLES,
            told=as_told(person),
            level=identity_level_of(person["acr"]) if person else None,
        )


def let_in(app: Flask, own: Own, provider: Callable[[], Provider], visits: Visits) -> None:
    asked: OrderedDict[str, str] = OrderedDict()
    """Request id → the browser that asked."""
    answered: OrderedDict[str, tuple[str, dict[str, Any]]] = OrderedDict()
    """One-time name → the browser that asked, and whom the answer is about."""

    @app.get("/saml/metadata")
    def metadata() -> Response:
        return Response(own.metadata(), mimetype="application/samlmetadata+xml")

    @app.get("/sign-in")
    def sign_in() -> AnyResponse:
        session["browser"] = session.get("browser") or secrets.token_urlsafe(16)
        request_id, address = saml.sign_in(own, provider())
        keep(asked, request_id, session["browser"])
        return redirect(address, 303)

    @app.post("/saml/acs")
    def answer() -> AnyResponse:
        request_id, person = saml.person_in(own, provider(), request.form.get("SAMLResponse", ""), asked)
        name = secrets.token_urlsafe(16)
        keep(answered, name, (asked.pop(request_id), person))
        return redirect(f"/enter?name={name}", 303)

    @app.get("/enter")
    def enter() -> AnyResponse:
        browser, person = answered.pop(request.args.get("name", ""), ("", {}))
        if not browser or not hmac.compare_digest(browser, session.get("browser", "")):
            raise Doubtful("another browser")
        visits.renew(current_visit())
        session["person"], session["form_token"] = nested(person), secrets.token_urlsafe(16)
        return redirect("/", 303)


def let_out(app: Flask, own: Own, provider: Callable[[], Provider], visits: Visits) -> None:
    @app.post("/sign-out")
    def sign_out() -> AnyResponse:
        person, token = session.get("person"), session.get("form_token", "")
        sent = request.form.get("form_token", "")
        if person is None or not hmac.compare_digest(token.encode(), sent.encode()):
            return redirect("/", 303)
        visits.end(person["sid"], person["sub"])
        return redirect(saml.sign_out(own, provider(), person), 303)

    @app.get("/saml/slo")
    def signed_out() -> AnyResponse:
        return redirect("/", 303)

    @app.post("/saml/soap")
    def hear() -> Response:
        request_id, sub, sid = saml.signed_out_by(provider(), request.get_data(), f"{own.url}/saml/soap")
        visits.end(sid, sub)
        return Response(saml.heard(own, request_id), mimetype="text/xml")


def explain_refusals(app: Flask) -> None:
    @app.errorhandler(Doubtful)
    def refuse(doubt: Doubtful) -> tuple[str, int]:
        app.logger.warning("refused: %s", doubt)
        return render_template("refused.html", reason="not_ours"), 400

    @app.errorhandler(requests.RequestException)
    def unreachable(fault: requests.RequestException) -> tuple[str, int]:
        app.logger.warning("provider cannot be reached: %s", type(fault).__name__)
        return render_template("refused.html", reason="provider_down"), 503


def keep(waiting: "OrderedDict[str, Any]", name: str, value: Any) -> None:
    """Keep what waits, but no more than there can honestly be."""
    waiting[name] = value
    while len(waiting) > MOST:
        waiting.popitem(last=False)
