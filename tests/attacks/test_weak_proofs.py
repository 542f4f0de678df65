"""A weak proof does not refresh strong ones, and a session too weak for its person is nobody to clients."""

import re

import pyotp
import pytest
from sqlalchemy import update

from idp import clock
from idp.account.methods import guard
from idp.authenticators import credentials
from idp.sessions import lifecycle
from idp.sessions.lifecycle import Achievement
from idp.sessions.models import SignInSession
from tests.attacks.whole import Whole
from tests.idp.account.stage import Stage, newcomer
from tests.idp.oauth.world import Registered


@pytest.fixture(scope="module")
def stage(whole: Whole) -> Stage:
    """The world behind the product."""
    return whole.stage


@pytest.mark.parametrize(
    ("added", "moves"),
    [({"pwd"}, False), ({"sms"}, False), ({"mca", "mfa"}, False), ({"swk"}, True), ({"hwk"}, True)],
)
def test_only_a_proof_as_strong_as_all_moves_the_moment(
    whole: Whole, stage: Stage, added: set[str], moves: bool
) -> None:
    """Or a password alone would make the second factor of this morning look fresh (guard, max_age)."""
    person_id, now = whole.resident(f"weak-{'-'.join(sorted(added))}"), clock.now()
    morning = now - 2 * guard.RECENT
    with stage.services.database.writing() as db:
        strong = Achievement(person_id, frozenset({"pwd", "otp"}), morning)
        session, _ = lifecycle.begin(db, strong, absolute=guard.RECENT * 10)
        lifecycle.strengthen(db, session, Achievement(person_id, frozenset(added), now))

        assert (now if moves else morning) == session.authenticated_at


def test_an_old_two_factor_session_is_not_freshened_by_a_password(stage: Stage) -> None:
    """Whoever finds the open browser and knows the password takes nothing home and adds nothing."""
    person = newcomer(20)
    browser = stage.browser().register(person).get("/account/methods/totp")
    seed = re.search(r'id="seed">([A-Z2-7 ]+)<', browser.text)
    assert seed is not None
    app = pyotp.TOTP(seed.group(1).replace(" ", ""))
    browser.fill("/account/methods/totp", code=app.now(), two_steps="yes")
    found = stage.person(person.phone)
    assert found is not None
    with stage.services.database.writing() as db:
        db.execute(
            update(SignInSession)
            .where(SignInSession.person_id == found.id)
            .values(authenticated_at=clock.now() - 2 * guard.RECENT, aal=2)
        )
    browser.get("/account/export").fill(login=person.phone, password="three quiet herons")

    assert browser.path in {"/totp", "/second-factor"}


def test_choosing_two_steps_leaves_weaker_sessions_nothing(whole: Whole, portal: Registered) -> None:
    """A thief with the password is out of the portals at once, tokens and codes too (T8)."""
    thief = whole.known(portal)
    tokens, code = whole.tokens(portal, thief), whole.code(portal, thief)
    before = whole.userinfo(tokens["access_token"]).status_code
    with whole.oauth.database.writing() as db:
        credentials.choose_two_steps(db, thief.person_id, True)
    after = whole.userinfo(tokens["access_token"]).status_code

    assert (200, 401) == (before, after)
    assert [400, 400] == [
        whole.redeem(portal, code).status_code,
        whole.refresh(portal, tokens["refresh_token"]).status_code,
    ]
