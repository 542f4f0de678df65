"""The registry's own pages: no sign-in, no session, no cookie; who comes is what the proxy says."""

from typing import Any
from urllib.parse import unquote

from flask import Flask, render_template, request

from examples.property.words import WORDS
from examples.relying_party.levels import identity_level_of
from examples.relying_party.on_behalf import as_told, on_behalf
from examples.relying_party.plain import open_plain


def create_site() -> Flask:
    app = open_plain(__name__, WORDS)

    @app.get("/")
    @app.get("/certificates/<number>")
    def record(number: str = "") -> str:
        """One's own land and houses; a certificate asks for two factors, which the proxy sees to."""
        person = told()
        return render_template(
            "record.html",
            person=person,
            acting=on_behalf(person),
            told=as_told(person),
            level=identity_level_of(person["acr"]),
            number=number,
        )

    return app


def told() -> dict[str, Any]:
    """Who comes, by the headers that the proxy sets and nobody else can, in the shape of the claims."""
    person = {"sub": header("Subject"), "name": header("Name"), "acr": header("Acr")}
    if not header("Organisation"):
        return person
    actor = {"sub": "Actor", "name": "Actor-Name", "role": "Role", "mandate": "Mandate"}
    organisation = {"code": "Organisation", "name": "Organisation-Name"}
    return person | {
        "organisation": {name: header(one) for name, one in organisation.items()},
        "act": {name: header(one) for name, one in actor.items()},
    }


def header(name: str) -> str:
    """One of them as text; beyond ASCII it travels percent-encoded."""
    return unquote(request.headers.get(f"X-Yitong-{name}", ""))
