"""`idp worker`: the rounds of delivery, sealing and purging."""

from sqlalchemy import select

from idp.audit.models import AuditEvent
from idp.storage.database import Database
from tests.idp.cli.conftest import Idp, Stop

CLIENT = ("clients", "create", "--name", "门户", "--redirect-uri", "http://127.0.0.1:8399/callback")


def unsealed(idp: Idp) -> int:
    """How many events wait for the sealer."""
    report = idp.json("audit", "verify")
    return int(report["unsealed"])


def test_one_round_seals_what_happened(made: Idp) -> None:
    """Registering a client leaves an event, and the worker chains it."""
    made("worker", "--once")
    made(*CLIENT)
    before = unsealed(made)
    said = made.json("worker", "--once")

    assert (1, 0) == (before, unsealed(made))
    assert 1 == said["done"]["seal"]
    assert set(said["done"]) == set(said["failed"])


def test_sigterm_ends_it_in_order(made: Idp, stop: Stop) -> None:
    """It says what it has done, and exits with 0."""
    made(*CLIENT)
    process = made.process("worker", "--json")
    database = Database(f"sqlite:///{made.home / 'yitong.db'}")
    while not sealed(database):
        assert process.poll() is None
    database.dispose()
    said, _ = stop(process)

    assert 0 == process.returncode
    assert '"seal": ' in said


def test_a_failing_job_shows_in_the_exit_code(made: Idp) -> None:
    """With --once: 1 when a job failed; the others have run."""
    spool = made.home / "spool"
    spool.mkdir()
    (spool / "1.draining").mkdir()  # cannot be read as a file
    said = made("worker", "--once", "--json")

    assert 1 == said.exit_code
    assert '"counts": 1' in said.stdout.split('"failed"')[1]


def test_without_an_instance_it_does_not_start(idp: Idp) -> None:
    """Exit code 3 tells the service manager that waiting will not help."""
    assert 3 == idp("worker", "--once").exit_code


def sealed(database: Database) -> bool:
    with database.reading() as db:
        return db.scalar(select(AuditEvent.id).where(AuditEvent.sequence.is_not(None)).limit(1)) is not None
