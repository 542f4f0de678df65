"""Market regulation: its three ways of telling, and what its answers must look like to count."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors import market_regulation
from connectors.market_regulation import FIELDS, MarketRegulation, Services
from idp.organisations.registry import (
    Answer,
    Confirmed,
    DenialReason,
    Denied,
    OrganisationClaim,
    OrganisationRegistry,
    RegisteredState,
    RepresentativeMatch,
)
from idp.persons.registry import Purpose, Unavailable, UnavailableReason, Unsupported
from tests.connectors.organisations import (
    ORGANISATIONS,
    Reply,
    claim,
    four_elements,
    registry,
    replying,
    represented_by,
)
from tests.connectors.stage import POPULATION, Stage, simulated

UNTRUSTED = Unavailable(UnavailableReason.UNTRUSTED_ANSWER)
REFUSED = Unavailable(UnavailableReason.REFUSED)
ONE = ORGANISATIONS["company-01"]
ROW = {"uniscid": ONE.credit_code, "entname": ONE.name, "name": "周雅琳", "regstateCn": "存续"}
EVERYTHING = Services("query", "individual", "", "four", "code")


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with simulated() as running:
        yield running


@pytest.fixture
def comparing(stage: Stage) -> OrganisationRegistry:
    """Where companies are compared and not queried, and no base is connected."""
    return registry(stage, without=("market_query", "market_four_elements", "base"))


def asked(reply: Reply, of: OrganisationClaim, services: Services = EVERYTHING) -> Answer:
    with replying(reply) as gateway:
        return MarketRegulation(gateway, services).ask(of, gateway.deadline())


def found(*rows: Mapping[str, object]) -> Reply:
    """A query that finds these, and a four-element service that finds them right."""

    def reply(posted: Mapping[str, Any]) -> object:
        return elements("01")(posted) if "userTransId" in posted else {"code": "2000", "data": list(rows)}

    return reply


def elements(status: str, **said: str) -> Reply:
    """The four-element service with this result, and these fields unlike the others."""

    def reply(posted: Mapping[str, Any]) -> object:
        if "userTransId" not in posted:
            return {"code": "2000", "data": [ROW]}
        details = {"userTransId": posted["userTransId"], "items": dict.fromkeys(FIELDS, "01") | said}
        return {"status": status, "data": details}

    return reply


def test_a_comparison_confirms_name_and_state(comparing: OrganisationRegistry) -> None:
    """Where a province offers no query."""
    answer = comparing.verify(claim("company-revoked"))

    assert isinstance(answer, Confirmed)
    assert (RegisteredState.LICENCE_REVOKED, market_regulation.AUTHORITY) == (answer.state, answer.authority)


def test_a_comparison_tells_what_differs(comparing: OrganisationRegistry) -> None:
    """The keys of what differs are read, never the values beside them."""
    name = comparing.verify(claim("company-01", name="另一家有限公司"))
    holder = comparing.verify(claim("company-01", representative=represented_by("man")))
    nobody = comparing.verify(claim("company-base-only"))

    assert isinstance(name, Denied) and DenialReason.NAME is name.reason
    assert isinstance(holder, Confirmed) and RepresentativeMatch.MISMATCH is holder.representative
    assert isinstance(nobody, Denied) and DenialReason.NOT_FOUND is nobody.reason


def test_a_comparison_tries_both_spellings_of_a_dotted_name(comparing: OrganisationRegistry) -> None:
    """A registry that spells the name without its dot does not name somebody else."""
    answer = comparing.verify(claim("company-09", representative=represented_by("dot_dropped")))

    assert isinstance(answer, Confirmed)
    assert RepresentativeMatch.UNKNOWN is answer.representative


def test_without_a_number_check_nobody_is_a_representative(comparing: OrganisationRegistry) -> None:
    """The right name with the right number is still unknown: nobody compared the number."""
    answer = comparing.verify(four_elements("company-01"))

    assert isinstance(answer, Confirmed)
    assert RepresentativeMatch.UNKNOWN is answer.representative


def test_a_service_that_is_not_connected_is_unsupported(stage: Stage) -> None:
    """An instance may know companies and no individual businesses."""
    partly = registry(stage, without=("market_individual", "base"))

    assert Unsupported() == partly.verify(claim("business-01"))
    assert isinstance(partly.verify(claim("company-01")), Confirmed)


def test_a_wrong_authorisation_code_is_a_refusal(stage: Stage) -> None:
    """The registry behind the platform has its own list of who may query."""
    assert REFUSED == registry(stage, market_authcode="wrong").verify(claim("company-01"))


@pytest.mark.parametrize("purpose", [Purpose("", "registration"), Purpose("yitong", "")])
@pytest.mark.parametrize("key", ["company-01", "association-01", "institution-01", "law-firm-01"])
def test_a_call_without_a_purpose_is_refused(stage: Stage, key: str, purpose: Purpose) -> None:
    """System and matter are not optional, at any registry."""
    assert REFUSED == registry(stage).verify(claim(key, purpose=purpose))


def test_a_business_without_a_trade_name_goes_by_its_owners(stage: Stage) -> None:
    """无字号: the name on the licence is the name of who runs it."""
    answer = registry(stage).verify(claim("business-04"))

    assert isinstance(answer, Confirmed)
    assert POPULATION.persona("unregistered-19").name == answer.name


@pytest.mark.parametrize(
    ("status", "said", "match"),
    [
        ("01", {}, RepresentativeMatch.MATCH),
        ("02", {"legalPersonNo": "02"}, RepresentativeMatch.MISMATCH),
        ("02", {"legalPerson": "02"}, RepresentativeMatch.MISMATCH),
        ("02", {"enterpriseName": "02"}, RepresentativeMatch.UNKNOWN),
        ("03", {"legalPersonNo": "03"}, RepresentativeMatch.UNKNOWN),
        ("01", {"legalPersonNo": "03"}, RepresentativeMatch.UNKNOWN),
        ("02", {}, RepresentativeMatch.UNKNOWN),
    ],
)
def test_only_four_fields_that_are_the_same_are_a_match(
    status: str, said: dict[str, str], match: RepresentativeMatch
) -> None:
    """A result and fields that contradict each other confirm nobody."""
    answer = asked(elements(status, **said), four_elements("company-01"))

    assert isinstance(answer, Confirmed)
    assert match is answer.representative


@pytest.mark.parametrize(
    ("reply", "answer"),
    [
        (elements("04"), Unavailable(UnavailableReason.TRANSPORT)),
        (elements("97"), REFUSED),
        (elements("01", legalPersonNo="yes"), UNTRUSTED),
        (lambda posted: elements("01")({**posted, "userTransId": "another"}), UNTRUSTED),
    ],
)
def test_a_four_element_answer_must_be_one_to_our_question(reply: Reply, answer: Answer) -> None:
    """An answer to somebody else's question would make a stranger the representative."""

    def told(posted: Mapping[str, Any]) -> object:
        return reply(posted) if "userTransId" in posted else {"code": "2000", "data": [ROW]}

    assert answer == asked(told, four_elements("company-01"))


