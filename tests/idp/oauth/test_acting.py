"""Acting for an organisation: what the portal may ask, what the tokens say, and when they die."""

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import pytest
import time_machine

from idp import clock
from idp.account import acting as letting_out
from idp.mandates import states, succession
from idp.oauth import security_events
from idp.oauth.checks import details
from idp.oauth.security_events import SecurityEvent
from idp.organisations import lifecycle
from idp.organisations.models import Standing
from idp.organisations.registry import Confirmed, RegisteredState
from idp.outbox.models import Message
from idp.outbox.queue import open_payload
from idp.outbox.worker import Leased
from idp.sessions import logout
from idp.sessions.models import Participant
from idp.storage.prepared import Prepared, Row, Statement
from tests.idp.mandates.office import organisation
from tests.idp.oauth.enterprise import MATTER, Enterprise
from tests.idp.oauth.world import Registered, SignedIn, World, claims_of


@pytest.fixture
def company(each_world: World) -> Enterprise:
    """A company, over each pair of stores."""
    return Enterprise(each_world)


@pytest.fixture
def small(world: World) -> Enterprise:
    """A company over the embedded stores."""
    return Enterprise(world)


def entering(company: Enterprise, portal: Registered, who: SignedIn, **detail: object) -> str:
    """The details with which a portal asks for one matter of the company."""
    company.world.agree(who, portal)
    wanted = {"type": MATTER, "organisation": company.code, "matter": "S-1", "action": "apply", **detail}
    return json.dumps([wanted])


def acting(company: Enterprise, portal: Registered, who: SignedIn) -> Any:
    """Tokens of somebody who enters for the company."""
    return company.world.tokens(portal, who, authorization_details=entering(company, portal, who))


def asking(company: Enterprise, portal: Registered, who: SignedIn) -> Any:
    """Tokens of somebody who may only look."""
    details = entering(company, portal, who, action="query")
    return company.world.tokens(portal, who, authorization_details=details)


def test_tokens_say_for_whom_and_who(company: Enterprise) -> None:
    """`sub` is the organisation's, `act` the person's, and the matter is in all of them (RFC 8693, 9396)."""
    portal, agent = company.portal(), company.agent("S-1")
    details = entering(company, portal, agent)

    tokens = company.world.tokens(portal, agent, authorization_details=details)
    access, told = claims_of(tokens["access_token"]), claims_of(tokens["id_token"])
    seen = company.world.introspect(portal, tokens["access_token"])
    info: Any = company.world.userinfo(tokens["access_token"]).json
    matters = {said["authorization_details"][0]["matter"] for said in (access, told, seen, info, tokens)}

    assert {access["sub"]} == {said["sub"] for said in (told, seen, info)}
    assert all(company.code == said["organisation"]["code"] for said in (access, told, seen, info))
    assert all(access["act"]["sub"] == said["act"]["sub"] for said in (told, seen, info))
    assert {"S-1"} == matters
    assert "王小明" == info["act"]["name"]
    assert "name" not in info


def test_a_citizen_has_another_subject(small: Enterprise) -> None:
    """The same person as themselves is another subject, and nothing says for whom else they act."""
    portal, agent = small.portal(), small.agent("S-1")
    for_company = claims_of(acting(small, portal, agent)["access_token"])
    other = small.world.client()
    small.world.agree(agent, other)
    own = claims_of(small.world.tokens(other, agent)["access_token"])

    assert own["sub"] == for_company["act"]["sub"]
    assert {"act", "organisation", "authorization_details"}.isdisjoint(own)


def test_two_agents_are_one_organisation(small: Enterprise) -> None:
    """Whoever acts, the portal knows the organisation by one subject."""
    portal, first, second = small.portal(), small.agent("S-1"), small.agent("S-1")

    tokens = [claims_of(acting(small, portal, one)["access_token"]) for one in (first, second)]

    assert tokens[0]["sub"] == tokens[1]["sub"]
    assert tokens[0]["act"]["sub"] != tokens[1]["act"]["sub"]


def test_what_was_not_granted_is_asked_about_on_a_page(small: Enterprise) -> None:
    """Another matter of the same company is no silent sign-in: the page says why, `none` gets an error."""
    portal, agent = small.portal(), small.agent("S-1")
    details = entering(small, portal, agent, matter="S-2")

    shown = small.world.authorize(portal, agent, authorization_details=details)
    silent = small.world.authorize(portal, agent, authorization_details=details, prompt="none")

    assert shown.location.startswith("/interaction/")
    assert "interaction_required" == silent.error


def test_whoever_acts_for_nobody_is_not_asked(small: Enterprise) -> None:
    """A citizen enters a portal that admits organisations without another page."""
    portal = small.portal()

    assert small.world.code(portal, small.world.known(portal))


