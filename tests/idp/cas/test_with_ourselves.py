"""Another instance of ours as a system of this one, by CAS: both sides read the protocol alike."""

from collections.abc import Iterator
from urllib.parse import parse_qsl, urlsplit

import pytest

from federation.cas import Cas
from federation.line import Line
from idp import clock
from idp.interaction.upstream import AssertedIdentity, Begun, Reason, Refused, Wanted
from idp.settings_upstreams import UpstreamTable
from tests.idp.oauth.world import Registered
from tests.served import Served, serving

BACK = "http://127.0.0.1:8399/federation/province/callback"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The province, on the loopback."""
    with serving(tmp_path_factory.mktemp("home")) as served:
        yield served


@pytest.fixture(scope="module")
def city(served: Served) -> Registered:
    """The city, registered there."""
    return served.register(protocol="cas", services=[{"prefix": BACK}])


@pytest.mark.parametrize("silent", [False, True])
def test_a_city_is_told_who_came(served: Served, city: Registered, silent: bool) -> None:
    """Name and level as the province has them, by a ticket that serves once."""
    told = {"protocol": "cas", "title": "省政务服务网", "issuer": f"{served.url}/cas", "client_id": city.id}
    table = UpstreamTable.model_validate({**told, "trust": {"levels": {"3": 3}}})
    upstream = Cas("province", table, Line("province"))
    begun = upstream.begin(Wanted(BACK, silent=silent), clock.now())
    assert isinstance(begun, Begun)
    browser, _ = served.browser(city)
    answer = browser.get(begun.url, allow_redirects=False, timeout=60)
    received = dict(parse_qsl(urlsplit(answer.headers["Location"]).query))
    said = upstream.finish(begun.kept, received, clock.now())

    assert isinstance(said, AssertedIdentity), said
    assert ("王小明", 3) == (said.name, said.level.ial)
    assert Refused(Reason.UNBELIEVED, "INVALID_TICKET") == upstream.finish(begun.kept, received, clock.now())
