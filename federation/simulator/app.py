"""The simulated province as one WSGI application: a login page, control, and a blueprint a dialect."""

from collections.abc import Callable, Iterable
from datetime import datetime
from http import HTTPStatus
from pathlib import Path

from flask import Blueprint, Flask, abort, redirect, render_template, request
from flask.typing import ResponseReturnValue

from federation.simulator import (
    cas_routes,
    guangdong_routes,
    liaoning_routes,
    national_routes,
    oidc_routes,
    saml_routes,
    shaanxi_routes,
    zhejiang_routes,
)
from federation.simulator.faults import UnknownOrder
from federation.simulator.people import People, as_shown, invented, shown
from federation.simulator.province import COOKIE, SANDBOX, Application, Province, Seat
from idp import clock

LARGEST_BODY = 256 * 1024
DIALECTS: tuple[Callable[[Province], Blueprint], ...] = (
    oidc_routes.routes,
    shaanxi_routes.routes,
    liaoning_routes.routes,
    guangdong_routes.routes,
    zhejiang_routes.routes,
    national_routes.routes,
    cas_routes.routes,
    saml_routes.routes,
)
"""What the province speaks; another one is another line."""
HELP = (
    "fault: a name of `faults`, none or clear; step: empty for any, else dialect.step; times: 1 or more, -1"
)


def create_app(
    people: People | None = None,
    *,
    applications: Iterable[Application] = (SANDBOX,),
    now: Callable[[], datetime] = clock.now,
    slow_seconds: float = 20.0,
    trickle_seconds: float = 1.0,
    folder: Path | None = None,
) -> Flask:
    """
    The application; it keeps everything in memory, so it runs in one process.

    In the `folder` it keeps the key by which cities know its SAML; without one it has another at each start.
    """
    known = {application.id: application for application in applications}
    province = Province(people or invented(), now, known, slow_seconds, trickle_seconds, folder=folder)
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY
    app.extensions["province"] = province
    for routes in (_pages, _control, *DIALECTS):
        app.register_blueprint(routes(province))
    return app


def _pages(province: Province) -> Blueprint:
    pages = Blueprint("pages", __name__)

    @pages.get("/")
    def home() -> str:
        """What this is and who can be played."""
        return render_template("province/home.html", people=province.people.all, seat=province.seat())

    @pages.get("/login")
    def login() -> str:
        """Choose whom to be; there are no passwords at this province."""
        onward = request.args.get("next", "/")
        return render_template("province/login.html", people=province.people.all, onward=onward)

    @pages.post("/login")
    def sign_in() -> ResponseReturnValue:
        """Be somebody (``key``), and go on to ``next`` here."""
        citizen, onward = province.people.find(request.form.get("key", "")), request.form.get("next", "/")
        if citizen is None or not onward.startswith("/") or onward.startswith(("//", "/\\")):
            abort(HTTPStatus.BAD_REQUEST)
        response = redirect(onward, HTTPStatus.SEE_OTHER)
        name = province.seats.put(Seat(citizen, province.now() - province.age))
        response.set_cookie(COOKIE, name, httponly=True, samesite="Lax")
        return response

    return pages


def _control(province: Province) -> Blueprint:
    control = Blueprint("control", __name__, url_prefix="/control")

    @control.post("")
    def order() -> ResponseReturnValue:
        """Put a fault in force: ``{"fault","step","times"}``."""
        posted = request.get_json(force=True, silent=True)
        posted = posted if isinstance(posted, dict) else {}
        fault, step, times = posted.get("fault"), posted.get("step") or "", posted.get("times", 1)
        try:
            if not isinstance(fault, str) or not isinstance(step, str) or type(times) is not int:
                raise UnknownOrder("shape")
            province.board.order(fault, step, times)
        except UnknownOrder:
            return {"error": HELP, "faults": province.board.state()["faults"]}, HTTPStatus.BAD_REQUEST
        return province.board.state()

    @control.get("")
    def state() -> ResponseReturnValue:
        """The faults in force, those met, and how often each step was asked."""
        return {**province.board.state(), "calls": dict(province.calls)}

    @control.post("/people")
    def add() -> ResponseReturnValue:
        """Somebody more, in the form in which they are listed."""
        posted = request.get_json(force=True, silent=True)
        try:
            province.people.add(as_shown(posted if isinstance(posted, dict) else {}))
        except (KeyError, TypeError, ValueError):
            return {
                "error": "give key, case, name, kind and number as GET shows them"
            }, HTTPStatus.BAD_REQUEST
        return "", HTTPStatus.NO_CONTENT

    @control.get("/people")
    def people() -> ResponseReturnValue:
        """Everybody who can be played."""
        return [{**shown(citizen), "subject": citizen.subject} for citizen in province.people.all]

    return control
