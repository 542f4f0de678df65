"""The guide's own CAS system, as it is printed: it lets people in and lets them go."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from idp.clients.metadata import parse
from idp.clients.models import ClientClass
from tests.idp.oauth.world import Registered
from tests.served import Served, listening, serving
from tests.servers import free_port

GUIDE = (Path(__file__).parents[3] / "docs" / "integration.md").read_text(encoding="utf-8")


@dataclass(frozen=True)
class System:
    """The printed program, running beside a provider."""

    served: Served
    client: Registered
    page: str


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """It, on a port of its own, registered by the printed registration."""
    found = re.search(r"```python\n(# cas_system.py\n.*?)app\.run", GUIDE, re.DOTALL)
    registration = re.search(r"<<'JSON'\n(\{.*?\n\})\nJSON", GUIDE, re.DOTALL)
    assert found is not None
    assert registration is not None
    port = free_port()
    with serving(tmp_path_factory.mktemp("home")) as served, pytest.MonkeyPatch.context() as patch:
        patch.setenv("ISSUER", served.url)
        program: dict[str, Any] = {"__name__": "cas_system"}
        exec(compile(found[1].replace("8399", str(port)), "cas_system.py", "exec"), program)  # noqa: S102
        client = served.register(**json.loads(registration[1].replace("8399", str(port))))
        with listening(program["app"], port) as url:
            yield System(served, client, f"{url}/mine")


def test_it_lets_people_in_and_lets_them_go(system: System) -> None:
    """Who came stands on its page; a sign-out elsewhere ends the visit."""
    browser, signed_in = system.served.browser(system.client)
    told = browser.get(system.page, timeout=60).json()
    system.served.world.end_session(signed_in)
    system.served.deliver()

    assert "王小明" == told["name"]
    assert 302 == browser.get(system.page, allow_redirects=False, timeout=60).status_code


def test_the_printed_registration_of_a_site_is_accepted() -> None:
    """Every field is one we know."""
    block = next(one for one in re.findall(r"```json\n(.*?)```", GUIDE, re.DOTALL) if '"protects"' in one)

    assert parse(json.loads(block), "archive", ClientClass.GOVERNMENT).protects