@pytest.mark.parametrize(
    "reply",
    [
        found({**ROW, "uniscid": "91210200YY000002YA"}),
        found(ROW, ROW),
        found({**ROW, "entname": ""}),
        found({**ROW, "entname": ["a"]}),
        found({**ROW, "entname": "某" * 201}),
        found({**ROW, "opto": "someday"}),
        found({**ROW, "opto": "2026-02-30"}),
        lambda _: {"code": "2000", "data": {"0": ROW}},
        lambda _: {"code": "2000", "data": ["row"]},
        lambda _: {"code": "2000", "data": [ROW] * 21},
        lambda _: ["2000"],
        lambda _: b"\xff\xfe",
        lambda _: b"[" * 100_000,
    ],
)
def test_an_answer_of_another_shape_is_not_trusted(reply: Reply) -> None:
    """Rows about others, two rows for one code, days that cannot be read, and what is no such JSON at all."""
    assert UNTRUSTED == asked(reply, claim("company-01"))


@pytest.mark.parametrize("code", ["4003", "周雅琳", ""])
def test_a_code_that_is_not_success_is_a_refusal(code: str) -> None:
    """Nothing else in such an answer is looked at."""
    assert REFUSED == asked(lambda _: {"code": code, "data": [ROW]}, claim("company-01"))


def test_of_two_records_the_one_that_moved_out_is_left_behind() -> None:
    """The old authority and the new one may both have a row."""
    answer = asked(found({**ROW, "regstateCn": "迁出"}, {**ROW, "regorg": "440100"}), claim("company-01"))

    assert isinstance(answer, Confirmed)
    assert (RegisteredState.LIVE, "440100") == (answer.state, answer.division)


def test_a_name_in_either_spelling_of_its_dot_is_asked_for_as_the_registry_spells_it() -> None:
    """The four-element service compares letter by letter."""
    told = []

    def reply(posted: Mapping[str, Any]) -> object:
        told.append(posted.get("legalPerson"))
        row = {**ROW, "name": "迪丽努尔艾力"}
        return elements("01")(posted) if "userTransId" in posted else {"code": "2000", "data": [row]}

    asked(reply, claim("company-01", representative=represented_by("dot_dropped")))

    assert [None, "迪丽努尔艾力"] == told


@pytest.mark.parametrize(
    "said", [{"ent_idx": {"uniscid": ONE.credit_code}}, {"ent_idx": {"uniscid": "another"}, "diff_list": []}]
)
def test_a_comparison_must_say_whom_it_compared(said: dict[str, object]) -> None:
    """Without the code, or without a list of differences, nothing was confirmed."""
    comparison = Services(verify="verify")
    told = {"code": "2000", "regstateCn": "存续", **said}

    assert UNTRUSTED == asked(lambda _: told, claim("company-01"), comparison)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.sampled_from(("2000", "01", "存续", ONE.name)),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(("code", "data", "status", "items", "userTransId", *ROW, *FIELDS)),
            inner,
            max_size=6,
        )
    ),
    max_leaves=12,
)


def test_no_answer_whatsoever_makes_somebody_a_representative() -> None:
    """Whatever JSON comes, the port answers, and without the four fields nobody is confirmed."""
    said: list[object] = []
    with replying(lambda _: said[-1]) as gateway:
        market = MarketRegulation(gateway, EVERYTHING)

        @given(JSON)
        @settings(max_examples=80, deadline=None)
        def tried(answer: object) -> None:
            said.append(answer)
            outcome = market.ask(four_elements("company-01"), gateway.deadline())

            assert (
                not isinstance(outcome, Confirmed) or outcome.representative is not RepresentativeMatch.MATCH
            )

        tried()
