"""The console as a Flask application: its rooms, and what all of them share."""

from io import BytesIO
from typing import IO, Any

from flask import Flask, Request

from admin_ui import (
    access,
    appointing,
    claims,
    counter,
    enrolling,
    explaining,
    finding,
    home,
    imports,
    link_drafts,
    links,
    merge_drafts,
    merges,
    organisations,
    own_password,
    reading,
    registering,
    revealing,
    reviewing,
    splits,
    upstream_links,
    upstreams,
)
from idp.services import Services
from idp.web import errors, forms, languages, logs, pages
from idp.web.pages import Site

BLUEPRINTS = (
    home.bp,
    own_password.bp,
    finding.bp,
    organisations.bp,
    explaining.bp,
    links.bp,
    revealing.bp,
    link_drafts.bp,
    merges.bp,
    merge_drafts.bp,
    splits.bp,
    upstreams.bp,
    upstream_links.bp,
    imports.bp,
    claims.bp,
    reviewing.bp,
    registering.bp,
    counter.bp,
    enrolling.bp,
    appointing.bp,
    reading.bp,
)


class InMemory(Request):
    """A request whose files never lie on the disk: they are papers that somebody seals."""

    def _get_file_stream(self, *_about: Any, **_more: Any) -> IO[bytes]:
        return BytesIO()


def create_console(services: Services) -> Flask:
    """The pages below `/admin`; raises LookupError if one of them could be opened by anybody."""
    app = Flask("admin_ui", static_folder=None)
    app.request_class = InMemory
    app.extensions["yitong"] = services
    settings = services.settings
    platform = {languages.CHINESE: f"{settings.name}管理后台", "en": f"{settings.name_en}: console"}
    pages.install(app, Site(platform=platform))
    errors.install(app, home_url=access.HOME)
    logs.install(app)
    forms.install(app)
    access.install(app)
    app.jinja_env.filters["as_listed"] = reading.as_listed
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    access.insist(app)
    return app
