"""`idp audit`: an operator, or an auditor, asks whether the trail is whole."""

import json
import sqlite3

import pytest

from tests.idp.cli.conftest import Idp


@pytest.fixture
def trail(made: Idp) -> Idp:
    """An instance with three sealed events at least."""
    for name in ("甲", "乙", "丙"):
        made("clients", "create", "--name", name, "--redirect-uri", "http://127.0.0.1:8399/callback")
    made("worker", "--once")
    return made


def change(idp: Idp, statement: str) -> None:
    """What somebody with access to the database might do."""
    with sqlite3.connect(idp.home / "yitong.db") as connection:
        connection.execute(statement)
    connection.close()


def test_an_untouched_trail_verifies(trail: Idp) -> None:
    """All events, none waiting, and the digest to keep elsewhere."""
    report = trail.json("audit", "verify")

    assert (True, 0, None) == (report["ok"], report["unsealed"], report["fault"])
    assert 3 <= report["verified"]
    assert 64 == len(report["last_digest"])


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        ("update audit_events set topic = 'nothing' where sequence = 2", "was changed after it was sealed"),
        ("delete from audit_events where sequence = 2", "event 2 is missing"),
        ("delete from audit_events where sequence = 1", "event 1 is missing"),
    ],
)
def test_a_changed_or_missing_event_is_found(trail: Idp, statement: str, fault: str) -> None:
    """Exit code 1, and which event does not fit."""
    change(trail, statement)
    result = trail("audit", "verify", "--json")

    assert 1 == result.exit_code
    assert fault == json.loads(result.stdout)["fault"]


def test_events_are_listed_newest_first(trail: Idp) -> None:
    """Filtered by topic; an event names the client and no person's data."""
    rows = trail.json("audit", "list", "--topic", "configuration.changed", "--limit", "2")

    assert 2 == len(rows)
    assert rows[0]["at"] >= rows[1]["at"]


def test_a_persons_id_that_is_none_is_a_usage_error(trail: Idp) -> None:
    """Exit code 2."""
    assert 2 == trail("audit", "list", "--person", "somebody").exit_code
