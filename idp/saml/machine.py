"""The silent half of SAML, straight on WSGI like `oauth.machine`: our metadata, and requests to sign in.

What needs a page goes on to the pages' application with the answer beside it, so that nothing is decided
twice. The page that carries an answer is drawn there once for each language and style, and filled in here.
"""

from collections.abc import Callable, Iterable
from functools import partial
from urllib.parse import urlsplit

from idp import clock
from idp.oauth.machine import NO_STORE, STATUS_LINES, Application, Environ, StartResponse, published
from idp.oauth.message import Headers, Response
from idp.oauth.responses import Begun, FormPost
from idp.saml import sso
from idp.saml.collaborators import Saml
from idp.saml.errors import Unanswerable
from idp.saml.metadata import Metadata
from idp.storage.database import DatabaseUnavailable
from idp.storage.state import StateUnavailable
from idp.web.carrying import Carriers
from idp.web.pages import policy
from idp.web.session_cookie import cookies_of

ANSWER = "idp.saml.answer"
"""Where the pages' application finds what was decided about a request: an answer, or what went wrong."""


def create_machine(saml: Saml, carriers: Carriers, fallback: Application) -> Application:
    """These routes in front of the pages' application."""
    begin = asked(saml, carriers)
    routes: dict[str, Callable[[Environ], Response | None]] = {
        "/saml/sso": begin,
        "/saml/start": begin,
        "/saml/metadata": published(Metadata(saml).document),
    }

    def application(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        route = routes.get(environ["PATH_INFO"])
        response = None if route is None else route(environ)
        if response is None:
            return fallback(environ, start_response)
        headers = [*response.headers, ("Content-Length", str(len(response.body)))]
        start_response(STATUS_LINES[response.status], headers)
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [response.body]

    return application


def asked(saml: Saml, carriers: Carriers) -> Callable[[Environ], Response | None]:
    """A request in a query; one that was posted is a page's."""
    cookies = cookies_of(saml.oauth.issuer)

    def route(environ: Environ) -> Response | None:
        if environ["REQUEST_METHOD"] != "GET":
            return None
        query, handle_of = environ.get("QUERY_STRING", ""), partial(cookies.session, environ)
        try:
            answer = sso.begin(saml, query, handle_of, clock.now())
        except (Unanswerable, DatabaseUnavailable, StateUnavailable) as failure:
            environ[ANSWER] = failure
            return None
        if isinstance(answer, Begun):
            keep = ("Set-Cookie", cookies.keep_interaction(answer.interaction_id))
            return Response(303, b"", [("Location", answer.path), NO_STORE, keep])
        environ[ANSWER] = answer
        page = carriers.filled(environ, answer)
        return None if page is None else Response(200, page, _headers(answer))

    return route


def _headers(answer: FormPost) -> Headers:
    parts = urlsplit(answer.action)
    return [
        ("Content-Type", "text/html; charset=utf-8"),
        NO_STORE,
        ("Content-Security-Policy", policy((f"{parts.scheme}://{parts.netloc}",))),
        ("Vary", "Accept-Language, Cookie"),
    ]
