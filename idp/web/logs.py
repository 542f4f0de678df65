"""Structured logs: one JSON line an event, on standard error, with the request id; never a person's data."""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

from idp.audit import scope


def configure() -> None:
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
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )


def _request(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    request_id = scope.current().request_id
    return {"request_id": request_id, **event} if request_id else event
