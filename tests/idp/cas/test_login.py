"""From a service to a ticket: what is asked on the way, and where nobody is ever sent."""

from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import pytest

from idp import clock
from idp.cas import sso
from idp.interaction.facts import facts_of
from idp.oauth.errors import Fault
from idp.oauth.responses import FormPost, Redirect, Shown
from idp.sessions.models import Capacity
from tests.idp.cas.world import SERVICE, CasWorld
from tests.idp.oauth.enterprise import Enterprise
from tests.idp.oauth.world import Registered, SignedIn


def test_a_stranger_meets_the_one_sign_in(cas: CasWorld, pension: Registered) -> None:
    """The same interaction as for every other protocol, kept for this browser."""
    answer = cas.login(None)

    assert answer.headers["Location"].startswith("/interaction/")
    assert "yt-i-" in answer.headers["Set-Cookie"]


def test_gateway_never_shows_a_page(cas: CasWorld, pension: Registered, citizen: SignedIn) -> None:
    """Back without a ticket where something is due, with one where nothing is (§2.1.1)."""
    assert SERVICE == cas.login(None, gateway="true").headers["Location"]
    assert "ticket=ST-" in cas.login(citizen, gateway="true").headers["Location"]


def test_renew_asks_for_a_proof_and_wins_over_gateway(cas: CasWorld, citizen: SignedIn) -> None:
    """Whoever is signed in proves themselves again."""
    answer = cas.login(citizen, renew="true", gateway="true")

    assert answer.headers["Location"].startswith("/interaction/")


def test_a_proof_given_on_the_way_is_a_new_login(cas: CasWorld, pension: Registered) -> None:
    """Then `renew` is content at validation, and `isFromNewLogin` says so."""
    handle = cas.login(None, renew="true").headers["Location"].split("/")[2]
    interaction = cas.world.oauth.interactions.find(handle)
    assert interaction is not None
    signed_in = cas.citizen(pension)
    facts = facts_of(cas.world.oauth.prepared, signed_in.handle, pension.client, clock.now())
    assert facts is not None
    answer = sso.finish(cas.cas, interaction, facts, clock.now())
    assert isinstance(answer, Redirect)
    ticket = parse_qs(urlsplit(answer.url).query)["ticket"][0]

    assert "true" == cas.validate(ticket, renew="true")["attributes"]["isFromNewLogin"]


def test_a_stale_session_finishes_nothing(cas: CasWorld, pension: Registered) -> None:
    """A renewing interaction is not answered by a session from before."""
    handle = cas.login(None, renew="true").headers["Location"].split("/")[2]
    interaction = cas.world.oauth.interactions.find(handle)
    signed_in = cas.citizen(pension, ago=60)
    facts = facts_of(cas.world.oauth.prepared, signed_in.handle, pension.client, clock.now())
    assert interaction is not None
    assert facts is not None

    assert sso.finish(cas.cas, interaction, facts, clock.now()) is None


def test_a_ticket_can_be_posted(cas: CasWorld, citizen: SignedIn) -> None:
    """`method=POST` keeps it out of addresses (§2.1.1)."""
    cas.login(citizen, method="POST")
    (answer,) = cas.shown

    assert isinstance(answer, FormPost)
    assert (SERVICE, {"ticket"}) == (answer.action, set(answer.fields))


def test_the_query_of_a_service_is_kept(cas: CasWorld, citizen: SignedIn) -> None:
    """A ticket that was there already is not."""
    location = cas.login(citizen, f"{SERVICE}?a=1&ticket=ST-evil").headers["Location"]

    assert location.startswith(f"{SERVICE}?a=1&ticket=ST-")
    assert "evil" not in location


@pytest.mark.parametrize(
    "service",
    [
        "https://pension.example.gov.cn.evil.cn/app",
        "https://pension.example.gov.cn@evil.cn/app",
        "https://pension.example.gov.cn/application",
        "https://pension.example.gov.cn//evil.cn/app",
        "https://pension.example.gov.cn/app/%2e%2e/other",
        "https://pension.example.gov.cn:444/app",
        "http://pension.example.gov.cn/app",
        "https://PENSION.example.gov.cn/APP",
        "",
    ],
)
def test_nobody_is_sent_to_another_address(cas: CasWorld, citizen: SignedIn, service: str) -> None:
    """Not even with gateway, which asks for a redirect in any case."""
    for sent in ({}, {"gateway": "true"}):
        answer = cas.login(citizen, service or "x", **sent)

        assert 400 == answer.status_code
        assert [Shown(Fault.SERVICE_UNKNOWN)] == cas.shown


def test_a_repeated_parameter_is_refused(cas: CasWorld, citizen: SignedIn) -> None:
    """Two programs would each believe another one."""
    headers = {"Cookie": f"{cas.world.cookie}={citizen.handle}"}
    query = f"service={SERVICE}&service=https://evil.cn/"
    answer = cas.http.get("/cas/login", query_string=query, headers=headers)

    assert 400 == answer.status_code


def test_nobody_logs_in_by_posting(cas: CasWorld, pension: Registered) -> None:
    """There is no second login page, so there is nothing to post to."""
    assert 405 == cas.http.post("/cas/login", data={"username": "x", "password": "y"}).status_code


def test_without_a_service_one_is_at_home(cas: CasWorld, citizen: SignedIn) -> None:
    """One's own pages sign people in (§2.1.1)."""
    assert "/account" == cas.login(citizen, None).headers["Location"]


@pytest.fixture
def company(cas: CasWorld) -> Enterprise:
    return Enterprise(cas.world)


def test_who_acts_for_whom_is_told_as_everywhere(cas: CasWorld, company: Enterprise) -> None:
    """`user` is the organisation; the person stands under `act`, with role and mandate."""
    found = cas.validate(cas.ticket(_agent(cas, company)[0]))
    told = found["attributes"]

    assert company.code == told["organisation_code"]
    assert ("王小明", "agent") == (told["act_name"], told["act_role"])
    assert "name" not in told
    assert told["act_sub"] != found["user"]


def test_a_ticket_dies_with_its_mandate(cas: CasWorld, company: Enterprise) -> None:
    """Ended between redirect and validation, the mandate lets nobody in."""
    agent, mandate = _agent(cas, company)
    ticket = cas.ticket(agent)
    company.revoke(mandate)

    assert "INVALID_TICKET" == cas.validate(ticket)


def _agent(cas: CasWorld, company: Enterprise) -> tuple[SignedIn, UUID]:
    """Somebody who has chosen to come to a system for the company."""
    system = cas.service(capacities=["person", "organisation"])
    agent = cas.citizen(system)
    mandate = company.mandate(agent.person_id, "S-1")
    with cas.world.oauth.database.writing() as db:
        db.add(
            Capacity(
                session_id=agent.session_id,
                client_id=system.id,
                organisation_id=company.id,
                chosen_at=clock.now(),
            )
        )
    return agent, mandate
