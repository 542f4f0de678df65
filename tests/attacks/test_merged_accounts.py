"""What an account was given before it was joined with another is worth nothing after, nor after an undo."""

import itertools
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from idp import clock
from idp.account import merging as accounts
from idp.api import subject_changes
from idp.clients.models import ClientClass
from idp.crypto import jose
from idp.oauth.models import SubjectChange
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


def changes(whole: Whole, portal: Registered, **asked: str) -> Any:
    """What a client is told that asks which of its subjects changed."""
    headers = {"Authorization": f"Bearer {own_token(whole, portal, scope='subject_changes')}"}
    return told(whole.http.get("/api/v1/subjects/changes", query_string=asked, headers=headers))


def own_token(whole: Whole, portal: Registered, **asked: str) -> str:
    answer = told(whole.post("/oauth/token", portal, grant_type="client_credentials", **asked))
    return str(answer["access_token"])


def refused(whole: Whole, token: str) -> tuple[int, str]:
    headers = {"Authorization": f"Bearer {token}"}
    answer = whole.http.get("/api/v1/subjects/changes", headers=headers)
    return answer.status_code, told(answer)["code"]


def test_a_token_shown_to_a_resource_server_asks_for_nothing_there(whole: Whole) -> None:
    """Without the scope by name it tells no subjects, and for one resource alone it is none of ours."""
    there = "https://housing.example/api"
    shop = whole.client(ClientClass.THIRD_PARTY, resources=[there])
    plain = own_token(whole, shop)
    bound = own_token(whole, shop, scope="subject_changes", resource=there)

    assert (403, "insufficient_scope") == refused(whole, plain)
    assert (401, "invalid_token") == refused(whole, bound)
    assert there == jose.unverified(bound)["aud"]


def sub_of(tokens: dict[str, str]) -> str:
    return str(jose.unverified(tokens["id_token"])["sub"])


def test_a_client_without_events_asks_for_its_old_and_new_subjects(whole: Whole, pair: Pair) -> None:
    """After a merge, and after its undo; no approval, no subscription."""
    shop = whole.client(ClientClass.THIRD_PARTY)
    stays, goes = (sub_of(entered(whole, shop, one)) for one in (pair.stays, pair.goes))
    pair.undo(pair.merge())
    lines = changes(whole, shop)["changes"]

    assert [(goes, "merged", stays, None), (goes, "restored", None, stays)] == [
        (one["sub"], one["reason"], one.get("new_sub"), one.get("was")) for one in lines
    ]


def test_no_client_sees_another_ones_subjects(whole: Whole, pair: Pair) -> None:
    """Each has lines about subjects it was told itself, in its own sector; who knew one account has none."""
    shop, other, half = (whole.client(ClientClass.THIRD_PARTY) for _ in range(3))
    subs = {
        one.id: {sub_of(entered(whole, one, person)) for person in (pair.stays, pair.goes)}
        for one in (shop, other)
    }
    entered(whole, half, pair.stays)
    pair.merge()
    lines = {one.id: changes(whole, one)["changes"] for one in (shop, other, half)}
    seen = {
        name: {line[key] for line in found for key in ("sub", "new_sub")} for name, found in lines.items()
    }

    assert {**subs, half.id: set()} == seen
    assert not subs[shop.id] & subs[other.id]


def test_another_clients_line_is_no_place_to_go_on_from(whole: Whole, pair: Pair) -> None:
    """Its id tells nothing: it is malformed, as one that never was."""
    shop, spy = whole.client(ClientClass.THIRD_PARTY), whole.client(ClientClass.THIRD_PARTY)
    for person in (pair.stays, pair.goes):
        entered(whole, shop, person)
    pair.merge()
    line = changes(whole, shop)["changes"][0]["id"]
    answers = [changes(whole, spy, after=one)["detail"] for one in (line, str(UUID(int=1)))]

    assert answers[0] == answers[1]


def test_changes_come_in_pages_and_from_a_moment_on(whole: Whole) -> None:
    """`next` leads on, also among lines of one moment; `until` is where to begin the next time."""
    shop, at = whole.client(ClientClass.THIRD_PARTY), clock.now()
    with whole.oauth.database.writing() as db:
        for number in range(subject_changes.MOST + 1):
            db.add(SubjectChange(client_id=shop.id, sub=f"s{number}", reason="split", at=at))
    first = changes(whole, shop)
    second = changes(whole, shop, after=first["next"])
    late = changes(whole, shop, since=(at + timedelta(seconds=1)).isoformat())
    subs = {one["sub"] for page in (first, second) for one in page["changes"]}

    assert [subject_changes.MOST, 1] == [len(page["changes"]) for page in (first, second)]
    assert subject_changes.MOST + 1 == len(subs)
    assert (None, 400, []) == (second["next"], second["kept_days"], late["changes"])
    assert first["until"] < clock.now().isoformat()


def test_a_persons_token_asks_for_no_changes(whole: Whole, pair: Pair) -> None:
    """Only a client's own."""
    portal = whole.client()

    assert (401, "invalid_token") == refused(whole, entered(whole, portal, pair.stays)["access_token"])


@pytest.mark.parametrize(
    "asked",
    [
        {"since": "yesterday"},
        {"since": "2026-11-01T00:00:00"},
        {"since": "0001-01-01T00:00:00+23:59"},
        {"since": "9999-12-31T23:59:59-23:59"},
        {"after": "x"},
        {"client_id": "somebody"},
    ],
)
def test_a_malformed_question_is_refused(whole: Whole, asked: dict[str, str]) -> None:
    """Moments without a zone, outside of any calendar, ids that are none, and fields nobody knows."""
    assert "malformed" == changes(whole, whole.client(), **asked)["code"]


def test_a_moment_is_said_once(whole: Whole) -> None:
    """Of two, a proxy and we might read another one each."""
    twice: Any = ["2026-11-01T00:00:00Z", "2026-11-02T00:00:00Z"]

    assert "malformed" == changes(whole, whole.client(), since=twice)["code"]


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
