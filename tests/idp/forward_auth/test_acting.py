"""People who act for organisations at a protected site, and what it takes to pass below a path."""

import pytest

from idp import clock
from idp.sessions.models import Capacity
from tests.idp.forward_auth.world import ForwardWorld, Surfer
from tests.idp.oauth.enterprise import Enterprise
from tests.idp.oauth.world import Registered, SignedIn, claims_of

ORIGIN = "https://permits.example.gov.cn"
PATHS = [
    {"path": "/first", "matter": "S-1", "action": "apply"},
    {"path": "/second", "matter": "S-2", "action": "apply"},
]


@pytest.fixture
def company(forward: ForwardWorld) -> Enterprise:
    """A company in a town with a small catalogue."""
    return Enterprise(forward.world)


@pytest.fixture
def permits(forward: ForwardWorld, company: Enterprise) -> Registered:
    """A site where people apply for organisations."""
    return forward.site(
        ORIGIN,
        capacities=["person", "organisation"],
        matters=["S-1", "S-2"],
        paths=PATHS,
    )


def choosing(forward: ForwardWorld, company: Enterprise, site: Registered, who: SignedIn) -> None:
    """The person has chosen to come for the company."""
    with forward.world.oauth.database.writing() as db:
        chosen = Capacity(session_id=who.session_id, client_id=site.id, chosen_at=clock.now())
        chosen.organisation_id = company.id
        db.add(chosen)


def test_who_acts_for_whom_is_told(forward: ForwardWorld, company: Enterprise, permits: Registered) -> None:
    """Plain headers say it beside the signed one, which has all of it."""
    agent = forward.citizen(permits)
    mandate = company.mandate(agent.person_id, "S-1")
    choosing(forward, company, permits, agent)
    surfer = Surfer(forward, agent, ORIGIN)
    surfer.enter()
    told = surfer.ask()
    claims = claims_of(told.headers["X-Yitong-Identity"])

    assert (company.code, str(mandate)) == (
        told.headers["X-Yitong-Organisation"],
        told.headers["X-Yitong-Mandate"],
    )
    assert claims["act"]["sub"] == told.headers["X-Yitong-Actor"]
    assert "X-Yitong-Name" not in told.headers
    assert "%E7%8E%8B%E5%B0%8F%E6%98%8E" == told.headers["X-Yitong-Actor-Name"]


def test_a_revoked_mandate_is_felt_within_five_seconds(
    forward: ForwardWorld, company: Enterprise, permits: Registered
) -> None:
    """As everywhere (security.md T8)."""
    agent = forward.citizen(permits)
    mandate = company.mandate(agent.person_id, "S-1")
    choosing(forward, company, permits, agent)
    surfer = Surfer(forward, agent, ORIGIN)
    surfer.enter()
    before = surfer.ask().status_code
    company.revoke(mandate)
    forward.seconds = 3.1

    assert (200, 401) == (before, surfer.ask().status_code)


def test_a_path_takes_its_matter(forward: ForwardWorld, company: Enterprise, permits: Registered) -> None:
    """What the mandate allows is passed; the rest leads to the page that says no."""
    agent = forward.citizen(permits)
    company.mandate(agent.person_id, "S-1")
    choosing(forward, company, permits, agent)
    surfer = Surfer(forward, agent, ORIGIN)
    surfer.enter("/elsewhere")
    assert 401 == surfer.ask("/first").status_code
    surfer.enter("/first")

    assert 200 == surfer.ask("/first/form").status_code
    assert surfer.start(surfer.ask("/second")).headers["Location"].startswith("/interaction/")


def test_what_was_permitted_is_remembered(
    forward: ForwardWorld, company: Enterprise, permits: Registered
) -> None:
    """Going to and fro between two matters asks for each once."""
    agent = forward.citizen(permits)
    company.mandate(agent.person_id, "S-1", "S-2")
    choosing(forward, company, permits, agent)
    surfer = Surfer(forward, agent, ORIGIN)
    for path in ("/first", "/second"):
        surfer.enter(path)

    assert [200, 200] == [surfer.ask(path).status_code for path in ("/first", "/second")]


def test_what_was_for_one_act_is_not_done_twice(
    forward: ForwardWorld, company: Enterprise, permits: Registered
) -> None:
    """A mandate for one act that was used up opens its path no more, however long the visit lasts."""
    agent = forward.citizen(permits)
    mandate = company.mandate(agent.person_id, "S-1", once=True)
    choosing(forward, company, permits, agent)
    surfer = Surfer(forward, agent, ORIGIN)
    surfer.enter("/first")
    before = surfer.ask("/first").status_code
    company.use(mandate)
    forward.seconds = 3.1

    assert (200, 401) == (before, surfer.ask("/first").status_code)
    assert 200 == surfer.ask("/elsewhere").status_code
    assert surfer.start(surfer.ask("/first")).headers["Location"].startswith("/interaction/")
