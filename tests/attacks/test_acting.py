"""People who want to act for a company that does not let them, and portals that ask more than is theirs."""

import itertools
import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from idp import clock
from idp.mandates import ending
from idp.mandates.models import Mandate, State
from idp.organisations import history
from tests.attacks.whole import Visitor, Whole, told
from tests.idp.oauth.enterprise import MATTER, Enterprise
from tests.idp.oauth.world import Registered, claims_of

NUMBERS = itertools.count(1)


@pytest.fixture(scope="module")
def company(whole: Whole) -> Enterprise:
    """A company with matters, once for all of these."""
    return Enterprise(whole)


class Agent:
    """Somebody with a login, a mandate and a browser in which they are signed in."""

    def __init__(self, whole: Whole, company: Enterprise, *matters: str, actions: str = "apply") -> None:
        self.login = f"agent_number_{next(NUMBERS)}"
        self.person_id = whole.resident(self.login)
        self.mandate = company.mandate(self.person_id, *matters, actions=actions) if matters else None
        self.browser: Visitor = whole.visitor().sign_in(self.login)


def portal_of(company: Enterprise) -> Registered:
    return company.portal(scope="openid profile mandates", matters=["S-1", "S-2"])


def entering(whole: Whole, portal: Registered, company: Enterprise, **detail: Any) -> str:
    wanted = {"type": MATTER, "organisation": company.code, "matter": "S-1", "action": "apply", **detail}
    return whole.request(portal, authorization_details=json.dumps([wanted]))


def api(whole: Whole, portal: Registered, path: str, body: Any, **headers: str) -> Any:
    token = told(whole.post("/oauth/token", portal, grant_type="client_credentials"))["access_token"]
    sent = {"Authorization": f"Bearer {token}", **headers}
    return whole.http.post(f"/api/v1/mandates/{path}", json=body, headers=sent)


def known_by(whole: Whole, company: Enterprise, portal: Registered, agent: Agent) -> str:
    """The subject by which the portal knows somebody who has come for the company."""
    signed_in = whole.sign_in(agent.person_id)
    whole.agree(signed_in, portal)
    details = [{"type": MATTER, "organisation": company.code, "matter": "S-1", "action": "apply"}]
    tokens = whole.tokens(portal, signed_in, authorization_details=json.dumps(details))
    return str(claims_of(tokens["access_token"])["act"]["sub"])


def test_an_agent_chooses_and_the_bar_says_for_whom(whole: Whole, company: Enterprise) -> None:
    """The choice is a page; what follows says on whose behalf; the code is for the organisation."""
    portal, agent = portal_of(company), Agent(whole, company, "S-1")
    page = agent.browser.go(whole.request(portal))
    assert 'value="self"' in page.text

    page.fill(capacity=str(company.id))
    assert "您正在代表" in agent.browser.text
    agent.browser.fill(decision="accept")
    token = told(whole.redeem(portal, agent.browser.answer["code"]))["access_token"]

    assert company.code == claims_of(token)["organisation"]["code"]


def test_the_refusal_is_a_sentence(whole: Whole, company: Enterprise) -> None:
    """A matter that was not granted: the page says so, and the portal hears `access_denied`."""
    portal, agent = portal_of(company), Agent(whole, company, "S-1")
    page = agent.browser.go(entering(whole, portal, company, matter="S-2"))

    assert "授权范围里没有这个事项" in page.text
    page.fill(decision="decline")

    assert "access_denied" == agent.browser.answer["error"]


@pytest.mark.parametrize("picked", ["", "self2", "00000000-0000-0000-0000-000000000000", "' or 1=1"])
def test_a_guessed_organisation_is_none(whole: Whole, company: Enterprise, picked: str) -> None:
    """Only what the page offered can be picked."""
    portal, agent = portal_of(company), Agent(whole, company, "S-1")
    agent.browser.go(whole.request(portal)).fill(capacity=picked)

    assert 400 == agent.browser.status


