"""The registry's own pages: no sign-in, no session, no cookie; who comes is what the proxy says."""

from typing import Any
from urllib.parse import unquote

from flask import Flask, render_template, request
from werkzeug.wrappers import Response

from examples.property.words import WORDS
from examples.relying_party.language import COOKIE, HTML_LANG, language_of, speaker
from examples.relying_party.levels import identity_level_of
from examples.relying_party.on_behalf import as_told, on_behalf


def create_site() -> Flask:
    app = Flask(__name__)

    @app.context_processor
    def words() -> dict[str, object]:
        language = language_of(request)
        return {
            "say": speaker(WORDS, language),
            "html_lang": HTML_LANG[language],
            "other_language": "en" if language == "zh" else "zh",
        }

    @app.after_request
    def remember(response: Response) -> Response:
        if "lang" in request.args:
            response.set_cookie(COOKIE, language_of(request), httponly=True, samesite="Lax")
        response.headers.setdefault("Cache-Control", "no-store")
        response.headers["Content-Security-Policy"] = "default-src 'self'; frame-ancestors 'none'"
        return response

    @app.get("/healthz")
    def healthz() -> str:
        return "ok"

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
