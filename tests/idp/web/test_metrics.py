"""Metrics: labels from fixed lists, and the counts of all processes together."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest

from idp.web import metrics
from idp.web.metrics import route_of
from tests.servers import free_port

COUNT = """
from idp.web.metrics import Meter
meter = Meter()
meter.request("/oauth/token", "200", 0.002)
meter.event("token", "ok")
"""


@pytest.mark.parametrize(
    ("path", "label"),
    [
        ("/oauth/token", "/oauth/token"),
        ("/oauth/token/x", "other"),
        ("/interaction/a-secret-handle/sign-in", "/interaction"),
        ("/register/code", "/register"),
        ("/wp-login.php", "other"),
        ("/", "other"),
    ],
)
def test_nothing_a_request_says_becomes_a_label(path: str, label: str) -> None:
    """Handles stay out, and a scanner cannot make a thousand series."""
    assert label == route_of(path)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """Where processes count; the variable that says so is taken back."""
    yield tmp_path / "metrics"
    os.environ.pop(metrics.FOLDER, None)


def test_processes_count_together(folder: Path) -> None:
    """Two processes, one answer; what an earlier run left is forgotten."""
    folder.mkdir()
    (folder / "counter_1.db").write_bytes(b"")
    port = free_port()
    metrics.listen(folder, port)
    for _ in range(2):
        environment = {**os.environ, metrics.FOLDER: str(folder)}
        subprocess.run([sys.executable, "-c", COUNT], env=environment, check=True)
    with urlopen(f"http://127.0.0.1:{port}/metrics", timeout=60) as answer:
        said = answer.read().decode()

    assert 'yitong_requests_total{route="/oauth/token",status="200"} 2.0' in said
    assert 'yitong_events_total{name="token",outcome="ok"} 2.0' in said
    assert 'yitong_request_seconds_count{route="/oauth/token"} 2.0' in said
