"""Unexpected and expected failures as pages: what happened, what to do, and an id that finds the cause."""

from collections.abc import Callable
from http import HTTPStatus
from urllib.parse import quote

import structlog
from flask import Flask, current_app, request
from werkzeug.exceptions import HTTPException
from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from idp.storage.database import DatabaseUnavailable
from idp.storage.state import StateUnavailable
from idp.web.edge import is_below
from idp.web.pages import render

log = structlog.get_logger("yitong.web")
REASONS = {404: "not_found", 405: "not_found", 403: "forbidden", 413: "too_large"}
Problem = Callable[[int, str], Response]
"""A status and a reason as an answer for programs."""
_PROGRAMS = "yitong.programs"


def install(app: Flask, home_url: str = "/account") -> None:
    """Give the application its error pages, which lead back to its start page."""
    app.extensions["yitong.home"] = home_url
    app.register_error_handler(HTTPException, _expected)
    app.register_error_handler(DatabaseUnavailable, _unavailable)
    app.register_error_handler(StateUnavailable, _unavailable)
    app.register_error_handler(Exception, _crashed)


def answer_programs(app: Flask, top: str, problem: Problem) -> None:
    """Below this path programs ask: they are answered so, and see no page."""
    app.extensions[_PROGRAMS] = (top, problem)


def _expected(error: HTTPException) -> Response:
    if error.code is None or error.code < 400:
        return Response(error.get_response().get_data(), error.code or 302, error.get_headers())
    reason = REASONS.get(error.code, "bad_request")
    answer = _problem(error.code, reason)
    if answer is None and error is request.routing_exception and (there := _without_slash()):
        return redirect(there, HTTPStatus.PERMANENT_REDIRECT)
    answer = answer or _page(reason, error.code)
    if error.code == HTTPStatus.METHOD_NOT_ALLOWED:  # RFC 9110 §15.5.6
        answer.headers.extend([pair for pair in error.get_headers() if pair[0] == "Allow"])
    return answer


def _without_slash() -> str:
    """The page that somebody meant who typed a slash behind its address; nothing where there is none."""
    path = request.path.removesuffix("/")
    if path in ("", request.path) or request.method != "GET":
        return ""
    try:
        current_app.create_url_adapter(request).match(path)  # type: ignore[union-attr]  # a request has one
    except HTTPException:
        return ""
    query = request.query_string.decode("latin-1")
    return quote(path) + (f"?{query}" if query else "")


def _unavailable(error: Exception) -> Response:
    log.error("request.unavailable", fault=type(error).__name__, request_id=_request_id())
    again = request.url if request.method == "GET" else request.base_url
    page = _problem(503, "unavailable") or render(
        "errors/unavailable.html", status=503, error_id=_request_id(), retry_url=again
    )
    page.headers["Retry-After"] = "5"
    return page


def _crashed(error: Exception) -> Response:
    log.error("request.crashed", fault=type(error).__name__, request_id=_request_id(), exc_info=error)
    return _problem(500, "crashed") or _page("crashed", 500)


def _problem(status: int, reason: str) -> Response | None:
    """The answer for a program; None for a browser."""
    top, problem = current_app.extensions.get(_PROGRAMS, ("", None))
    return problem(status, reason) if problem and is_below(request.path, top) else None


def _page(reason: str, status: int) -> Response:
    home_url = current_app.extensions["yitong.home"]
    return render(
        "errors/error.html", status=status, reason=reason, error_id=_request_id(), home_url=home_url
    )


def _request_id() -> str:
    return str(request.environ.get("yitong.request_id", ""))
