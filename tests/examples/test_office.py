"""A department's system: for its own staff, and for acts only as strong as each asks."""

from urllib.parse import parse_qsl, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient

from examples.office.app import create_app
from examples.office.words import OWN
from examples.office.work import APPROVALS, ARCHIVE
from examples.relying_party.settings import PortalSettings, read
from tests.examples.conftest import CLIENT_ID, Issuer

CLERK = {"sub": "c1", "sid": "s1", "name": "高文斌", "realm": "staff", "unit": "210100-sj", "aal": 2}
FILE = "/files/2026-0413"


@pytest.fixture
def office(served: Issuer) -> Flask:
    """The system whose decisions take AAL 3."""
    settings = PortalSettings(served.url, CLIENT_ID, "secret", "127.0.0.1", 8303, "http://127.0.0.1:8303")
    return create_app(settings, APPROVALS, "http://127.0.0.1:8304")


def visited_by(office: Flask, **claims: object) -> FlaskClient:
    visitor = office.test_client()
    with visitor.session_transaction() as visit:
        visit.update(person=CLERK | claims, tokens={"id_token": "i", "access_token": "a"}, form_token="f")
    return visitor


def test_a_stranger_is_sent_to_sign_in_and_comes_back(office: Flask) -> None:
    """To the page they asked for."""
    visitor = office.test_client()

    assert "/sign-in" == visitor.get(FILE).headers["Location"]
    with visitor.session_transaction() as visit:
        assert FILE == visit["back_to"]


def test_a_citizen_is_turned_away(office: Flask) -> None:
    """The provider admits none here; the system looks all the same (`realm`)."""
    assert [502, 502] == [
        visited_by(office, realm=realm).get("/desk").status_code for realm in ("citizen", None)
    ]


def test_a_decision_asks_for_more_and_keeps_the_form(office: Flask) -> None:
    """Two factors opened the desk; deciding asks for AAL 3, and what was typed is there afterwards."""
    visitor = visited_by(office)
    asked = visitor.post(FILE, data={"form_token": "f", "note": "材料齐全"})
    with visitor.session_transaction() as visit:
        visit["person"] = CLERK | {"aal": 3}
    kept = visitor.get(FILE).text

    assert "ial1.aal3" == dict(parse_qsl(urlsplit(asked.headers["Location"]).query))["acr_values"]
    assert "材料齐全" in kept
    assert "材料齐全" not in visitor.get(FILE).text


def test_a_decision_is_noted_with_who_made_it(office: Flask) -> None:
    """Strong enough from the start: nothing is asked."""
    visitor = visited_by(office, aal=3)
    done = visitor.post(FILE, data={"form_token": "f"})

    assert ("/desk", 1) == (done.headers["Location"], visitor.get("/desk").text.count('class="done"'))


def test_a_form_from_elsewhere_decides_nothing(office: Flask) -> None:
    """Without the token of this visit."""
    visitor = visited_by(office, aal=3)
    visitor.post(FILE, data={"form_token": "g"})
    visitor.post("/files/none", data={"form_token": "f"})

    assert 0 == visitor.get("/desk").text.count('class="done"')
    assert 404 == visitor.get("/files/none").status_code


def test_both_systems_have_words_for_the_same_things() -> None:
    """And for each of their files."""
    approvals, archive = (
        {word for word in OWN[system.key] if not word.startswith("file.")} for system in (APPROVALS, ARCHIVE)
    )

    assert approvals == archive
    assert all(
        f"file.{number}" in OWN[system.key] for system in (APPROVALS, ARCHIVE) for number in system.files
    )


def test_systems_in_one_process_are_configured_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each behind its own prefix; the provider is the same for both."""
    for name, value in {
        "ISSUER": "http://localhost:9000",
        "ARCHIVE_CLIENT_ID": "a",
        "ARCHIVE_CLIENT_SECRET": "s",
        "ARCHIVE_PORT": "9304",
        "CLIENT_ID": "another",
    }.items():
        monkeypatch.setenv(name, value)
    for name in ("HOST", "ARCHIVE_HOST", "ARCHIVE_BASE_URL"):
        monkeypatch.delenv(name, raising=False)

    expected = PortalSettings("http://localhost:9000", "a", "s", "127.0.0.1", 9304, "http://127.0.0.1:9304")
    assert expected == read("examples.office", "档案系统", 8304, [], prefix="ARCHIVE_")
