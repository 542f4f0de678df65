"""Departments verify under a matter of theirs, reuse what is fresh, and file signed statements."""

import json
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from connectors.simulator.registered import organisations
from idp import clock
from idp.audit.models import AuditEvent
from idp.clients.models import ClientClass
from idp.crypto import jose
from idp.oauth.statements import TYPE
from idp.organisations.registry import RegisteredState
from idp.verifications.models import Verification
from tests.attacks.whole import Whole, standing, told
from tests.idp.account.stage import newcomer
from tests.idp.oauth.enterprise import MATTER, Enterprise
from tests.idp.oauth.world import Registered

SCOPE = "openid profile verification"


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Whole]:
    with standing(tmp_path_factory.mktemp("home")) as whole:
        yield whole


@pytest.fixture(scope="module")
def company(whole: Whole) -> Enterprise:
    return Enterprise(whole)


@pytest.fixture(scope="module")
def office(company: Enterprise) -> Registered:
    """A department's system whose own matters are two."""
    return company.portal(scope=SCOPE, matters=["S-1", "S-2"])


def ask(whole: Whole, client: Registered, path: str, **body: Any) -> Any:
    token = told(whole.post("/oauth/token", client, grant_type="client_credentials"))["access_token"]
    sent = {"Authorization": f"Bearer {token}"}
    return whole.http.post(f"/api/v1{path}", json={"matter": "S-1", "purpose": "受理", **body}, headers=sent)


def about(index: int, **changes: Any) -> dict[str, Any]:
    who = newcomer(index)
    return {"kind": who.kind, "number": who.number, "name": who.name, **changes}


def test_a_fresh_answer_is_given_again_without_asking(whole: Whole, office: Registered) -> None:
    """The registry hears of it once; a second department gets the same request id."""
    calls = whole.stage.calls()
    first = told(ask(whole, office, "/verifications/persons", **about(1)))
    again = told(ask(whole, office, "/verifications/persons", **about(1)))

    assert "confirmed" == first["outcome"]
    assert first == again
    assert 1 == whole.stage.calls() - calls


def test_an_answer_too_old_for_the_matter_is_asked_anew(whole: Whole, office: Registered) -> None:
    """The department says how fresh it must be."""
    told(ask(whole, office, "/verifications/persons", **about(2)))
    calls = whole.stage.calls()
    told(ask(whole, office, "/verifications/persons", **about(2, max_age_days=0)))

    assert 1 == whole.stage.calls() - calls


def test_a_wrong_name_and_an_unknown_number_are_one_answer(whole: Whole, office: Registered) -> None:
    """And after a few, the number is closed for the day: nobody tries names on it."""
    answers = [told(ask(whole, office, "/verifications/persons", **about(3, name="别人"))) for _ in range(5)]
    spent = ask(whole, office, "/verifications/persons", **about(3, name="别人"))

    assert [{"outcome": "mismatch"}] * 5 == answers
    assert (429, "attempts_spent") == (spent.status_code, told(spent)["code"])


def test_nothing_kept_tells_whom_it_was_about(whole: Whole, office: Registered) -> None:
    """A keyed digest, the authority and the time."""
    ask(whole, office, "/verifications/persons", **about(4))
    with whole.oauth.database.reading() as db:
        kept = repr([vars(row) for row in db.scalars(select(Verification))])

    assert newcomer(4).number not in kept
    assert newcomer(4).name not in kept


def test_every_question_is_in_the_trail_with_its_purpose(whole: Whole, office: Registered) -> None:
    """Reused or not, confirmed or not."""
    query = select(func.count()).where(
        AuditEvent.topic == "verification.asked", AuditEvent.client_id == office.id
    )
    with whole.oauth.database.reading() as db:
        before = db.scalar(query) or 0
    ask(whole, office, "/verifications/persons", **about(5))
    ask(whole, office, "/verifications/persons", **about(5))

    with whole.oauth.database.reading() as db:
        assert 2 == (db.scalar(query) or 0) - before


def test_another_departments_matter_is_refused(whole: Whole, office: Registered) -> None:
    """A purpose is only as good as the matter it belongs to."""
    answer = ask(whole, office, "/verifications/persons", **about(1, matter="T-1"))

    assert (403, "matter_not_yours") == (answer.status_code, told(answer)["code"])


