"""What the data of the provinces' profiles amounts to, end to end."""

from base64 import b64decode
from collections.abc import Iterator
from urllib.parse import parse_qsl, urlsplit

import pytest

from federation import dialect
from federation.simulator.people import People
from idp import clock
from idp.interaction.upstream import AssertedIdentity, NotLeft, Refused
from idp.settings_upstreams import UpstreamTable
from tests.federation.docked import BACK, DIALECTS, TABLES, Docked, docked, province

LEAVABLE = [name for name in DIALECTS if name != "national"]


@pytest.fixture(scope="module")
def running() -> Iterator[tuple[str, People]]:
    with province() as there:
        yield there


@pytest.fixture
def zhejiang(running: tuple[str, People]) -> Docked:
    return docked(*running, "zhejiang")


def asserted(answer: AssertedIdentity | Refused) -> AssertedIdentity:
    assert isinstance(answer, AssertedIdentity), answer
    return answer


def asked(url: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(url).query))


def test_zhejiangs_highest_level_of_an_organisation_is_our_highest(zhejiang: Docked) -> None:
    """It says 1 for a certificate or 电子营业执照, which is a 5 of ours and not a 1."""
    said = asserted(zhejiang.visit("director", organisation=True))

    assert said.organisation is not None
    assert 5 == said.organisation.level


def test_zhejiang_has_a_way_of_its_own_for_organisations(zhejiang: Docked) -> None:
    """Somebody with a firm who comes for themselves is asserted as themselves."""
    assert "/opensso/spsaehandler/metaAlias/sp" == urlsplit(zhejiang.begun(organisation=True).url).path
    assert asserted(zhejiang.visit("representative")).organisation is None


def test_agents_of_one_account_are_different_people(zhejiang: Docked) -> None:
    """An account that several share is nobody's id: the agent is part of it, and not to be read out of it."""
    first, second = (zhejiang.visit(key, organisation=True) for key in ("director", "representative"))

    assert asserted(first).subject != asserted(second).subject
    assert all(len(asserted(one).subject) == 64 for one in (first, second))


def test_liaonings_address_is_in_base64(running: tuple[str, People]) -> None:
    """Our name, our callback with the state inside, our session; gb lets the nation's people in."""
    begun = docked(*running, "liaoning").begun()
    sent = asked(begun.url)
    plain = {name: b64decode(sent[name]).decode() for name in ("coAppName", "surl", "coSessionId")}

    assert "1" == sent["gb"]
    assert {
        "coAppName": "yitong-city",
        "surl": begun.kept["back"],
        "coSessionId": begun.kept["state"],
    } == plain


@pytest.mark.parametrize("name", ["liaoning", "shaanxi"])
def test_a_province_marks_whom_the_nation_handed_down(running: tuple[str, People], name: str) -> None:
    """One mark in its answer, and only for them."""
    there = docked(*running, name)

    assert asserted(there.visit("handed-down")).national
    assert not asserted(there.visit("resident")).national


def test_everybody_of_the_national_platform_is_handed_down(running: tuple[str, People]) -> None:
    """With the hash of their name and number that it alone can make."""
    there = docked(*running, "national")
    said = asserted(there.visit("resident"))

    assert said.national
    assert there.citizen("resident").cert_key == said.cert_key
    assert said.cert_key not in repr(said)


def test_guangdong_is_not_believed_above_its_own_record(running: tuple[str, People]) -> None:
    """The level of an account is no higher than the best way by which it says somebody was proven."""
    there = docked(*running, "guangdong")
    there.order("highest_level", "user")

    assert 3 == asserted(there.visit("resident")).level.ial


@pytest.mark.parametrize("name", LEAVABLE)
def test_signing_out_there_comes_back_here(running: tuple[str, People], name: str) -> None:
    """By its page, or by a call of ours; either way the next visit is asked who they are."""
    there = docked(*running, name)
    leaving = there.upstream.leave(asserted(there.visit("resident")).kept, BACK)

    assert leaving is NotLeft.ENDED or BACK == there.browser.open(str(leaving))[1]
    assert there.browser.open(there.begun().url)[1].startswith("/login")


def test_a_sign_out_that_did_not_arrive_is_none(running: tuple[str, People]) -> None:
    """Without the token nothing can be ended there, and nobody is told that it was."""
    assert docked(*running, "shaanxi").upstream.leave({}, BACK) is NotLeft.NO_SERVICE


@pytest.mark.parametrize("name", ["guangdong", "zhejiang", "national"])
def test_what_a_profile_needs_is_asked_for_at_the_start(name: str) -> None:
    """An instance does not start with half of what the upstream issued."""
    whole = TABLES[name]("http://127.0.0.1:1")
    table = UpstreamTable.model_validate({**whole, "secrets": {}})

    with pytest.raises(ValueError, match=r"upstreams\.province\.secrets: .* needs "):
        dialect.create("province", table)


def test_a_ticket_beyond_reason_is_never_sent(running: tuple[str, People]) -> None:
    """What a stranger puts into the address stays with us."""
    there = docked(*running, "shaanxi")
    begun = there.begun()
    received = {"state": begun.kept["state"], "code": "x" * 10_000}

    assert isinstance(there.upstream.finish(begun.kept, received, clock.now()), Refused)
