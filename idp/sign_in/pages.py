"""The blueprints of this package, and putting them into an application."""

from flask import Flask

from idp.sign_in import (
    certificate,
    first_app,
    new_password,
    passkey,
    password,
    qr,
    recovery_code,
    second_factor,
    sms,
    staff,
    totp,
)

BLUEPRINTS = (
    password.bp,
    staff.bp,
    first_app.bp,
    new_password.bp,
    second_factor.bp,
    passkey.bp,
    totp.bp,
    recovery_code.bp,
    qr.bp,
    sms.bp,
    certificate.bp,
)


def install(app: Flask) -> None:
    """Add the page of every way."""
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