def test_another_companys_mandate_opens_nothing(whole: Whole, company: Enterprise) -> None:
    """Who acts for nobody here picks a company by its id and gets no code for it."""
    portal, stranger = portal_of(company), Agent(whole, company)
    page = stranger.browser.go(whole.request(portal, prompt="select_capacity"))
    assert "capacity" not in page.path
    shown = stranger.browser.go(entering(whole, portal, company))

    assert "您没有得到该单位的授权" in shown.text
    stranger.browser.post(shown.path, csrf_token=stranger.browser.token, capacity=str(company.id))
    assert "code" not in stranger.browser.answer


def test_a_revoked_agent_is_stopped_in_the_middle(whole: Whole, company: Enterprise) -> None:
    """Revoked between the choice and the last page: the interaction ends at the door again."""
    portal, agent = portal_of(company), Agent(whole, company, "S-1")
    agent.browser.go(whole.request(portal)).fill(capacity=str(company.id))
    assert agent.mandate is not None
    company.revoke(agent.mandate)
    agent.browser.fill(decision="accept")

    assert "code" not in agent.browser.answer
    assert "授权已终止" in agent.browser.text


def test_portals_ask_about_their_own_matters_only(whole: Whole, company: Enterprise) -> None:
    """A matter of another department is refused, known or not; unknown people have no mandate."""
    portal, agent = portal_of(company), Agent(whole, company, "S-1")
    whole.agree(whole.sign_in(agent.person_id), portal)
    sub = claims_of(
        whole.tokens(
            portal,
            whole.sign_in(agent.person_id),
            authorization_details=json.dumps(
                [{"type": MATTER, "organisation": company.code, "matter": "S-1", "action": "apply"}]
            ),
        )["access_token"]
    )["act"]["sub"]
    question = {"sub": sub, "organisation": company.code, "action": "apply", "purpose": "test"}

    answers = [
        api(whole, portal, "check", question | {"matter": code}) for code in ("S-1", "S-2", "T-1", "X")
    ]
    nobody = api(whole, portal, "check", question | {"matter": "S-1", "sub": "nobody"})
    whose = api(whole, portal, "organisations", {"sub": sub, "purpose": "test"})

    assert [200, 200, 403, 403] == [answer.status_code for answer in answers]
    assert ["allowed", "matter_not_granted"] == [answer.json["reason"] for answer in answers[:2]]
    assert "no_mandate" == nobody.json["reason"]
    assert [[{"matter": "S-1", "actions": ["apply"]}]] == [
        one["matters"] for one in whose.json["organisations"]
    ]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("[]", 400),
        ("{", 400),
        ('{"sub":"x"}', 400),
        ('{"sub":1,"matter":"S-1","action":"apply","purpose":"p"}', 400),
        ('{"sub":"x","matter":"S-1","action":"steal","purpose":"p"}', 400),
        ('{"sub":"x","matter":"S-1","action":"apply","purpose":"p","role":"admin"}', 400),
        ('{"sub":"\\ud800","matter":"S-1","action":"apply","purpose":"p"}', 400),
        ('{"sub":"\\u0000","matter":"S-1","action":"apply","purpose":"p"}', 400),
        ('{"sub":"x","matter":"S-1","action":"apply","purpose":"\\u0000"}', 400),
        ("[" * 5000, 400),
    ],
)
def test_malformed_questions_are_refused(whole: Whole, company: Enterprise, body: str, status: int) -> None:
    """In the API's own form, whatever is sent."""
    portal = portal_of(company)
    token = told(whole.post("/oauth/token", portal, grant_type="client_credentials"))["access_token"]
    answer = whole.http.post(
        "/api/v1/mandates/check", data=body, headers={"Authorization": f"Bearer {token}"}
    )

    assert (status, "application/problem+json") == (answer.status_code, answer.mimetype)


def test_only_a_clients_own_token_may_ask(whole: Whole, company: Enterprise) -> None:
    """No token, a person's token, one without the scope."""
    portal, plain = portal_of(company), whole.client()
    person = whole.tokens(portal, whole.known(portal))["access_token"]
    body = {"sub": "x", "matter": "S-1", "action": "apply", "purpose": "test"}
    sent = [{}, {"Authorization": "Bearer x"}, {"Authorization": f"Bearer {person}"}]

    answers = [whole.http.post("/api/v1/mandates/check", json=body, headers=one) for one in sent]

    assert [401] * 3 == [answer.status_code for answer in answers]
    assert 403 == api(whole, plain, "check", body).status_code


