"""Logs: one line a page, by its rule; errors with the id a person can read out."""

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from flask import Flask

from idp.audit import scope
from idp.web import logs


@pytest.fixture
def app() -> Iterator[Flask]:
    """A page with a handle in its address, and one that fails."""
    app = Flask("pages")
    logs.install(app)
    app.add_url_rule(
        "/interaction/<handle>/sign-in", view_func=lambda handle: "page", methods=["GET", "POST"]
    )
    yield app
    structlog.reset_defaults()


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_a_page_is_one_line_without_its_address(app: Flask, capsys: pytest.CaptureFixture[str]) -> None:
    """The rule, never the handle or the query in it."""
    logs.configure()
    with scope.within(scope.Scope("request-7")):
        app.test_client().post("/interaction/a-secret/sign-in?login=somebody", data={"password": "hush"})
    (line,) = lines(capsys)

    assert ("page.answered", "/interaction/<handle>/sign-in") == (line["event"], line["route"])
    assert ("POST", 200, "request-7") == (line["method"], line["status"], line["request_id"])
    assert not {"a-secret", "somebody", "hush"} & set(str(line).split("'"))


def test_a_page_that_does_not_exist_has_no_route(app: Flask, capsys: pytest.CaptureFixture[str]) -> None:
    """Made-up addresses and methods are not repeated."""
    logs.configure()
    app.test_client().open("/x/a-secret", method="PROPFIND")
    (line,) = lines(capsys)

    assert ("none", "other", 404) == (line["route"], line["method"], line["status"])


def test_a_quiet_process_logs_warnings_only(app: Flask, capsys: pytest.CaptureFixture[str]) -> None:
    """What a command on a terminal wants."""
    logs.configure(logging.WARNING)
    app.test_client().get("/interaction/x/sign-in")

    assert [] == lines(capsys)
