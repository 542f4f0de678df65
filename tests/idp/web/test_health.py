"""Health: a process that lives, and one that can serve or says why not."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import Client as Http

import wsgi
from idp.settings import Settings
from idp.web.health import create_health
from tests import servers


@contextmanager
def provider(home: Path, database: servers.PostgresServer, memory: servers.RedisServer) -> Iterator[Http]:
    """The product on servers that can be stopped."""
    settings = Settings(home=home, database_url=servers.fresh_database(database), state_url=memory.url)
    wsgi.init(settings)
    services = wsgi.compose(settings)
    yield Http(create_health(services), use_cookies=False)
    services.prepared.close()
    services.state.close()
    services.database.dispose()


def asked(http: Http, path: str) -> tuple[int, Any]:
    answer = http.get(path)
    return answer.status_code, json.loads(answer.data)


def causes(http: Http, expected: list[str]) -> list[str]:
    """What readiness says, once what it knew a second ago is no longer believed."""
    deadline = time.monotonic() + 90
    while True:
        status, said = asked(http, "/readyz")
        assert (status == 503) == bool(said["causes"])
        if said["causes"] == expected or time.monotonic() > deadline:
            return list(said["causes"])
        time.sleep(0.05)


@pytest.mark.postgres
def test_readiness_names_its_causes(tmp_path: Path) -> None:
    """Database, state store, or both; the process itself stays healthy."""
    with (
        servers.postgres() as database,
        servers.redis() as memory,
        provider(tmp_path, database, memory) as http,
    ):
        said = [causes(http, [])]
        memory.stop()
        said.append(causes(http, ["state store"]))
        database.stop()
        said.append(causes(http, ["database", "state store"]))
        alive = asked(http, "/healthz")
        database.start()
        memory.start()
        said.append(causes(http, []))

    assert [[], ["state store"], ["database", "state store"], []] == said
    assert (200, {"ok": True, "causes": []}) == alive
