"""City and province never hand a request to and fro."""

from collections.abc import Iterator

import pytest

from idp.interaction.record import Demand
from idp.oauth.asked import MOST_HOPS
from tests.federation.stage import ISSUER, City, city


@pytest.fixture(scope="module")
def peer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    """A city whose province also signs its own people in here, as the client `the-province`."""
    with city(tmp_path_factory.mktemp("peer"), changes={"asks_as": "the-province"}) as made:
        yield made


def offered(town: City, **demand: object) -> list[str]:
    return list(town.stage.services.extras["federation"].offered(Demand(**demand)))  # type: ignore[arg-type]


def test_nobody_is_sent_back_to_where_they_came_from(peer: City) -> None:
    """By the client that asks, whatever protocol it speaks; by the way the request has come."""
    assert ["province"] == offered(peer, client_id="a-portal")
    assert [] == offered(peer, client_id="the-province")
    assert [] == offered(peer, client_id="a-portal", hops=(peer.url, "https://elsewhere.example"))


def test_a_request_that_was_here_before_goes_nowhere(peer: City) -> None:
    """However long the way round was."""
    assert [] == offered(peer, client_id="a-portal", hops=("https://a.example", ISSUER))


def test_a_way_that_is_padded_hides_no_loop(peer: City) -> None:
    """Eight are read: whoever puts eight of their own in front might have us behind them."""
    long = tuple(f"https://{number}.example" for number in range(MOST_HOPS))

    assert ["province"] == offered(peer, client_id="a-portal", hops=long[1:])
    assert [] == offered(peer, client_id="a-portal", hops=long)


def test_the_way_is_told_to_the_upstream(peer: City) -> None:
    """So that it can do the same."""
    assert f"hops={ISSUER.replace(':', '%3A').replace('/', '%2F')}" in peer.traveller().departs()
