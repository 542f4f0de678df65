"""Unexpected and expected failures as pages: what happened, what to do, and an id that finds the cause."""

import structlog
from flask import Flask, current_app, request
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from idp.storage.database import DatabaseUnavailable
from idp.storage.state import StateUnavailable
from idp.web.pages import render

log = structlog.get_logger("yitong.web")


def install(app: Flask, home_url: str = "/account") -> None:
    """Give the application its error pages, which lead back to its start page."""
    app.extensions["yitong.home"] = home_url
    app.register_error_handler(HTTPException, _expected)
    app.register_error_handler(DatabaseUnavailable, _unavailable)
    app.register_error_handler(StateUnavailable, _unavailable)
    app.register_error_handler(Exception, _crashed)


def _expected(error: HTTPException) -> Response:
    if error.code is None or error.code < 400:
        return Response(error.get_response().get_data(), error.code or 302, error.get_headers())
    reason = {404: "not_found", 405: "not_found", 403: "forbidden", 413: "too_large"}.get(
        error.code, "bad_request"
    )
    return _page(reason, error.code)


def _unavailable(error: Exception) -> Response:
    log.error("request.unavailable", fault=type(error).__name__, request_id=_request_id())
    again = request.url if request.method == "GET" else request.base_url
    page = render("errors/unavailable.html", status=503, error_id=_request_id(), retry_url=again)
    page.headers["Retry-After"] = "5"
    return page


def _crashed(error: Exception) -> Response:
    log.error("request.crashed", fault=type(error).__name__, request_id=_request_id(), exc_info=error)
    return _page("crashed", 500)


def _page(reason: str, status: int) -> Response:
    home_url = current_app.extensions["yitong.home"]
    return render(
        "errors/error.html", status=status, reason=reason, error_id=_request_id(), home_url=home_url
    )


def _request_id() -> str:
    return str(request.environ.get("yitong.request_id", ""))
