"""The routes that proxies ask, and those they pass on from below `/.yitong/`, straight on WSGI."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from urllib.parse import parse_qs, quote, urlencode

from idp import clock
from idp.forward_auth import entering, visits
from idp.forward_auth.verdicts import Forbidden, ForwardAuth, Passed, judge
from idp.forward_auth.visits import CALLBACK, SIGN_OUT, Environ, Visit
from idp.oauth.machine import Route, entrance
from idp.oauth.message import Headers, Response
from idp.storage.database import DatabaseUnavailable
from idp.storage.state import StateUnavailable
from idp.web import declined

TRAEFIK = "proxy=traefik"
"""The query of the address that Traefik is configured with."""
START = "X-Yitong-Start"
"""Where the proxy sends whoever must sign in first (nginx can do no more than read it)."""
NO_STORE = ("Cache-Control", "no-store")


def routes(forward: ForwardAuth) -> Mapping[str, Route]:
    """Every path answered here."""
    return {
        "/forward-auth/verify": guarded(partial(verify, forward)),
        "/forward-auth/callback": guarded(partial(callback, forward)),
        "/forward-auth/sign-out": guarded(partial(sign_out, forward)),
        "/forward-auth/start": entrance(forward.oauth, ("GET",), partial(entering.begin, forward)),
    }


def guarded(route: Route) -> Route:
    """While a store is away nothing passes."""

    def answered(environ: Environ) -> Response | None:
        try:
            return route(environ)
        except (DatabaseUnavailable, StateUnavailable):
            return Response(503, b"", [NO_STORE, ("Retry-After", "2")])

    return answered


def verify(forward: ForwardAuth, environ: Environ) -> Response:
    """
    200 with who it is, 401 where somebody must sign in first, 403 where nobody may pass.

    nginx turns the 401 into a redirect by itself. Traefik passes on whatever is not 2xx, so it gets the
    redirect, and what lies below `/.yitong/` is answered right here.
    """
    traefik = environ.get("QUERY_STRING") == TRAEFIK
    visit = visits.by_forwarded(environ) if traefik else visits.by_original_url(environ)
    if visit is None:
        return _forbidden()
    now, base = clock.now(), _base(forward, environ)
    if traefik and visit.path == CALLBACK:
        return _arrived(forward, visit, visit.target.partition("?")[2], base, now)
    if traefik and visit.path == SIGN_OUT:
        return _signing_out(forward, visit, base)
    found = judge(forward, visit, now)
    if isinstance(found, Passed):
        return Response(200, b"", [NO_STORE, *found.headers])
    if isinstance(found, Forbidden):
        return _forbidden()
    address, held = entering.start(forward, visit, base)
    headers: Headers = [NO_STORE, (START, address), ("Set-Cookie", visits.keep_binding(visit.origin, held))]
    if traefik and visit.navigates:
        return Response(302, b"", [*headers, ("Location", address)])
    return Response(401, b"", headers)


def callback(forward: ForwardAuth, environ: Environ) -> Response:
    """`/.yitong/callback` of a protected site, passed on by its proxy."""
    visit = visits.by_original_url(environ)
    if visit is None:
        return _forbidden()
    base = _base(forward, environ)
    return _arrived(forward, visit, environ.get("QUERY_STRING", ""), base, clock.now())


def sign_out(forward: ForwardAuth, environ: Environ) -> Response:
    """`/.yitong/sign-out` of a protected site, passed on by its proxy."""
    visit = visits.by_original_url(environ)
    return _forbidden() if visit is None else _signing_out(forward, visit, _base(forward, environ))


def _base(forward: ForwardAuth, environ: Environ) -> str:
    """Where we are reached in the network zone in which the proxy asked; its visitors are there too."""
    return forward.oauth.zones.base_for(environ.get("HTTP_HOST", ""))


def _arrived(forward: ForwardAuth, visit: Visit, query: str, base: str, now: datetime) -> Response:
    """The cookie and the deep link; whoever cannot be let in stays with us, lest they go round in circles."""
    handle = parse_qs(query).get("handover", [None])[0]
    arrived = entering.arrive(forward, visit, handle, now)
    if arrived is not None:
        kept, url = arrived
        return _found(url, ("Set-Cookie", visits.keep_visit(visit.origin, kept)))
    client = forward.entrances.of_site(visit.origin)
    return _found(base + declined.address(client.id if client else "", "unfinished"))


def _signing_out(forward: ForwardAuth, visit: Visit, base: str) -> Response:
    """On to the one page that signs out; the cookie dies with the session."""
    client = forward.entrances.of_site(visit.origin)
    asked = f"?{urlencode({'client_id': client.id}, quote_via=quote)}" if client else ""
    return _found(f"{base}/oauth/logout{asked}")


def _found(url: str, *headers: tuple[str, str]) -> Response:
    return Response(302, b"", [("Location", url), NO_STORE, *headers])


def _forbidden() -> Response:
    return Response(403, b"", [NO_STORE])
