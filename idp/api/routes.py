"""Every route of the API, for `wsgi.py` to hang in."""

from http import HTTPStatus

from flask import Flask
from werkzeug.wrappers import Response

from idp.api import (
    callers,
    certificates,
    description,
    mandates,
    old_users,
    own_mandates,
    passkeys,
    pictures,
    recoveries,
    registrations,
    sign_ins,
    subject_changes,
    verifications,
    window,
)
from idp.api.callers import Refused
from idp.web import errors

TOP = "/api/v1"
BLUEPRINTS = (
    window.bp,
    mandates.bp,
    own_mandates.bp,
    old_users.bp,
    subject_changes.bp,
    sign_ins.bp,
    passkeys.bp,
    pictures.bp,
    certificates.bp,
    registrations.bp,
    recoveries.bp,
    verifications.bp,
    description.bp,
)


def install(app: Flask) -> None:
    """Answer at `/api/v1`; whatever a view refuses, or cannot do, is told as a program reads it."""
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    app.register_error_handler(Refused, callers.problem)
    errors.answer_programs(app, TOP, _problem)


def _problem(status: int, reason: str) -> Response:
    """What no view has answered, such as an id that is none (RFC 9457)."""
    return callers.problem(Refused(HTTPStatus(status), reason))
