"""A CAS server as an upstream: what its answers may not be, and what it can be asked."""

import socket
from collections.abc import Iterator

import pytest

from federation.cas import Cas
from federation.line import Line
from federation.simulator.cas_routes import table
from federation.simulator.people import People
from idp import clock
from idp.interaction.upstream import AssertedIdentity, Begun, Reason, Refused, Wanted
from idp.settings_upstreams import UpstreamTable
from tests.connectors.stage import listening
from tests.federation.docked import BACK, Docked, docked, province


@pytest.fixture(scope="module")
def running() -> Iterator[tuple[str, People]]:
    with province() as there:
        yield there


@pytest.fixture
def cas(running: tuple[str, People]) -> Docked:
    there = docked(*running, "cas")
    there.order("clear")
    return there


YES = "<c:authenticationSuccess><c:user>{}</c:user>{}</c:authenticationSuccess>"
RESPONSE = '<c:serviceResponse xmlns:c="http://www.yale.edu/tp/cas">{}</c:serviceResponse>'


def finished(body: str) -> AssertedIdentity | Refused:
    """What becomes of a visit whose ticket the server answers so."""

    def talk(line: socket.socket) -> None:
        octets = body.encode()
        line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % len(octets))
        line.sendall(octets)

    with listening(talk) as url:
        upstream = Cas("province", UpstreamTable.model_validate(table(url)), Line("province"))
        begun = upstream.begin(Wanted(BACK), clock.now())
        assert isinstance(begun, Begun)
        received = {"state": begun.kept["state"], "ticket": "ST-1"}
        return upstream.finish(begun.kept, received, clock.now())


def test_a_plain_answer() -> None:
    """Without attributes somebody is but a name at the upstream, at no level."""
    said = finished(RESPONSE.format(YES.format("u-1", "")))

    assert isinstance(said, AssertedIdentity)
    assert ("u-1", 0, "") == (said.subject, said.level.ial, said.number)


@pytest.mark.parametrize(
    "body",
    [
        "",
        "yes\nu-1\n",
        '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]>' + RESPONSE.format(YES.format("&e;", "")),
        RESPONSE.format(YES.format("u-1<!-- -->.another", "")),
        RESPONSE.format(YES.format("u-1", "") * 2),
        RESPONSE.format(YES.format("u-1", "") + "<c:authenticationFailure code='INVALID_TICKET'/>"),
        RESPONSE.format(YES.format("<b>u-1</b>", "")),
        RESPONSE.format(YES.format("u-1", "<c:user>u-2</c:user>")),
        RESPONSE.replace("www.yale.edu", "elsewhere.example").format(YES.format("u-1", "")),
        RESPONSE.format("<authenticationSuccess><user>u-1</user></authenticationSuccess>"),
    ],
)
def test_an_answer_that_can_be_read_in_two_ways_is_none(body: str) -> None:
    """No entity, no comment in a name, no two users, no other namespace."""
    assert Refused(Reason.UNAVAILABLE, "senseless") == finished(body)


def test_nobody_is_refused() -> None:
    assert Refused(Reason.UNBELIEVED, "nobody") == finished(RESPONSE.format(YES.format(" ", "")))


def test_an_attribute_said_twice_says_nothing() -> None:
    """Two levels are no level: neither is taken for the right one."""
    twice = "<c:attributes><c:ial>3</c:ial><c:ial>5</c:ial><c:name>甲乙</c:name></c:attributes>"
    said = finished(RESPONSE.format(YES.format("u-1", twice)))

    assert isinstance(said, AssertedIdentity)
    assert (0, "甲乙") == (said.level.ial, said.name)


@pytest.mark.parametrize("ticket", ["PT-1", "ST-1&service=x", "ST-", "ST-" + "1" * 300, "ST-1\r\nx: y"])
def test_what_is_no_service_ticket_is_never_asked_about(cas: Docked, ticket: str) -> None:
    """Only a service ticket of a bounded length goes into an address of ours (CAS Protocol §3.1.1)."""
    begun = cas.begun()
    answer = cas.upstream.finish(begun.kept, {"state": begun.kept["state"], "ticket": ticket}, clock.now())

    assert Refused(Reason.UNBELIEVED, "ticket") == answer


def test_a_ticket_for_another_service_is_refused(cas: Docked) -> None:
    """The upstream compares the service with the one the ticket was made for."""
    cas.order("wrong_audience", "user")

    assert Refused(Reason.UNBELIEVED, "INVALID_SERVICE") == cas.visit()


def test_silent_and_signed_out_comes_back_without_a_ticket(cas: Docked) -> None:
    """`gateway` shows no page, and nobody is asserted (§2.1.1)."""
    begun = cas.begun(silent=True)
    _, location = cas.browser.open(begun.url)

    assert begun.kept["service"] == location
    assert Refused(Reason.DECLINED, "ticket") == cas.upstream.finish(
        begun.kept, {"state": begun.kept["state"]}, clock.now()
    )


def test_fresh_asks_whoever_is_signed_in_there(cas: Docked) -> None:
    """`renew` shows the login page again."""
    cas.visit("resident")
    _, location = cas.browser.open(cas.begun(fresh=True).url)

    assert location.startswith("/login")


def test_signing_out_there_comes_back_here(cas: Docked) -> None:
    """After its logout page the next visit is asked who they are."""
    said = cas.visit("resident")
    assert isinstance(said, AssertedIdentity)
    leaving = cas.upstream.leave(said.kept, BACK)
    assert isinstance(leaving, str)

    assert BACK == cas.browser.open(leaving)[1]
    assert cas.browser.open(cas.begun().url)[1].startswith("/login")
