"""A plain application with visits, a way to the provider and pages for what may go wrong."""

from dataclasses import dataclass

import requests
from flask import Flask, render_template, session
from werkzeug.exceptions import NotFound

from examples.relying_party.language import Words
from examples.relying_party.levels import acr_for
from examples.relying_party.plain import open_plain
from examples.relying_party.provider import Provider
from examples.relying_party.routes import Entrance
from examples.relying_party.settings import PortalSettings
from examples.relying_party.signing_keys import SigningKeys, published_by
from examples.relying_party.troubles import STATUS, Reason, Trouble
from examples.relying_party.visits import Visits


@dataclass(frozen=True)
class Wishes:
    """What this portal asks of the provider."""

    scope: str
    landing: str
    minimum_ial: int = 1

    @property
    def acr_values(self) -> str:
        return acr_for(self.minimum_ial) if self.minimum_ial > 1 else ""


@dataclass(frozen=True)
class Portal:
    """The application, to which the portal's own pages are added, and its way to the provider."""

    app: Flask
    provider: Provider
    settings: PortalSettings
    visits: Visits
    keys: SigningKeys


def open_portal(
    import_name: str, cookie: str, settings: PortalSettings, wishes: Wishes, words: Words
) -> Portal:
    """Put the entrance, the sessions and the language together."""
    app = open_plain(import_name, words, settings.issuer)
    visits = Visits(f"{cookie}_{settings.port}", secure=settings.base_url.startswith("https://"))
    app.session_interface = visits
    provider = Provider(app, settings, wishes.scope, wishes.acr_values)
    keys = SigningKeys(lambda: published_by(settings.issuer))
    app.register_blueprint(
        Entrance(provider, settings, visits, keys, wishes.landing, wishes.minimum_ial).routes()
    )
    explain_troubles(app)
    return Portal(app, provider, settings, visits, keys)


def explain_troubles(app: Flask) -> None:
    @app.errorhandler(Trouble)
    def show_trouble(trouble: Trouble) -> tuple[str, int]:
        if trouble.reason in (Reason.ENDED, Reason.LEVEL_TOO_LOW):
            session.clear()  # what was believed of the person no longer holds
        page = render_template("trouble.html", reason=trouble.reason.value, code=trouble.code)
        return page, STATUS[trouble.reason]

    @app.errorhandler(requests.RequestException)
    def provider_is_silent(error: requests.RequestException) -> tuple[str, int]:
        app.logger.warning("provider cannot be reached: %s", type(error).__name__)
        return show_trouble(Trouble(Reason.PROVIDER_DOWN))

    @app.errorhandler(NotFound)
    def no_such_page(_error: NotFound) -> tuple[str, int]:
        return show_trouble(Trouble(Reason.NOT_FOUND))
