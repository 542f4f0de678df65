"""What must still be asked of a browser before an application is answered."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from idp.assurance import Level
from idp.interaction.policy import next_step
from idp.interaction.record import Demand, Facts, Step
from idp.storage.base import new_id

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
DEMAND = Demand(client_id="portal", scopes=frozenset({"openid", "profile"}), level=Level(1, 1))
FACTS = Facts(
    session_id=new_id(),
    person_id=new_id(),
    authenticated_at=NOW - timedelta(minutes=5),
    reached=Level(3, 1),
    amr=frozenset({"pwd"}),
    sub="abc",
    consented=frozenset({"openid", "profile"}),
)


def test_nobody_signed_in_must_sign_in() -> None:
    """Without a session the first step is to sign in."""

    assert next_step(DEMAND, None, NOW) is Step.SIGN_IN


def test_prompt_create_begins_with_registration() -> None:
    """An application that asks for a new registration gets it, also while somebody else is signed in."""
    demand = replace(DEMAND, prompt=frozenset({"create"}))

    assert next_step(demand, None, NOW) is Step.REGISTER
    assert next_step(demand, FACTS, NOW) is Step.REGISTER


@pytest.mark.parametrize("prompt", ["login", "select_account"])
def test_prompt_login_is_answered_once(prompt: str) -> None:
    """`prompt=login` asks even of those signed in, and not again after they have proven themselves."""
    demand = replace(DEMAND, prompt=frozenset({prompt}))

    assert next_step(demand, FACTS, NOW) is Step.SIGN_IN
    assert next_step(demand, FACTS, NOW, met=frozenset({prompt})) is Step.DONE


@pytest.mark.parametrize(("max_age", "expected"), [(299, Step.SIGN_IN), (300, Step.DONE), (None, Step.DONE)])
def test_max_age_is_kept_to_the_second(max_age: int | None, expected: Step) -> None:
    """A proof older than max_age seconds is too old (OIDC Core §3.1.2.1)."""

    assert next_step(replace(DEMAND, max_age=max_age), FACTS, NOW) is expected


def test_max_age_is_met_by_one_proof() -> None:
    """Whoever has proven themselves inside this interaction is not asked again, however small max_age is."""
    demand = replace(DEMAND, max_age=0)

    assert next_step(demand, FACTS, NOW) is Step.SIGN_IN
    assert next_step(demand, FACTS, NOW, met=frozenset({"login"})) is Step.DONE


def test_somebody_else_than_the_hint_names_must_sign_in() -> None:
    """Nobody answers for the person an id_token_hint names."""

    assert next_step(replace(DEMAND, subject="other"), FACTS, NOW) is Step.SIGN_IN
    assert next_step(replace(DEMAND, subject="abc"), FACTS, NOW) is Step.DONE


@pytest.mark.parametrize("level", [Level(4, 1), Level(4, 2)])
def test_a_level_not_reached_is_a_step_up(level: Level) -> None:
    """How well somebody is known comes first: what raises it may prove them as well."""

    assert next_step(replace(DEMAND, level=level), FACTS, NOW) is Step.STEP_UP


def test_half_a_sign_in_is_told_nothing() -> None:
    """Whoever has only the password of somebody with two steps does not see how well they are known."""
    facts = replace(FACTS, own_minimum=Level(aal=2))

    assert next_step(replace(DEMAND, level=Level(5, 1)), facts, NOW) is Step.SECOND_FACTOR


@pytest.mark.parametrize("facts", [FACTS, replace(FACTS, own_minimum=Level(aal=2))])
def test_a_proof_too_weak_asks_for_a_second_factor(facts: Facts) -> None:
    """Whoever asks for it: the application, or the person for wherever they sign in."""
    demand = DEMAND if facts.own_minimum.aal else replace(DEMAND, level=Level(3, 2))

    assert next_step(demand, facts, NOW) is Step.SECOND_FACTOR


def test_a_scope_not_agreed_to_asks_for_consent() -> None:
    """Every required scope must be covered; a department's duty makes it a notice."""
    demand = replace(DEMAND, scopes=DEMAND.scopes | {"phone"})

    assert next_step(demand, FACTS, NOW) is Step.CONSENT
    assert next_step(demand, FACTS, NOW, notice_only=True) is Step.NOTICE


def test_an_optional_scope_never_holds_anybody_up() -> None:
    """What the application can do without is not asked again once the rest is agreed to."""
    demand = replace(DEMAND, scopes=DEMAND.scopes | {"phone"}, optional=frozenset({"phone"}))

    assert next_step(demand, FACTS, NOW) is Step.DONE


def test_prompt_consent_asks_once_more() -> None:
    """`prompt=consent` asks also where everything is agreed to, and of a department it asks for consent."""
    demand = replace(DEMAND, prompt=frozenset({"consent"}))

    assert next_step(demand, FACTS, NOW, notice_only=True) is Step.CONSENT
    assert next_step(demand, FACTS, NOW, met=frozenset({"consent"})) is Step.DONE
