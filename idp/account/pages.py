"""The blueprints of this package, and putting them into an application."""

from flask import Flask

from idp.account import (
    activity,
    child,
    closing,
    consents,
    devices,
    export,
    family,
    home,
    levels,
    new_password,
    not_me,
    notices,
    phone,
    preferences,
    profile,
    qr,
    real_person,
    recovery,
    recovery_without_phone,
    renaming,
    security,
    sign_in,
    sign_up,
    slip,
    staff,
    staff_passkeys,
    staff_window,
    stay,
    verify,
    window,
)
from idp.account.enterprises import (
    answering,
    changing,
    handover,
    inviting,
    listing,
    mandate,
    organisation,
    past,
    picture,
)
from idp.account.methods import certificate, overview, passkeys, recovery_codes, totp
from idp.web import signed_in

BLUEPRINTS = (
    sign_in.bp,
    sign_up.bp,
    recovery.bp,
    recovery_without_phone.bp,
    home.bp,
    levels.bp,
    profile.bp,
    phone.bp,
    export.bp,
    preferences.bp,
    family.bp,
    child.bp,
    renaming.bp,
    security.bp,
    devices.bp,
    new_password.bp,
    not_me.bp,
    consents.bp,
    activity.bp,
    notices.bp,
    verify.bp,
    real_person.bp,
    window.bp,
    slip.bp,
    overview.bp,
    passkeys.bp,
    totp.bp,
    certificate.bp,
    recovery_codes.bp,
    qr.bp,
    closing.bp,
    listing.bp,
    inviting.bp,
    answering.bp,
    organisation.bp,
    mandate.bp,
    changing.bp,
    handover.bp,
    past.bp,
    picture.bp,
    staff.bp,
    stay.bp,
    staff_passkeys.bp,
    staff_window.bp,
)


def install(app: Flask) -> None:
    """Add every page; needs `desk` (`desk.create_desk`) and `drafts` in `Services.extras`."""
    signed_in.install(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
