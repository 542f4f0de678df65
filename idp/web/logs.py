"""Structured logs: one JSON line an event, on standard error, with the request id; never a person's data.

Requests for pages are logged once each, by the rule that answered them: an address may carry a handle, a rule
cannot. What machines ask is counted (`metrics`) and not logged.
"""

import logging
import sys
from collections.abc import MutableMapping
from time import monotonic
from typing import Any

import structlog
from flask import Flask, g, request
from werkzeug.wrappers import Response

from idp.audit import scope

log = structlog.get_logger("yitong.pages")


def configure(level: int = logging.INFO) -> None:
    """Set up structlog for this process; libraries' warnings follow the same way."""
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(message)s")
    structlog.configure(
        processors=[
            _request,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )


def install(app: Flask) -> None:
    """Log every request for a page: rule, method, status, milliseconds."""

    @app.before_request
    def begin() -> None:
        g.began = monotonic()

    @app.after_request
    def answered(response: Response) -> Response:
        rule, method = request.url_rule, request.method
        log.info(
            "page.answered",
            route=rule.rule if rule else "none",
            method=method if method in METHODS else "other",
            status=response.status_code,
            ms=round((monotonic() - g.began) * 1000, 1) if "began" in g else None,
        )
        return response


METHODS = frozenset({"GET", "HEAD", "POST", "OPTIONS"})


def _request(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    request_id = scope.current().request_id
    return {"request_id": request_id, **event} if request_id else event
