"""People look after mandates through a portal they let do so, under the same rules as on their pages."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from idp import clock
from idp.mandates.models import State
from idp.persons.models import Person
from tests.attacks.whole import Whole, standing, told
from tests.idp.oauth.enterprise import Enterprise
from tests.idp.oauth.world import Registered, SignedIn

SCOPE = "openid mandate_management"


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Whole]:
    with standing(tmp_path_factory.mktemp("home")) as whole:
        yield whole


@pytest.fixture(scope="module")
def company(whole: Whole) -> Enterprise:
    return Enterprise(whole)


@pytest.fixture(scope="module")
def portal(whole: Whole) -> Registered:
    return whole.client(scope=SCOPE)


def token_of(whole: Whole, portal: Registered, signed_in: SignedIn, scope: str = SCOPE) -> str:
    whole.agree(signed_in, portal, scope)
    return str(whole.tokens(portal, signed_in, scope=scope)["access_token"])


def call(whole: Whole, token: str, path: str, body: Any = None) -> Any:
    method = "GET" if body is None else "POST"
    sent = {"Authorization": f"Bearer {token}"}
    return whole.http.open(f"/api/v1/me{path}", method=method, json=body, headers=sent)


def offer(**changes: Any) -> dict[str, Any]:
    last_day = (clock.today() + timedelta(days=60)).isoformat()
    who = {"name": "林晓云", "phone": "19900000001", "matters": ["S-1"], "actions": ["apply"]}
    return {**who, "last_day": last_day, **changes}


def representative(whole: Whole, company: Enterprise, amr: str = "pwd otp") -> SignedIn:
    return whole.sign_in(company.representative.person_id, amr=amr)


def test_a_representative_invites_lists_and_takes_back(
    whole: Whole, company: Enterprise, portal: Registered
) -> None:
    """What is offered waits for its invitee, and is taken back by who may end it."""
    token = token_of(whole, portal, representative(whole, company))
    mine = told(call(whole, token, "/organisations"))["organisations"]
    invited = told(call(whole, token, f"/organisations/{company.code}/mandates", offer()))
    listed = told(call(whole, token, f"/organisations/{company.code}/mandates"))["mandates"]
    waiting = next(one for one in listed if one["state"] == State.INVITED)
    ended = told(call(whole, token, f"/mandates/{waiting['id']}/end", {}))

    assert [(company.code, "representative", True)] == [
        (one["credit_code"], one["role"], one["may_invite"]) for one in mine
    ]
    assert ({"state": "invited"}, {"ended": 0}) == (invited, ended)


def test_an_agent_gives_a_mandate_back(whole: Whole, company: Enterprise, portal: Registered) -> None:
    """Their own, and nobody else's."""
    mandate = company.mandate(whole.person(), "S-1")
    agent = whole.sign_in(whole.person(), amr="pwd otp")
    own = company.mandate(agent.person_id, "S-1")
    token = token_of(whole, portal, agent)
    others = call(whole, token, f"/mandates/{mandate}/end", {})
    ended = told(call(whole, token, f"/mandates/{own}/end", {}))

    assert (404, "not_yours") == (others.status_code, told(others)["code"])
    assert {"ended": 1} == ended


def test_nothing_is_signed_without_a_second_factor(
    whole: Whole, company: Enterprise, portal: Registered
) -> None:
    """A token of a session with one factor reads, and signs nothing."""
    token = token_of(whole, portal, representative(whole, company, amr="pwd"))
    answer = call(whole, token, f"/organisations/{company.code}/mandates", offer())

    assert (403, "second_factor_needed") == (answer.status_code, told(answer)["code"])


def test_nothing_is_signed_while_a_hold_lasts(whole: Whole, company: Enterprise, portal: Registered) -> None:
    """With two factors too: as on the pages, whoever recovered the account today signs and ends nothing."""
    mandate = company.mandate(whole.person(), "S-1")
    token = token_of(whole, portal, representative(whole, company))
    tomorrow = clock.now() + timedelta(hours=1)
    try:
        held(whole, company, tomorrow)
        answers = [
            call(whole, token, f"/organisations/{company.code}/mandates", offer()),
            call(whole, token, f"/mandates/{mandate}/end", {}),
        ]
    finally:
        held(whole, company, None)

    assert [(403, "held")] * 2 == [(one.status_code, told(one)["code"]) for one in answers]


def held(whole: Whole, company: Enterprise, until: datetime | None) -> None:
    own = update(Person).where(Person.id == company.representative.person_id)
    with whole.oauth.database.writing() as db:
        db.execute(own.values(held_until=until))


def test_nobody_grants_more_than_they_hold(whole: Whole, company: Enterprise, portal: Registered) -> None:
    """An agent that may not pass on invites nobody; a stranger finds no organisation at all."""
    agent = whole.sign_in(whole.person(), amr="pwd otp")
    company.mandate(agent.person_id, "S-1")
    place = f"/organisations/{company.code}/mandates"
    agents = call(whole, token_of(whole, portal, agent), place, offer())
    stranger = whole.sign_in(whole.person(), amr="pwd otp")
    strangers = call(whole, token_of(whole, portal, stranger), place, offer())

    assert [(404, "not_yours")] * 2 == [(one.status_code, told(one)["code"]) for one in (agents, strangers)]


def test_the_person_must_have_let_the_portal_do_so(whole: Whole, portal: Registered) -> None:
    """A token without the scope, a client's own, and one that was revoked are refused."""
    signed_in = whole.sign_in()
    without = call(whole, token_of(whole, portal, signed_in, "openid"), "/organisations")
    own = told(whole.post("/oauth/token", portal, grant_type="client_credentials"))["access_token"]
    clients = call(whole, own, "/organisations")

    assert (403, "insufficient_scope") == (without.status_code, told(without)["code"])
    assert (401, "invalid_token") == (clients.status_code, told(clients)["code"])
