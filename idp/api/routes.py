"""Every route of the API, for `wsgi.py` to hang in."""

from flask import Flask

from idp.api import (
    description,
    mandates,
    old_users,
    own_mandates,
    registrations,
    sign_ins,
    verifications,
    window,
)

BLUEPRINTS = (
    window.bp,
    mandates.bp,
    own_mandates.bp,
    old_users.bp,
    sign_ins.bp,
    registrations.bp,
    verifications.bp,
    description.bp,
)


def install(app: Flask) -> None:
    """Answer at `/api/v1`."""
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
