"""`idp staff`: what an operator can do for a civil servant who has lost everything."""

from datetime import timedelta

import pytest
from click.testing import CliRunner

from idp import clock
from idp.authenticators import credentials, totp
from idp.authenticators.directory import Entry
from idp.cli.context import Operation
from idp.cli.staff import staff as command
from idp.persons import staff
from idp.persons.models import Person
from idp.persons.staff import Source
from idp.sessions import lifecycle
from idp.sessions.lifecycle import Achievement
from tests.idp.account.stage import Stage, staged


class Given(Operation):
    """An operation on services that are there already."""

    def __init__(self, stage: Stage) -> None:
        self.__dict__["services"] = stage.services


@pytest.fixture
def stage(tmp_path):
    with staged(tmp_path) as started:
        yield started


def test_a_reset_ends_app_codes_and_sessions_and_keeps_the_second_factor_due(stage: Stage) -> None:
    """The next sign-in takes a new app: nobody is let in with the password alone."""
    now = clock.now()
    with stage.services.database.writing() as db:
        person = staff.arrived(db, Source("d"), Entry("e-1", "wang_fang", "王芳", "U-1"), now)
        totp.enrol(db, person.id, "A" * 32, 0, "", now)
        lifecycle.begin(
            db, Achievement(person.id, frozenset({"pwd", "otp"}), now), absolute=timedelta(hours=1)
        )
        person_id = person.id
    said = CliRunner().invoke(command, ["reset", "wang_fang", "--reason", "phone lost"], obj=Given(stage))
    with stage.services.database.reading() as db:
        left = credentials.living(db, person_id), lifecycle.live(db, person_id, clock.now())
        least = db.get_one(Person, person_id).least_aal

    assert 0 == said.exit_code, said.output
    assert "王*" in said.output
    assert ([], []) == left
    assert 2 == least