def test_a_mandate_for_one_act_is_used_once(whole: Whole, company: Enterprise) -> None:
    """Twenty at once: one is allowed, the others are late."""
    portal, agent = portal_of(company), Agent(whole, company)
    company.mandate(agent.person_id, "S-1")
    with whole.oauth.database.writing() as db:
        db.query(Mandate).filter(Mandate.agent_person_id == agent.person_id).update({"once": True})
    signed_in = whole.sign_in(agent.person_id)
    whole.agree(signed_in, portal)
    details = [{"type": MATTER, "organisation": company.code, "matter": "S-1", "action": "apply"}]
    tokens = whole.tokens(portal, signed_in, authorization_details=json.dumps(details))
    question = {
        "sub": claims_of(tokens["access_token"])["act"]["sub"],
        "organisation": company.code,
        "matter": "S-1",
        "action": "apply",
        "purpose": "test",
        "use": True,
    }
    with ThreadPoolExecutor(8) as pool:
        reasons = list(pool.map(lambda _: api(whole, portal, "check", question).json["reason"], range(20)))

    assert (1, 19) == (reasons.count("allowed"), reasons.count("used_up"))


def test_one_act_that_was_passed_on_is_done_once(whole: Whole, company: Enterprise) -> None:
    """For one act above as below: the portal hears yes once, and neither of the two has another."""
    portal, upper, lower = portal_of(company), Agent(whole, company, "S-1"), Agent(whole, company, "S-1")
    with whole.oauth.database.writing() as db:
        above, below = db.get_one(Mandate, upper.mandate), db.get_one(Mandate, lower.mandate)
        above.once, above.may_delegate, below.once, below.granted_under = True, True, True, above.id
    subs = [known_by(whole, company, portal, one) for one in (lower, lower, upper)]
    question = {"organisation": company.code, "matter": "S-1", "action": "apply", "purpose": "t", "use": True}

    answers = [api(whole, portal, "check", {"sub": sub, **question}).json["reason"] for sub in subs]

    assert ["allowed", "used_up", "used_up"] == answers


def test_the_history_tells_a_question_from_an_act(whole: Whole, company: Enterprise) -> None:
    """Whoever only asks has done nothing; an act stands there once."""
    portal, agent = portal_of(company), Agent(whole, company, "S-1")
    sub = known_by(whole, company, portal, agent)
    question = {"sub": sub, "organisation": company.code, "action": "apply", "purpose": "t"}
    for matter, use in (("S-1", False), ("S-2", False), ("S-1", True), ("S-2", True)):
        api(whole, portal, "check", {**question, "matter": matter, "use": use})
    with whole.oauth.database.reading() as db:
        lines = history.read(db, company.id, kinds=["act"])

    said = [one.what for one in reversed(lines) if one.person_id == agent.person_id]
    assert ["act.asked", "act.asked_in_vain", "act.permitted", "act.refused"] == said


def test_revoking_and_redeeming_at_once_leaves_nothing_alive(whole: Whole, company: Enterprise) -> None:
    """Whichever comes first, no token works after the revocation (race of revoke and token)."""
    portal = portal_of(company)
    agents = [Agent(whole, company, "S-1") for _ in range(4)]
    codes = []
    for agent in agents:
        signed_in = whole.sign_in(agent.person_id)
        whole.agree(signed_in, portal)
        details = [{"type": MATTER, "organisation": company.code, "matter": "S-1", "action": "apply"}]
        codes.append(whole.code(portal, signed_in, authorization_details=json.dumps(details)))

    def revoke(mandate_id: Any) -> None:
        with whole.oauth.database.writing() as db:
            ending.end(db, db.get_one(Mandate, mandate_id), State.REVOKED, "race", clock.now())

    with ThreadPoolExecutor(8) as pool:
        ends = [pool.submit(revoke, agent.mandate) for agent in agents]
        redeemed = list(pool.map(lambda code: whole.redeem(portal, code), codes))
        for end in ends:
            end.result()
    tokens = [told(answer)["access_token"] for answer in redeemed if answer.status_code == 200]

    assert {200, 400} >= {answer.status_code for answer in redeemed}
    assert all(not whole.introspect(portal, token)["active"] for token in tokens)
