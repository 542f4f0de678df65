"""What no view of the API answers is told to programs in their own way (RFC 9457)."""

from collections.abc import Iterator

import pytest
from flask import Flask

from idp.api import routes
from idp.storage.database import DatabaseUnavailable
from idp.storage.state import StateUnavailable
from idp.web import errors
from tests.attacks.whole import Whole, standing, told

PROBLEM = "application/problem+json"


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Whole]:
    with standing(tmp_path_factory.mktemp("home")) as whole:
        yield whole


@pytest.mark.parametrize("path", ["/api/v1/me/mandates/no-id/end", "/api/v1", "/api/v1/no-such-thing"])
def test_an_id_that_is_none_is_a_problem(whole: Whole, path: str) -> None:
    """The map of addresses answers before any view does."""
    answer = whole.http.post(path)

    assert (404, PROBLEM) == (answer.status_code, answer.mimetype)
    assert {"type": "about:blank", "title": "Not Found", "status": 404, "code": "not_found"} == told(answer)


def test_another_method_is_a_problem_that_names_the_right_ones(whole: Whole) -> None:
    """RFC 9110 §15.5.6."""
    answer = whole.http.post("/api/v1/openapi.json")

    assert (405, PROBLEM) == (answer.status_code, answer.mimetype)
    assert "GET" in answer.headers["Allow"]


@pytest.mark.parametrize("fault", [DatabaseUnavailable, StateUnavailable])
def test_a_store_that_is_away_is_a_problem_that_says_when_to_come_back(fault: type[Exception]) -> None:
    """Whatever view asked it: none has to think of it."""
    app = Flask("idp")
    errors.install(app)
    routes.install(app)

    def ask() -> str:
        raise fault

    app.add_url_rule("/api/v1/asking", view_func=ask)
    answer = app.test_client().get("/api/v1/asking")

    assert (503, PROBLEM, "5") == (answer.status_code, answer.mimetype, answer.headers["Retry-After"])
    assert "unavailable" == told(answer)["code"]


def test_people_still_see_a_page(whole: Whole) -> None:
    """Outside the API somebody looks at it."""
    answer = whole.http.get("/no-such-page")

    assert (404, "text/html") == (answer.status_code, answer.mimetype)