def test_who_is_no_department_may_not_ask(whole: Whole, company: Enterprise) -> None:
    """Not even with the scope."""
    shop = whole.client(ClientClass.UTILITY, scope=SCOPE)
    answer = ask(whole, shop, "/verifications/persons", **about(1))

    assert (403, "departments_only") == (answer.status_code, told(answer)["code"])


def test_a_statement_can_be_verified_by_our_keys_alone(whole: Whole, office: Registered) -> None:
    """It says matter, purpose, time and expiry, and which question; not the number itself."""
    who = newcomer(6)
    answer = told(ask(whole, office, "/verifications/persons", **about(6, statement_days=30)))
    claims = jose.verify(answer["statement"], whole.oauth.keyring, typ=TYPE)
    verified = claims["verified"]
    question = f"{verified['salt']}\0{who.kind}||{who.number}\0{who.name}"

    assert ("S-1", "受理", office.id) == (claims["matter"], claims["purpose"], claims["aud"])
    assert 30 * 86400 == claims["exp"] - claims["iat"]
    assert sha256(question.encode()).hexdigest() == verified["sha256"]
    assert who.number not in str(claims)


def test_a_statement_about_who_is_signed_in_outlives_the_session(whole: Whole, office: Registered) -> None:
    """It is made while they are, and says how they proved themselves; it opens nothing."""
    signed_in = whole.sign_in()
    whole.agree(signed_in, office, "openid profile")
    tokens = whole.tokens(office, signed_in, scope="openid profile")
    sub = jose.unverified(tokens["id_token"])["sub"]
    signed = told(ask(whole, office, "/statements", sub=sub))["statement"]
    claims = jose.verify(signed, whole.oauth.keyring, typ=TYPE)
    opened = whole.http.get("/oauth/userinfo", headers={"Authorization": f"Bearer {signed}"})

    assert (sub, "王小明") == (claims["sub"], claims["name"])
    assert claims["exp"] > clock.now().timestamp() + 29 * 86400
    assert 401 == opened.status_code


def test_nobody_states_who_has_signed_out(whole: Whole, office: Registered) -> None:
    """Their session is over: nothing new is said of them that would outlive it by weeks."""
    signed_in = whole.sign_in()
    whole.agree(signed_in, office, "openid profile")
    sub = jose.unverified(whole.tokens(office, signed_in, scope="openid profile")["id_token"])["sub"]
    before = ask(whole, office, "/statements", sub=sub)
    whole.end_session(signed_in)
    after = ask(whole, office, "/statements", sub=sub)

    assert [200, 404] == [before.status_code, after.status_code]


def test_nobody_states_an_agent_whose_mandate_was_revoked(
    whole: Whole, office: Registered, company: Enterprise
) -> None:
    """A department cannot have it signed that somebody acts for a company that let them go (T8)."""
    agent = whole.sign_in()
    mandate = company.mandate(agent.person_id, "S-1")
    whole.agree(agent, office, "openid profile")
    details = [{"type": MATTER, "organisation": company.code, "matter": "S-1", "action": "apply"}]
    tokens = whole.tokens(office, agent, scope="openid profile", authorization_details=json.dumps(details))
    sub = jose.unverified(tokens["id_token"])["sub"]
    before = ask(whole, office, "/statements", sub=sub)
    company.revoke(mandate)
    after = ask(whole, office, "/statements", sub=sub)

    assert [200, 404] == [before.status_code, after.status_code]


def test_nobody_states_who_was_never_here(whole: Whole, office: Registered) -> None:
    """A subject of another service, or none, is unknown."""
    answer = ask(whole, office, "/statements", sub="somebody-elses")

    assert (404, "subject_unknown") == (answer.status_code, told(answer)["code"])


