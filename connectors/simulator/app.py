"""The simulator as one WSGI application: platform, certification authority, SMS inbox, control, a page."""

from collections.abc import Callable
from datetime import datetime, timedelta
from http import HTTPStatus

from flask import Flask, render_template, request
from flask.typing import ResponseReturnValue

from connectors.gateway import REFRESH_SECRET, REFRESH_SID
from connectors.population_base import CHINA
from connectors.simulator import authority as authorities
from connectors.simulator.authority import Authority
from connectors.simulator.ca_routes import CRL, OCSP, ca_routes
from connectors.simulator.cloud_sms_routes import cloud_sms_routes
from connectors.simulator.control_routes import control_routes
from connectors.simulator.credentials import PING, SANDBOX, Credentials
from connectors.simulator.exchange_routes import exchange_routes
from connectors.simulator.faults import FaultBoard
from connectors.simulator.likeness import Studio, likeness_pages
from connectors.simulator.offices import Offices
from connectors.simulator.platform import Platform, Refusal
from connectors.simulator.population import Population
from connectors.simulator.registered import Register, shown
from connectors.simulator.scene import Scene
from connectors.simulator.sms_routes import SMS, sms_routes
from idp import clock
from idp.safe_xml import Untrusted

LARGEST_BODY = 256 * 1024
SHOWN = 50


def create_app(
    population: Population,
    *,
    credentials: Credentials = SANDBOX,
    authority: Authority | None = None,
    now: Callable[[], datetime] = clock.now,
    secret_life: timedelta = timedelta(hours=1),
    slow_seconds: float = 20.0,
    trickle_seconds: float = 1.0,
) -> Flask:
    """The application; it keeps everything in memory, so it runs in one process."""
    register, named = Register(population), [PING, REFRESH_SID, SMS, CRL, OCSP]
    scene = Scene(
        population,
        credentials,
        Platform(credentials, now, secret_life),
        FaultBoard(population, [*credentials.sids.values(), *named], register.codes()),
        now,
        slow_seconds,
        trickle_seconds,
        authority or authorities.found(now=now),
        register,
    )
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY
    studio = Studio(population)
    app.register_blueprint(exchange_routes(scene, studio, Offices(register, credentials, now)))
    app.register_blueprint(likeness_pages(studio))
    for routes in (sms_routes, cloud_sms_routes, ca_routes, control_routes):
        app.register_blueprint(routes(scene))

    @app.get("/")
    def home() -> str:
        """What this is, the messages and the people, for a newcomer."""
        return render_template(
            "home.html",
            messages=scene.inbox.of()[:SHOWN],
            personas=population.personas,
            zone=CHINA,
            organisations=shown(register, register.all()),
        )

    @app.errorhandler(Refusal)
    def refused(refusal: Refusal) -> ResponseReturnValue:
        """The platform's own form of no; its refresh says it under status 200."""
        scene.calls.count("refused", refusal.code)
        status = HTTPStatus.OK if request.path == REFRESH_SECRET else refusal.status
        return {"code": refusal.code, "message": refusal.message}, status

    @app.errorhandler(Untrusted)
    def malformed(_: Untrusted) -> ResponseReturnValue:
        return {"code": "-1", "message": "报文格式错误"}, HTTPStatus.BAD_REQUEST

    return app
