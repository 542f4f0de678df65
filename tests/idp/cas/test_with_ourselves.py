"""Another instance of ours as a system of this one, by CAS: both sides read the protocol alike."""

from collections.abc import Iterator
from urllib.parse import parse_qsl, urlsplit

import pytest

from federation.cas import Cas
from federation.line import Line
from idp import clock
from idp.interaction.upstream import AssertedIdentity, Begun, Reason, Refused, Wanted
from idp.settings_upstreams import UpstreamTable
from tests.served import Served, serving

BACK = "http://127.0.0.1:8399/federation/{}/callback"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The province, on the loopback."""
    with serving(tmp_path_factory.mktemp("home")) as served:
        yield served


@pytest.mark.parametrize("silent", [False, True])
def test_a_city_is_told_who_came(served: Served, silent: bool) -> None:
    """Name and level as the province has them, by a ticket that serves once."""
    back = BACK.format("silent" if silent else "shown")
    city = served.register(protocol="cas", services=[{"prefix": back}])
    table: dict[str, object] = {
        "protocol": "cas",
        "title": "省政务服务网",
        "issuer": f"{served.url}/cas",
        "client_id": city.id,
    }
    table |= {"trust": {"levels": {"3": 3}}}
    upstream = Cas("province", UpstreamTable.model_validate(table), Line("province"))
    begun = upstream.begin(Wanted(back, silent=silent), clock.now())
    assert isinstance(begun, Begun)
    browser, _ = served.browser(city)
    answer = browser.get(begun.url, allow_redirects=False, timeout=10)
    received = dict(parse_qsl(urlsplit(answer.headers["Location"]).query))
    said = upstream.finish(begun.kept, received, clock.now())

    assert isinstance(said, AssertedIdentity), said
    assert ("王小明", 3) == (said.name, said.level.ial)
    assert Refused(Reason.UNBELIEVED, "INVALID_TICKET") == upstream.finish(begun.kept, received, clock.now())
