"""What an upstream answers is read by paths, and whatever it is, nobody crashes over it."""

import json
import socket
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from federation import answers, dialect
from federation.answers import Senseless
from federation.simulator.shaanxi_routes import table
from idp import clock
from idp.interaction.upstream import AssertedIdentity, Begun, Refused, Upstream, Wanted
from idp.settings_upstreams import UpstreamTable
from tests.connectors.stage import listening
from tests.federation.docked import BACK

TOKEN = b'{"access_token":"t","uid":"u"}'
MEMBERS = st.sampled_from(["uid", "userType", "userName", "cardType", "cardNo", "authLevel", "agentName"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(["u", "1", "2"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(MEMBERS, inner, max_size=5),
    max_leaves=12,
)


@pytest.mark.parametrize(
    ("text", "path", "value"),
    [
        ('{"a":{"b":" x "}}', "a.b", "x"),
        ('{"a":3}', "a", "3"),
        ('{"a":true}', "a", "true"),
        ('{"a":[1]}', "a", ""),
        ('{"a":"x"}', "a.b", ""),
        ('{"a":1.5}', "a", ""),
        ('{"a":null}', "a", ""),
        (r'{"a":"\ud800"}', "a", ""),
        (r'{"a":"\ud842\udfb7"}', "a", "𠮷"),
    ],
)
def test_a_path_leads_to_plain_text_or_nothing(text: str, path: str, value: str) -> None:
    """Objects, lists, fractions and half characters are no values."""
    assert value == answers.at(answers.read(text), path)


@pytest.mark.parametrize("text", ["", "[]", "1", "{", '{"a":1,"a":2}', '{"b":{"a":1,"a":2}}', "[" * 100_000])
def test_what_is_no_object_is_senseless(text: str) -> None:
    """Nor is one that names a member twice: two readers would see two persons."""
    with pytest.raises(Senseless):
        answers.read(text)


@dataclass
class Talker:
    """An upstream that gives a token and then says whatever it is told to."""

    upstream: Upstream
    said: bytes = b""
    calls: int = 0

    def visited(self) -> AssertedIdentity | Refused:
        begun = self.upstream.begin(Wanted(BACK), clock.now())
        assert isinstance(begun, Begun)
        return self.upstream.finish(begun.kept, {"state": begun.kept["state"], "code": "c"}, clock.now())


@pytest.fixture(scope="module")
def talker() -> Iterator[Talker]:
    held: list[Talker] = []

    def talk(line: socket.socket) -> None:
        held[0].calls += 1
        body = TOKEN if held[0].calls % 2 else held[0].said
        line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % len(body) + body)

    with listening(talk) as url:
        held.append(Talker(dialect.create("province", UpstreamTable.model_validate(table(url)))))
        yield held[0]


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(user=VALUES)
def test_whatever_it_says_of_somebody_is_an_answer_or_a_refusal(talker: Talker, user: object) -> None:
    """Any JSON in the place of the user."""
    talker.said = json.dumps({"loginUser": user}).encode()

    assert isinstance(talker.visited(), AssertedIdentity | Refused)
