"""`idp serve`: the server with its metrics, its log, and its two ways of not starting."""

import json
import socket
import urllib.request

import pytest

from tests.idp.cli.conftest import Idp, Stop, wait_for
from tests.servers import free_port


@pytest.fixture
def settings(port: int) -> dict[str, str]:
    """One worker on a free port, with metrics on another."""
    return {
        "IDP_ISSUER": f"http://127.0.0.1:{port}",
        "IDP_LISTEN_PORT": str(port),
        "IDP_METRICS_PORT": str(free_port()),
        "IDP_WORKERS": "1",
    }


def test_pages_are_logged_by_rule_and_machines_are_counted(
    made: Idp, settings: dict[str, str], stop: Stop
) -> None:
    """One JSON line for a page, with no address in it; a machine's request is in the metrics alone."""
    issuer = settings["IDP_ISSUER"]
    process = made.process("serve", **settings)
    wait_for(f"{issuer}/oauth/jwks", process)
    with pytest.raises(urllib.error.HTTPError):
        urllib.request.urlopen(f"{issuer}/interaction/a-secret-handle?and=a-secret-query")
    counted = wait_for(f"http://127.0.0.1:{settings['IDP_METRICS_PORT']}/metrics", process).decode()
    _, said = stop(process)
    lines = [json.loads(line) for line in said.splitlines() if line.startswith("{")]

    assert "a-secret" not in said + counted
    assert "yitong_audit_unsealed " in counted
    assert 'yitong_requests_total{route="/oauth/jwks",status="200"} 1.0' in counted
    assert [("page.answered", "GET")] == [(line["event"], line["method"]) for line in lines]
    assert {"route", "status", "ms", "request_id"} <= set(lines[0])


def test_a_program_is_told_what_is_served(made: Idp, settings: dict[str, str], stop: Stop) -> None:
    """With --json the first line says it; the log follows."""
    process = made.process("serve", "--json", **settings)
    wait_for(f"{settings['IDP_ISSUER']}/oauth/jwks", process)
    said, _ = stop(process)
    address = settings["IDP_ISSUER"].removeprefix("http://")

    assert {"issuer": settings["IDP_ISSUER"], "address": address, "workers": 1} == json.loads(
        said.splitlines()[0]
    )


def test_a_taken_port_is_named_before_anything_starts(made: Idp, settings: dict[str, str], port: int) -> None:
    """Exit code 3; the server does not keep trying."""
    with socket.create_server(("127.0.0.1", port)):
        refused = made("serve", **settings)

    assert 3 == refused.exit_code
    assert f"port {port}, for the provider, is taken by process" in refused.stderr


def test_a_configuration_with_faults_is_not_served(idp: Idp, settings: dict[str, str]) -> None:
    """Exit code 3, every fault named."""
    refused = idp("serve", **settings)

    assert 3 == refused.exit_code
    assert all("idp init" in line for line in refused.stderr.splitlines())
