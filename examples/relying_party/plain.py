"""A Flask application in two languages with safe headers, for systems that speak whatever protocol."""

from typing import Any

from flask import Blueprint, Flask, Response, request, session

from examples.relying_party.language import COOKIE, HTML_LANG, Words, language_of, speaker
from examples.relying_party.on_behalf import on_behalf
from examples.relying_party.words import ACTING, WORDS


def open_plain(import_name: str, words: Words, provider: str = "") -> Flask:
    """The application with one plain look, to which its own pages are added.

    `provider` is where a form of it may lead.
    """
    app = Flask(import_name)
    app.register_blueprint(
        Blueprint("plain", __name__, "static", static_url_path="/plain", template_folder="templates")
    )
    speak_both_languages(app, WORDS | ACTING | dict(words))
    protect_pages(app, provider)
    app.add_url_rule("/healthz", view_func=lambda: Response("ok\n", mimetype="text/plain"))
    return app


def speak_both_languages(app: Flask, words: Words) -> None:
    @app.context_processor
    def words_for_pages() -> dict[str, Any]:
        language = language_of(request)
        return {
            "say": speaker(words, language),
            "language": language,
            "html_lang": HTML_LANG[language],
            "other_language": "zh" if language == "en" else "en",
            "person": session.get("person"),
            "acting": on_behalf(session.get("person")),
            "form_token": session.get("form_token"),
        }

    @app.after_request
    def remember_language(response: Response) -> Response:
        if request.args.get("lang") in HTML_LANG:
            response.set_cookie(
                COOKIE, request.args["lang"], max_age=365 * 86400, httponly=True, samesite="Lax"
            )
        return response


def protect_pages(app: Flask, issuer: str) -> None:
    policy = (
        "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'; "
        f"form-action 'self' {issuer}"  # signing out is a form whose answer leads to the provider
    )

    @app.after_request
    def add_headers(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = policy
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "same-origin"
        if request.endpoint not in ("static", "plain.static"):
            response.headers["Cache-Control"] = "no-store"
        return response
