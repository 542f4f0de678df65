"""The registry's own pages: no sign-in, no session, no cookie; who comes is what the proxy says."""

from urllib.parse import unquote

from flask import Flask, render_template, request
from werkzeug.wrappers import Response

from examples.property.words import WORDS
from examples.relying_party.language import COOKIE, HTML_LANG, language_of, speaker


def create_site() -> Flask:
    app = Flask(__name__)

    @app.context_processor
    def words() -> dict[str, object]:
        language = language_of(request)
        other = "en" if language == "zh" else "zh"
        return {"say": speaker(WORDS, language), "html_lang": HTML_LANG[language], "other_language": other}

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
        return render_template("record.html", person=told(), number=number)

    return app


def told() -> dict[str, str]:
    """Who comes, by the headers that the proxy sets and nobody else can."""
    names = {
        "sub": "Subject",
        "name": "Name",
        "acr": "Acr",
        "actor": "Actor-Name",
        "organisation": "Organisation-Name",
    }
    return {key: unquote(request.headers.get(f"X-Yitong-{name}", "")) for key, name in names.items()}
