"""The console as a Flask application: its rooms, and what all of them share."""

from flask import Flask

from admin_ui import access, appointing, explaining, finding, home, organisations, own_password, reading
from idp.services import Services
from idp.web import errors, forms, languages, logs, pages
from idp.web.pages import Site

BLUEPRINTS = (home.bp, own_password.bp, finding.bp, organisations.bp, explaining.bp, appointing.bp, reading.bp)


def create_console(services: Services) -> Flask:
    """The pages below `/admin`; raises LookupError if one of them could be opened by anybody."""
    app = Flask("admin_ui", static_folder=None)
    app.extensions["yitong"] = services
    settings = services.settings
    platform = {languages.CHINESE: f"{settings.name}管理后台", "en": f"{settings.name_en}: console"}
    pages.install(app, Site(platform=platform))
    errors.install(app, home_url=access.HOME)
    logs.install(app)
    forms.install(app)
    access.install(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    access.insist(app)
    return app
