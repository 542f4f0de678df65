"""What an account was given before it was joined with another is worth nothing after, nor after an undo."""

import itertools
from datetime import timedelta
from uuid import UUID

import pytest

from idp import clock
from idp.account import merging as accounts
from idp.organisations.reviews import Decider
from idp.persons import local_staff, merging
from tests.attacks.test_acting import Agent, api, company, known_by, portal_of
from tests.attacks.whole import Whole, told
from tests.idp.oauth.enterprise import Enterprise
from tests.idp.oauth.world import CALLBACK, VERIFIER, Registered

NUMBERS = itertools.count(1)
__all__ = ["company"]


class Pair:
    """Two accounts of one person, the first of which stays."""

    def __init__(self, whole: Whole, stays: UUID, goes: UUID) -> None:
        self.whole, self.stays, self.goes = whole, stays, goes
        with whole.oauth.database.writing() as db:
            self.operators = [
                Decider(
                    local_staff.open_account(
                        db, f"merger-{next(NUMBERS)}", "值班员", None, clock.now()
                    ).person_id
                )
                for _ in range(2)
            ]

    def merge(self) -> UUID:
        """Through all of it; the cooling-off is over."""
        first, second = self.operators
        services, now = self.whole.stage.services, clock.now()
        with services.database.writing() as db:
            case = merging.propose(db, self.stays, self.goes, "two", now, proposer=first).id
            merging.approve(db, case, second, "seen", now)
        with services.database.writing() as db:
            later = now + merging.COOLING
            assert accounts.carry_out(db, services.vault, services.clients, case, later)
        return case

    def undo(self, case: UUID) -> None:
        services, later = self.whole.stage.services, clock.now() + merging.COOLING + timedelta(hours=1)
        with services.database.writing() as db:
            accounts.undo(db, services.vault, services.clients, case, self.operators[0], "no", later)


@pytest.fixture
def pair(whole: Whole) -> Pair:
    """Two residents."""
    people = [whole.resident(f"twice_here_{next(NUMBERS)}") for _ in range(2)]
    return Pair(whole, *people)


def entered(whole: Whole, portal: Registered, person_id: UUID, **sent: str) -> dict[str, str]:
    """The tokens a portal got for somebody."""
    signed_in = whole.sign_in(person_id)
    whole.agree(signed_in, portal)
    tokens: dict[str, str] = whole.tokens(portal, signed_in, **sent)
    return tokens


def is_active(whole: Whole, portal: Registered, token: str) -> bool:
    return bool(told(whole.post("/oauth/introspect", portal, token=token))["active"])


def test_tokens_of_the_joined_account_are_dead(whole: Whole, pair: Pair) -> None:
    """Access and refresh tokens, offline ones too, at once and after an undo."""
    portal = whole.client()
    tokens = entered(whole, portal, pair.goes, scope="openid offline_access")
    alive = is_active(whole, portal, tokens["access_token"])
    case = pair.merge()
    joined = is_active(whole, portal, tokens["access_token"])
    pair.undo(case)
    parted = is_active(whole, portal, tokens["access_token"])
    again = whole.post(
        "/oauth/token", portal, grant_type="refresh_token", refresh_token=tokens["refresh_token"]
    )

    assert (True, False, False) == (alive, joined, parted)
    assert "invalid_grant" == told(again)["error"]


def test_tokens_got_while_joined_die_with_the_undo(whole: Whole, pair: Pair) -> None:
    """They were given for one person; afterwards there are two."""
    portal = whole.client()
    case = pair.merge()
    tokens = entered(whole, portal, pair.stays)
    alive = is_active(whole, portal, tokens["access_token"])
    pair.undo(case)

    assert (True, False) == (alive, is_active(whole, portal, tokens["access_token"]))


def test_a_code_from_before_is_not_redeemed(whole: Whole, pair: Pair) -> None:
    """Given in the last second before, it names somebody who is no longer there."""
    portal = whole.client()
    signed_in = whole.sign_in(pair.goes)
    whole.agree(signed_in, portal)
    code = whole.code(portal, signed_in)
    pair.merge()
    answer = whole.post(
        "/oauth/token",
        portal,
        grant_type="authorization_code",
        code=code,
        redirect_uri=CALLBACK,
        code_verifier=VERIFIER,
    )

    assert "invalid_grant" == told(answer)["error"]


def test_a_portal_that_asks_by_the_old_subject_is_answered(whole: Whole, company: Enterprise) -> None:
    """A portal that has not heard yet asks about the person all the same, and gets the truth of now."""
    portal = portal_of(company)
    agents = [Agent(whole, company, "S-1"), Agent(whole, company, "S-1")]
    subs = [known_by(whole, company, portal, agent) for agent in agents]
    pair = Pair(whole, agents[0].person_id, agents[1].person_id)
    pair.merge()
    wanted = {"matter": "S-1", "action": "apply", "purpose": "申请", "organisation": company.code}
    verdicts = [api(whole, portal, "check", {"sub": sub, **wanted}).json["allowed"] for sub in subs]

    assert [True, True] == verdicts
