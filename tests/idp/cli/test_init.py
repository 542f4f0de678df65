"""`idp init`: from an empty folder to a working provider."""

import json

from tests.idp.cli.conftest import Idp, Stop, wait_for


def test_an_empty_folder_becomes_a_provider_without_faults(idp: Idp) -> None:
    """Master key, schema and signing keys are all there."""
    made = idp.json("init")

    assert str(idp.home / "master.key") == made["master_key"]
    assert {"ok": True, "faults": [], "warnings": []} == idp.json("check")


def test_the_master_key_is_its_owners_alone(made: Idp) -> None:
    """Nobody else on the machine can read it."""
    assert 0o600 == (made.home / "master.key").stat().st_mode & 0o777


def test_repeating_changes_nothing(made: Idp) -> None:
    """Deployments run it at every start."""
    before = (made.home / "master.key").read_bytes(), made.json("keys", "list")
    again = made("init")

    assert 0 == again.exit_code
    assert before == ((made.home / "master.key").read_bytes(), made.json("keys", "list"))


def test_the_new_provider_answers_a_request(made: Idp, port: int, stop: Stop) -> None:
    """Serving needs nothing but what init made."""
    issuer = f"http://127.0.0.1:{port}"
    process = made.process("serve", IDP_ISSUER=issuer, IDP_LISTEN_PORT=str(port), IDP_WORKERS="1")
    found = json.loads(wait_for(f"{issuer}/.well-known/openid-configuration", process))
    stop(process)

    assert issuer == found["issuer"]
    assert 0 == process.returncode


def test_a_database_that_is_away_is_an_unusable_configuration(idp: Idp, port: int) -> None:
    """Exit code 3, and one line that says so."""
    failed = idp("init", IDP_DATABASE_URL=f"postgresql://nobody@127.0.0.1:{port}/none")

    assert 3 == failed.exit_code
    assert "the instance cannot be made" in failed.stderr