def test_whoever_acts_for_somebody_chooses_once(small: Enterprise) -> None:
    """Without a hint the choice is the person's, and holds for this portal in this session."""
    portal, agent = small.portal(), small.agent("S-1")
    small.world.agree(agent, portal)

    asked = small.world.authorize(portal, agent)

    assert asked.location.startswith("/interaction/")


def test_one_read_knows_who_comes_and_for_whom(company: Enterprise, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a page an agent costs a citizen's one statement, and one more at userinfo."""
    portal, agent = company.portal(), company.agent("S-1")
    asked = entering(company, portal, agent)
    company.world.tokens(portal, agent, authorization_details=asked)
    read: list[str] = []
    ask = Prepared.all

    def counted(self: Prepared, statement: Statement, values: Mapping[str, Any]) -> Sequence[Row]:
        read.append(statement.sqlite)
        return ask(self, statement, values)

    monkeypatch.setattr(Prepared, "all", counted)
    tokens = company.world.tokens(portal, agent, authorization_details=asked)
    at_sign_in = len(read)
    info: Any = company.world.userinfo(tokens["access_token"]).json

    assert "act" in info
    assert (1, 2) == (at_sign_in, len(read))


@pytest.mark.parametrize("more", [{}, {"amount": [[]] * 200}])
def test_what_is_padded_or_nested_is_not_remembered(small: Enterprise, more: dict[str, Any]) -> None:
    """Nobody fills our memory with a thousand requests, whatever client they name."""
    portal, agent = small.portal(), small.agent("S-1")
    padding = " " * (0 if more else details.LONGEST_REMEMBERED)
    asked = entering(small, portal, agent, matter=f"S-{len(more)}", **more) + padding
    before = details.remembered.cache_info().currsize
    small.world.authorize(portal, agent, authorization_details=asked, prompt="none")

    assert before == details.remembered.cache_info().currsize


@pytest.mark.parametrize(
    "details",
    [
        "{",
        "[]",
        '[{"type":"urn:other"}]',
        '[{"type":"urn:yitong:matter","matter":"S-1"}]',
        '[{"type":"urn:yitong:matter","matter":"S-1","action":"steal"}]',
        '[{"type":"urn:yitong:matter","matter":"NONE-1","action":"apply"}]',
        '[{"type":"urn:yitong:matter","matter":"S-1","action":"apply","amount":-1}]',
        '[{"type":"urn:yitong:matter","matter":"S-1","action":"apply","organisation":"91"}]',
        '[{"type":"urn:yitong:matter","matter":"S-1","action":"apply","admin":true}]',
        '[{"type":"urn:yitong:matter","matter":["S-1"],"action":"apply"}]',
        '[{"type":"urn:yitong:matter","matter":"S-1","action":["apply"]}]',
        '[{"type":"urn:yitong:matter","matter":"S-1","action":"apply","amount":[[],[]]}]',
    ],
)
def test_details_that_are_none_are_refused(small: Enterprise, details: str) -> None:
    """RFC 9396 §5: unknown types, fields and values are `invalid_authorization_details`."""
    refused = small.world.authorize(small.portal(), authorization_details=details)

    assert "invalid_authorization_details" == refused.error


def test_a_portal_that_lets_nobody_act_hears_of_no_organisation(small: Enterprise) -> None:
    """A client that did not register for it can neither name an organisation nor learn of one."""
    plain = small.world.client()

    assert "invalid_request" == small.world.authorize(plain, organisation=small.code).error


def test_a_tampered_hint_lets_nobody_in(small: Enterprise) -> None:
    """Another company's code, known or not, gives the same page and no code."""
    portal, agent = small.portal(), small.agent("S-1")
    small.world.agree(agent, portal)

    hints = [small.code[:-1] + ("0" if small.code[-1] != "0" else "1"), "91210000MAYYYY0164"]
    answers = [small.world.authorize(portal, agent, organisation=hint, prompt="none").error for hint in hints]

    assert ["interaction_required"] * 2 == answers


def test_a_revoked_mandate_kills_its_tokens_at_once(company: Enterprise) -> None:
    """Userinfo, introspection and refresh refuse from the very moment on, with the session still alive."""
    portal, agent = company.portal(), company.world.sign_in()
    mandate = company.mandate(agent.person_id, "S-1")
    tokens = acting(company, portal, agent)
    company.revoke(mandate)

    assert 401 == company.world.userinfo(tokens["access_token"]).status_code
    assert {"active": False} == company.world.introspect(portal, tokens["access_token"])
    assert 400 == company.world.refresh(portal, tokens["refresh_token"]).status_code


def test_a_code_under_a_revoked_mandate_is_worth_nothing(company: Enterprise) -> None:
    """Revoked between authorize and token: the redemption looks again (race of revoke and token)."""
    portal, agent = company.portal(), company.world.sign_in()
    mandate = company.mandate(agent.person_id, "S-1")
    code = company.world.code(portal, agent, authorization_details=entering(company, portal, agent))
    company.revoke(mandate)

    refused: Any = company.world.redeem(portal, code).json

    assert "invalid_grant" == refused["error"]


def test_acting_ends_with_the_mandate_to_the_second(small: Enterprise) -> None:
    """An access token under a mandate lives a minute and no longer than the mandate."""
    portal, agent = small.portal(), small.world.sign_in()
    small.mandate(agent.person_id, "S-1", valid_until=clock.now() + timedelta(seconds=20))
    tokens = acting(small, portal, agent)

    with time_machine.travel(clock.now() + timedelta(seconds=21)):
        late = small.world.authorize(
            portal, agent, authorization_details=entering(small, portal, agent), prompt="none"
        )

        assert tokens["expires_in"] <= 20
        assert "interaction_required" == late.error
        assert 400 == small.world.refresh(portal, tokens["refresh_token"]).status_code


def test_renewed_tokens_end_with_the_first_mandate_on_the_way(small: Enterprise) -> None:
    """Through another organisation neither mandate is outlived, nor is a grace."""
    portal, agent, over = small.portal(), small.world.sign_in(), clock.now() + timedelta(seconds=20)
    with small.world.oauth.database.writing() as db:
        between = organisation(2, clock.now())
        db.add(between)
        db.flush()
        succession.appoint(db, states.hold(db, between.id), agent.person_id, None, clock.now())
    whom: dict[str, Any] = {"agent_person_id": None, "agent_organisation_id": between.id}
    small.mandate(agent.person_id, "S-1", valid_until=over, **whom)
    waiting = small.world.sign_in()
    small.mandate(waiting.person_id, "S-1", actions="query", grace_until=over)

    first = [acting(small, portal, agent), asking(small, portal, waiting)]
    renewed: list[Any] = [small.world.refresh(portal, one["refresh_token"]).json for one in first]

    assert all(one["expires_in"] <= 20 for one in (*first, *renewed))


def test_a_suspended_organisation_lets_nobody_act(small: Enterprise) -> None:
    """What the registry says of it is read with every use."""
    portal, agent = small.portal(), small.agent("S-1")
    tokens = acting(small, portal, agent)
    small.change(standing=Standing.SUSPENDED)

    assert {"active": False} == small.world.introspect(portal, tokens["access_token"])


def test_refreshed_tokens_say_the_same(company: Enterprise) -> None:
    """A refresh never changes for whom a token is, and lives a minute again."""
    portal, agent = company.portal(), company.agent("S-1")
    tokens = acting(company, portal, agent)
    renewed: Any = company.world.refresh(portal, tokens["refresh_token"]).json
    same = ("sub", "act", "organisation", "authorization_details")
    before, after = claims_of(tokens["access_token"]), claims_of(renewed["access_token"])

    assert 60 == renewed["expires_in"]
    assert all(before[name] == after[name] for name in same)


def test_what_was_for_one_act_is_not_renewed_after_it(company: Enterprise) -> None:
    """The token in hand runs out by itself, so that the act can be ended in peace; the family is over."""
    portal, agent = company.portal(), company.world.sign_in()
    mandate = company.mandate(agent.person_id, "S-1", once=True)
    tokens = acting(company, portal, agent)
    before: Any = company.world.refresh(portal, tokens["refresh_token"]).json
    company.use(mandate)
    after = [company.world.refresh(portal, before["refresh_token"]) for _ in range(2)]

    assert "access_token" in before
    assert [400, 400] == [one.status_code for one in after]


def test_nor_is_what_was_granted_under_it(small: Enterprise) -> None:
    """One act for all who hold a part of it (`mandates.ending.use`)."""
    portal, agent, above = small.portal(), small.world.sign_in(), small.world.sign_in()
    first = small.mandate(above.person_id, "S-1", once=True, may_delegate=True)
    small.mandate(agent.person_id, "S-1", granted_under=first)
    tokens = acting(small, portal, agent)
    small.use(first)

    assert 400 == small.world.refresh(portal, tokens["refresh_token"]).status_code


def test_portals_are_told_when_a_mandate_ends(small: Enterprise) -> None:
    """The worker queues one logout notice with the organisation's subject; the session itself goes on."""
    portal, agent = small.portal(), small.world.sign_in()
    mandate = small.mandate(agent.person_id, "S-1")
    tokens = acting(small, portal, agent)
    small.revoke(mandate)
    sub = claims_of(tokens["access_token"])["sub"]
    with small.world.oauth.database.writing() as db:
        told = letting_out.let_out(db, [mandate], "revoked", clock.now())
        queued = db.query(Message).where(Message.topic == logout.TOPIC).count()
        left = db.query(Participant).where(Participant.sub == sub).count()

    assert (1, 1, 0) == (told, queued, left)
    assert small.world.code(portal, agent)


def test_portals_are_told_what_a_registry_says_of_an_organisation(small: Enterprise) -> None:
    """Whoever was let in for it hears, by the subject known there; the same answer again tells nobody."""
    portal, agent = small.portal(), small.agent("S-1")
    sub = claims_of(acting(small, portal, agent)["access_token"])["sub"]
    now = clock.now()
    answer = Confirmed("market_regulation", "r-1", now, "更名有限公司", RegisteredState.LICENCE_REVOKED)
    told = []
    for _ in range(2):
        with small.world.oauth.database.writing() as db:
            lifecycle.follow(db, states.hold(db, small.id), answer, now)
            messages = db.query(Message).where(Message.topic == lifecycle.CHANGED).all()
            leased = [Leased(m.id, m.topic, open_payload(db, m), 1, m.created_at) for m in messages]
        told.append([letting_out.organisation_changed(small.world.oauth.database, one) for one in leased])
    with small.world.oauth.database.writing() as db:
        message = db.query(Message).where(Message.topic == security_events.TOPIC).first()
        assert message is not None
        said = open_payload(db, message)

    assert [[1], [1]] == told
    assert (portal.id, sub, SecurityEvent.ORGANISATION_CHANGED) == (
        said["client_id"],
        said["sub"],
        said["event"],
    )
    assert ("更名有限公司", "licence_revoked", "restricted") == tuple(
        said["said"][name] for name in ("name", "status", "standing")
    )


def test_an_opaque_token_says_the_same(small: Enterprise) -> None:
    """Introspection tells of an opaque token what a JWT would have said."""
    portal, agent = small.portal(access_token_format="opaque"), small.agent("S-1")
    tokens = acting(small, portal, agent)

    seen = small.world.introspect(portal, tokens["access_token"])

    assert small.code == seen["organisation"]["code"]
    assert "agent" == seen["act"]["role"]


def test_the_matter_asks_for_its_level(small: Enterprise) -> None:
    """A matter's minimum is added to the client's: somebody below it is led up first."""
    portal = small.portal()
    low = small.world.sign_in(small.world.person(level=2))
    small.mandate(low.person_id, "S-1")

    answer = small.world.authorize(
        portal, low, authorization_details=entering(small, portal, low), prompt="none"
    )

    assert "interaction_required" == answer.error


def test_a_hint_keeps_the_capacity(small: Enterprise) -> None:
    """A silent renewal with the last ID token stays with the organisation, or the person, it was for."""
    portal, agent = small.portal(), small.agent("S-1")
    as_company = acting(small, portal, agent)["id_token"]
    again = small.world.tokens(portal, agent, id_token_hint=as_company, prompt="none")
    own = small.world.client(capacities=["person", "organisation"])
    plain = small.world.known(own)
    as_self = small.world.tokens(own, plain)["id_token"]
    small.mandate(plain.person_id, "S-1")
    renewed = small.world.tokens(own, plain, id_token_hint=as_self, prompt="none")

    assert claims_of(as_company)["sub"] == claims_of(again["id_token"])["sub"]
    assert claims_of(as_self)["sub"] == claims_of(renewed["id_token"])["sub"]


def test_a_hint_of_another_capacity_meets_nobody(small: Enterprise) -> None:
    """The ID token of the person does not open the organisation, whatever the details name."""
    portal, agent = small.portal(), small.world.sign_in()
    small.world.agree(agent, portal)
    as_self = small.world.tokens(portal, agent)["id_token"]
    small.mandate(agent.person_id, "S-1")
    details = entering(small, portal, small.world.sign_in())

    answer = small.world.authorize(
        portal, agent, id_token_hint=as_self, authorization_details=details, prompt="none"
    )

    assert "interaction_required" == answer.error


def test_a_matter_of_another_client_is_none(small: Enterprise) -> None:
    """A portal asks for its own: of no other, known or not, does it learn who has a mandate."""
    portal, agent = small.portal(matters=["S-2"]), small.agent("S-1")

    refused = small.world.authorize(portal, agent, authorization_details=entering(small, portal, agent))

    assert "invalid_authorization_details" == refused.error
