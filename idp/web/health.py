"""`/healthz`: this process answers. `/readyz`: it can serve, or why not."""

import json
from collections.abc import Callable, Iterable
from typing import Any

from sqlalchemy import text

from idp.services import Services
from idp.storage.database import DatabaseUnavailable
from idp.storage.state import StateUnavailable


def create_health(services: Services) -> Callable[[dict[str, Any], Any], Iterable[bytes]]:
    """The two routes as a WSGI application."""

    def health(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        causes = [] if environ["PATH_INFO"] == "/healthz" else list(_causes(services))
        body = json.dumps({"ok": not causes, "causes": causes}).encode()
        headers = [
            ("Content-Type", "application/json"),
            ("Content-Length", str(len(body))),
            ("Cache-Control", "no-store"),
        ]
        start_response("503 Service Unavailable" if causes else "200 OK", headers)
        return [body]

    return health


def _causes(services: Services) -> Iterable[str]:
    try:
        with services.database.reading() as db:
            db.execute(text("select 1"))
    except DatabaseUnavailable:
        yield "database"
    try:
        services.state.epoch()
    except StateUnavailable:
        yield "state store"
    try:
        services.keyring.signing("ES256")
    except (LookupError, DatabaseUnavailable):
        yield "signing key"
