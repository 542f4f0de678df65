"""The routes machines call, straight on WSGI, and the silent half of `/oauth/authorize`.

No framework, no ORM, no log line per request: a framework would cost more than the signature. What needs a
page goes on to the pages' application with the answer beside it, so that nothing is decided twice.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import partial
from http import HTTPStatus
from typing import Any

from authlib.oauth2.base import OAuth2Error

from idp import clock
from idp.interaction.arrival import HandleOf
from idp.oauth import authorization
from idp.oauth.collaborators import OAuth
from idp.oauth.documents import Document, Documents
from idp.oauth.endpoints import userinfo
from idp.oauth.errors import Answered, Fault, as_response
from idp.oauth.message import FORM, Headers, Malformed, Request, Response, json_response, parse
from idp.oauth.responses import Answer, Begun, Redirect, Shown
from idp.oauth.server import Server
from idp.oauth.token_request import TokenRequest
from idp.storage.database import DatabaseUnavailable
from idp.storage.state import StateUnavailable
from idp.web.session_cookie import cookies_of

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]
Route = Callable[[Environ], Response | None]
"""Answers, or gives None when the answer is a page."""
Begin = Callable[[Request, HandleOf, datetime], Answer]
"""What a protocol makes of a browser's request."""

ANSWER = "idp.oauth.answer"
"""Where the pages' application finds what was decided about an authorization request."""

LARGEST_BODY = 64 * 1024
STATUS_LINES = {status.value: f"{status.value} {status.phrase}" for status in HTTPStatus}
NO_STORE = ("Cache-Control", "no-store")


def create_machine(
    oauth: OAuth, fallback: Application, others: Mapping[str, Route] | None = None
) -> Application:
    """The machines' routes, and those of other protocols, in front of the pages' application."""
    routes = routes_of(oauth) | dict(others or {})

    def application(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        route = routes.get(environ["PATH_INFO"])
        response = None if route is None else route(environ)
        if response is None:
            return fallback(environ, start_response)
        body = response.body
        headers = [*response.headers, ("Content-Length", str(len(body)))]
        start_response(STATUS_LINES[response.status], headers)
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]

    return application


def routes_of(oauth: OAuth) -> dict[str, Route]:
    """Every path answered here."""
    server, documents = Server(oauth), Documents(oauth)

    def token(request: Request) -> Response:
        return server.token(TokenRequest(request, clock.now()))

    def introspection(request: Request) -> Response:
        return server.endpoint("introspection", TokenRequest(request, clock.now()))

    def revocation(request: Request) -> Response:
        return server.endpoint("revocation", TokenRequest(request, clock.now()))

    def person(request: Request) -> Response:
        return userinfo.answer(oauth, request, clock.now())

    return {
        "/oauth/token": called(oauth, ("POST",), token),
        "/oauth/introspect": called(oauth, ("POST",), introspection),
        "/oauth/revoke": called(oauth, ("POST",), revocation),
        "/oauth/userinfo": called(oauth, ("GET", "POST"), person),
        "/oauth/authorize": authorize(oauth),
        **{path: published(document) for path, document in documents.by_path().items()},
    }


def called(oauth: OAuth, methods: tuple[str, ...], endpoint: Callable[[Request], Response]) -> Route:
    """A route for clients: every refusal and every outage is an answer in the protocol's own form."""

    def route(environ: Environ) -> Response:
        try:
            if environ["REQUEST_METHOD"] not in methods:
                return not_allowed(methods)
            return endpoint(_request(environ))
        except OAuth2Error as refusal:
            return as_response(refusal)
        except Malformed:
            return as_response(Answered("invalid_request", "the request cannot be read"))
        except (DatabaseUnavailable, StateUnavailable) as failure:
            oauth.count("unavailable", type(failure).__name__)
            return json_response(503, {"error": "temporarily_unavailable"}, [("Retry-After", "2")])

    return route


def authorize(oauth: OAuth) -> Route:
    """The browser's way in: a redirect where no page is needed (RFC 6749 §3.1, GET and POST)."""
    return entrance(oauth, ("GET", "POST"), partial(authorization.begin, oauth))


def entrance(oauth: OAuth, methods: tuple[str, ...], begin: Begin) -> Route:
    """A protocol's way in for browsers: answered at once where no page is needed."""
    cookies = cookies_of(oauth.issuer)

    def route(environ: Environ) -> Response | None:
        if environ["REQUEST_METHOD"] not in methods:
            return not_allowed(methods)
        try:
            request = _asked(environ)
        except (Malformed, OAuth2Error):
            environ[ANSWER] = Shown(Fault.REQUEST_UNREADABLE)
            return None
        try:
            answer = begin(request, partial(cookies.session, environ), clock.now())
        except (DatabaseUnavailable, StateUnavailable) as failure:
            oauth.count("unavailable", type(failure).__name__)
            answer = Shown(Fault.UNAVAILABLE)
        if isinstance(answer, Redirect):
            return see_other(answer.url)
        if isinstance(answer, Begun):
            keep = ("Set-Cookie", cookies.keep_interaction(answer.interaction_id))
            return see_other(answer.path, [keep])
        environ[ANSWER] = answer
        return None

    return route


def published(document: Callable[[str], Document]) -> Route:
    """A route for a document that anybody may keep for a while, from any origin."""

    def route(environ: Environ) -> Response:
        if environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            return not_allowed(("GET", "HEAD"))
        now = document(environ.get("HTTP_HOST", ""))
        if environ.get("HTTP_IF_NONE_MATCH") == now.etag:
            return Response(304, b"", now.headers)
        return Response(200, now.body, now.headers)

    return route


def _request(environ: Environ) -> Request:
    """What a client sent: an urlencoded body and the Authorization header."""
    method = environ["REQUEST_METHOD"]
    form = parse(_body(environ)) if method == "POST" else parse("")
    return Request(method, form, environ.get("HTTP_AUTHORIZATION"))


def _asked(environ: Environ) -> Request:
    """The parameters of an authorization request: the query's, or the body's when it is posted."""
    method = environ["REQUEST_METHOD"]
    text = _body(environ) if method == "POST" else environ.get("QUERY_STRING", "")
    return Request(method, parse(text))


def _body(environ: Environ) -> str:
    length = environ.get("CONTENT_LENGTH") or "0"
    if not length.isdecimal() or int(length) > LARGEST_BODY:
        raise Answered("invalid_request", "the body is too large", status=413)
    if length == "0":
        return ""
    if environ.get("CONTENT_TYPE", "").partition(";")[0].strip().lower() != FORM:
        raise Answered("invalid_request", "the body must be application/x-www-form-urlencoded")
    try:
        text: str = environ["wsgi.input"].read(int(length)).decode("utf-8")
    except UnicodeDecodeError as failure:
        raise Malformed("not UTF-8") from failure
    return text


def see_other(url: str, headers: Headers | None = None) -> Response:
    """On to another address: 303, so that a posted request is not posted on (RFC 9700 §4.12)."""
    return Response(303, b"", [("Location", url), NO_STORE, *(headers or [])])


def not_allowed(methods: tuple[str, ...]) -> Response:
    """The methods that are answered here."""
    return json_response(405, {"error": "invalid_request"}, [("Allow", ", ".join(methods))])
