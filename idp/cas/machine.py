"""The CAS routes straight on WSGI: what services call, and the silent half of `/cas/login`."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from urllib.parse import parse_qs

from idp import clock
from idp.cas import answers, proxying, sso, validation
from idp.cas.tickets import Cas
from idp.cas.validation import Code, Failure
from idp.clients import services
from idp.oauth.machine import Environ, Route, entrance, not_allowed
from idp.oauth.message import Malformed, Parameters, Response, parse
from idp.storage.database import DatabaseUnavailable
from idp.storage.state import StateUnavailable

LARGEST_SOAP = 8 * 1024
_ARTIFACT = re.compile(r"<(?:[A-Za-z0-9_.-]+:)?AssertionArtifact>\s*(ST-[A-Za-z0-9_-]{43})\s*</")
"""A ticket is plain letters, so a SOAP request is searched for one and never parsed as XML."""

Endpoint = Callable[[Parameters, datetime], Response]


def routes(cas: Cas) -> Mapping[str, Route]:
    """Every CAS path answered here."""

    def one(asked: Parameters, now: datetime) -> Response:
        return answers.as_lines(validation.validate(cas, asked, now, proxied=False))

    def ticket(asked: Parameters, now: datetime, *, proxied: bool, attributes: bool) -> Response:
        found = validation.validate(cas, asked, now, proxied=proxied)
        if _wants_json(asked):
            return answers.as_json(found, attributes)
        return answers.as_xml(found, attributes)

    def proxy(asked: Parameters, now: datetime) -> Response:
        given = proxied(cas, asked, now)
        if isinstance(given, Failure):
            return answers.proxied(None, given, _wants_json(asked))
        return answers.proxied(given, None, _wants_json(asked))

    return {
        "/cas/login": entrance(cas.oauth, ("GET",), partial(sso.begin, cas)),
        "/cas/validate": asked_by_query(one),
        "/cas/serviceValidate": asked_by_query(partial(ticket, proxied=False, attributes=False)),
        "/cas/proxyValidate": asked_by_query(partial(ticket, proxied=True, attributes=False)),
        "/cas/p3/serviceValidate": asked_by_query(partial(ticket, proxied=False, attributes=True)),
        "/cas/p3/proxyValidate": asked_by_query(partial(ticket, proxied=True, attributes=True)),
        "/cas/proxy": asked_by_query(proxy),
        "/cas/samlValidate": saml(cas),
    }


def proxied(cas: Cas, asked: Parameters, now: datetime) -> str | Failure:
    """A proxy ticket, or why there is none."""
    granting, target = asked.get("pgt"), services.normalised(asked.get("targetService"))
    if granting is None or target is None or asked.repeated:
        return Failure(Code.INVALID_REQUEST)
    if not proxying.is_known(cas, granting):
        return Failure(Code.INVALID_TICKET)
    return proxying.proxy(cas, granting, target, now) or Failure(Code.UNAUTHORIZED_SERVICE)


def asked_by_query(endpoint: Endpoint) -> Route:
    """A route for services, whose refusals and outages are answers of the protocol."""

    def route(environ: Environ) -> Response:
        if environ["REQUEST_METHOD"] != "GET":
            return not_allowed(("GET",))
        try:
            asked = parse(environ.get("QUERY_STRING", ""))
        except Malformed:
            asked = Parameters()  # nothing that can be read was sent
        try:
            return endpoint(asked, clock.now())
        except (DatabaseUnavailable, StateUnavailable):
            return _unavailable()

    return route


def saml(cas: Cas) -> Route:
    """`TARGET` in the query, the ticket in a SOAP body (CAS 3.0 §2.8)."""

    def route(environ: Environ) -> Response:
        if environ["REQUEST_METHOD"] != "POST":
            return not_allowed(("POST",))
        target = parse_qs(environ.get("QUERY_STRING", "")).get("TARGET", [])
        sent = {"service": target[0]} if len(target) == 1 else {}
        found = _ARTIFACT.findall(_soap(environ))
        if len(found) == 1:
            sent["ticket"] = found[0]
        now = clock.now()
        try:
            outcome = validation.validate(cas, Parameters(sent), now, proxied=False)
        except (DatabaseUnavailable, StateUnavailable):
            return _unavailable()
        service = services.normalised(sent.get("service")) or ""
        return answers.as_saml(outcome, cas.oauth.issuer, service, now)

    return route


def _soap(environ: Environ) -> str:
    length = environ.get("CONTENT_LENGTH") or "0"
    if not length.isdecimal() or int(length) > LARGEST_SOAP:
        return ""
    body: bytes = environ["wsgi.input"].read(int(length))
    return body.decode("utf-8", "replace")


def _wants_json(asked: Parameters) -> bool:
    return (asked.get("format") or "").upper() == "JSON"


def _unavailable() -> Response:
    """Clients read the body; caches and load balancers read the status."""
    answer = answers.as_xml(Failure(Code.INTERNAL_ERROR), with_attributes=False)
    return Response(503, answer.body, [*answer.headers, ("Retry-After", "2")])