def test_an_organisation_is_verified_by_its_registry_once(whole: Whole, office: Registered) -> None:
    """Code and name; the answer says how it is registered, and holds for the next who asks."""
    company = next(one for one in organisations() if one.state is RegisteredState.LIVE)
    code, name = company.credit_code, company.name
    first = told(ask(whole, office, "/verifications/organisations", credit_code=code, name=name))
    again = told(ask(whole, office, "/verifications/organisations", credit_code=code, name=name))
    other = told(ask(whole, office, "/verifications/organisations", credit_code=code, name="别的公司"))

    assert ("confirmed", "live") == (first["outcome"], first["state"])
    assert first == again
    assert {"outcome": "mismatch"} == other


def test_an_organisation_is_verified_so_often_a_day(tmp_path: Path) -> None:
    """What is given again costs nothing; one question too many is told when to come back."""
    with standing(tmp_path, limit_client_verifications_per_day=1) as whole:
        office = Enterprise(whole).portal(scope=SCOPE, matters=["S-1"])
        company = next(one for one in organisations() if one.state is RegisteredState.LIVE)
        code, name = company.credit_code, company.name
        answers = [
            ask(whole, office, "/verifications/organisations", credit_code=code, name=said)
            for said in (name, name, "别的公司", "又一个")
        ]
        person = ask(whole, office, "/verifications/persons", **about(1))
        with whole.oauth.database.reading() as db:
            spent = db.scalars(select(AuditEvent).where(AuditEvent.topic == "questions.spent")).all()

    assert [200, 200, 429, 429] == [one.status_code for one in answers]
    assert "daily_limit" == told(answers[2])["code"]
    assert 0 < int(answers[2].headers["Retry-After"]) <= 86400
    assert 200 == person.status_code
    assert [("organisation", 1)] == [(one.details["about"], one.details["most"]) for one in spent]


def test_a_number_that_is_closed_costs_no_question(tmp_path: Path) -> None:
    """No registry is asked about it, so another client's wrong names use up nobody's day."""
    with standing(tmp_path, limit_client_verifications_per_day=1) as whole:
        company = Enterprise(whole)
        offices = [company.portal(scope=SCOPE, matters=["S-1"]) for _ in range(6)]
        for other in offices[1:]:
            ask(whole, other, "/verifications/persons", **about(3, name="别人"))
        closed = ask(whole, offices[0], "/verifications/persons", **about(3))
        person = ask(whole, offices[0], "/verifications/persons", **about(1))

    assert "attempts_spent" == told(closed)["code"]
    assert 200 == person.status_code


def test_a_registry_that_gave_no_answer_is_not_counted(tmp_path: Path) -> None:
    """A department does not pay for its silence."""
    with standing(tmp_path, limit_client_verifications_per_day=1) as whole:
        office = Enterprise(whole).portal(scope=SCOPE, matters=["S-1"])
        whole.stage.order("error_500", newcomer(1).key, -1)
        silent = ask(whole, office, "/verifications/persons", **about(1))
        whole.stage.order("clear", newcomer(1).key)
        answered = ask(whole, office, "/verifications/persons", **about(1))

    assert [503, 200] == [silent.status_code, answered.status_code]


def test_mandates_are_asked_about_so_often_a_day(tmp_path: Path) -> None:
    """Both questions count together, whoever they are about; another client has its own."""
    with standing(tmp_path, limit_client_mandate_questions_per_day=2) as whole:
        company = Enterprise(whole)
        portals = [company.portal(scope="openid profile mandates", matters=["S-1"]) for _ in range(2)]
        whose, may = {"sub": "nobody"}, {"sub": "nobody", "action": "apply"}
        asked = [("organisations", whose), ("check", may), ("check", may), ("organisations", whose)]
        answers = [mandates(whole, portals[0], path, **body) for path, body in asked]
        other = mandates(whole, portals[1], "check", **may)

    assert [200, 200, 429, 429] == [one.status_code for one in answers]
    assert ("application/problem+json", "daily_limit") == (answers[2].mimetype, told(answers[2])["code"])
    assert 200 == other.status_code


def mandates(whole: Whole, client: Registered, path: str, **body: Any) -> Any:
    token = told(whole.post("/oauth/token", client, grant_type="client_credentials"))["access_token"]
    said = {"purpose": "申请"} | ({"matter": "S-1"} if path == "check" else {}) | body
    sent = {"Authorization": f"Bearer {token}"}
    return whole.http.post(f"/api/v1/mandates/{path}", json=said, headers=sent)
