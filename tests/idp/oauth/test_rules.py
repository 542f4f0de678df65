"""Rules on plain values."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp import clock
from idp.oauth import rotation, subjects
from idp.oauth.checks import pkce
from idp.oauth.errors import Answered, as_response
from idp.oauth.message import Malformed, Parameters, Request, bearer, parse
from idp.oauth.responses import Mode, Redirect, deliver
from tests.idp.oauth.world import World


def test_the_example_of_the_specification() -> None:
    """RFC 7636 appendix B."""
    assert "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM" == pkce.challenge_of(
        "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    )


@pytest.mark.parametrize("verifier", ["a" * 42, "a" * 129, "a" * 42 + "é", "a" * 42 + "+", ""])
def test_a_verifier_has_a_form(verifier: str) -> None:
    """43 to 128 unreserved characters (RFC 7636 §4.1)."""
    with pytest.raises(Answered):
        pkce.verify("x" * 43, verifier)


def test_parameters_without_a_value_were_not_sent() -> None:
    """RFC 6749 §3.1."""
    assert Parameters({"a": "1"}) == parse("a=1&b=&c&&=")


def test_a_parameter_may_not_come_twice_but_for_resource() -> None:
    """The first value counts for telling where an error goes (RFC 8707 §2 for `resource`)."""
    read = parse("a=1&a=2&resource=x&resource=y&b=%E4%B8%AD+%2B")

    assert ("1", frozenset({"a"}), "中 +") == (read.get("a"), read.repeated, read.get("b"))


@given(st.text())
def test_reading_never_crashes(text: str) -> None:
    """Whatever is sent is read or refused."""
    with suppress(Malformed):
        parse(text)


@pytest.mark.parametrize(
    ("header", "token"),
    [("Bearer abc", "abc"), ("bearer abc", "abc"), ("Basic abc", None), (None, None), ("Bearer", None)],
)
def test_a_token_is_taken_from_the_header(header: str | None, token: str | None) -> None:
    """RFC 6750 §2.1."""
    assert token == bearer(Request("GET", authorization=header))


def test_an_answer_joins_a_query_that_is_there() -> None:
    """The registered URI stays as it is (RFC 6749 §3.1.2)."""
    answer = deliver(Mode.QUERY, "https://a.example/?x=1", {"code": "c", "state": None}, "https://i.example")

    assert Redirect("https://a.example/?x=1&code=c&iss=https%3A%2F%2Fi.example") == answer


def test_a_challenge_names_the_method_that_was_tried() -> None:
    """RFC 6749 §5.2."""
    answer = as_response(Answered("invalid_client", status=401, basic=True))

    assert ("WWW-Authenticate", 'Basic realm="token"') in answer.headers


def test_a_refresh_token_reads_back(world: World) -> None:
    """Family and generation, under a MAC of ours, for the client it was made for."""
    family, portal, other = uuid4(), world.client().client, world.client().client
    token = rotation.compose(world.oauth.vault, portal, family, 7)

    assert (family, 7) == rotation.parse(world.oauth.vault, portal, token)
    assert rotation.parse(world.oauth.vault, other, token) is None


def test_fifty_first_visits_get_one_subject(each_world: World) -> None:
    """Random, made once, race-safe."""
    person, now = each_world.person(), clock.now()
    with ThreadPoolExecutor(10) as pool:
        found = list(
            pool.map(
                lambda _: subjects.ensure(each_world.oauth.prepared, "government", person, now), range(50)
            )
        )

    assert 1 == len(set(found))
    assert 32 == len(found[0])
