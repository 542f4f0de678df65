"""Whatever is taken back is dead everywhere at once: tokens, codes, sessions, refresh, silence (T8)."""

from collections.abc import Callable
from uuid import UUID, uuid4

import pytest
from sqlalchemy.orm import Session

from idp import clock
from idp.account import ending
from idp.clients import onboarding
from idp.clients.models import ClientClass
from idp.consents import rules as consents
from idp.keys import rotation
from idp.outbox.worker import Leased
from idp.persons import lifecycle
from idp.persons.models import Person
from tests.attacks.whole import Visitor, Whole
from tests.idp.oauth.world import Registered, SignedIn

SCOPE = "openid profile offline_access"
Act = Callable[[Whole, SignedIn, Registered], None]


def frozen(whole: Whole, who: SignedIn, _portal: Registered) -> None:
    move(whole, who.person_id, lambda db, person: lifecycle.freeze(db, person, "lost", clock.now()))


def deceased(whole: Whole, who: SignedIn, _portal: Registered) -> None:
    move(whole, who.person_id, lambda db, person: lifecycle.report_death(db, person, "told", clock.now()))


def withdrawn(whole: Whole, who: SignedIn, portal: Registered) -> None:
    """As `/account/consents` does it."""
    with whole.oauth.database.writing() as db:
        ending.end_authorizations(db, who.person_id, "consent_withdrawn", clock.now(), portal.id)
        consents.withdraw(db, who.person_id, portal.id, clock.now())


def suspended(whole: Whole, _who: SignedIn, portal: Registered) -> None:
    with whole.oauth.database.writing() as db:
        onboarding.suspend(db, portal.id, clock.now())


def closing(whole: Whole, who: SignedIn, _portal: Registered) -> None:
    with whole.oauth.database.writing() as db:
        ending.end_everything(db, who.person_id, "person_closing", clock.now())


ACTS = (frozen, deceased, closing, withdrawn, suspended)


def a_second_later(whole: Whole) -> None:
    """Configuration is looked at once a second."""
    whole.oauth.clients._watch._look_again = whole.oauth.keyring._watch._look_again = 0.0


def move(whole: Whole, person_id: UUID, act: Callable[[Session, Person], None]) -> None:
    with whole.oauth.database.writing() as db:
        act(db, db.get_one(Person, person_id))


@pytest.fixture
def client(whole: Whole) -> Registered:
    """A client that asks for consent and refreshes offline."""
    return whole.client(kind=ClientClass.THIRD_PARTY)


@pytest.fixture
def someone(whole: Whole, client: Registered) -> SignedIn:
    """Signed in, and agreed to it all."""
    return whole.known(client)


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("format", ["jwt", "opaque"])
def test_tokens_die_with_what_they_stand_on(whole: Whole, act: Act, format: str) -> None:
    """Offline ones too: nothing asked of us accepts them any more."""
    client = whole.client(kind=ClientClass.THIRD_PARTY, access_token_format=format)
    someone = whole.known(client)
    tokens = whole.tokens(client, someone, scope=SCOPE)
    act(whole, someone, client)
    a_second_later(whole)
    inspector = (
        whole.introspect(client, tokens["access_token"]) if act is not suspended else {"active": False}
    )

    assert 401 == whole.userinfo(tokens["access_token"]).status_code
    assert whole.refresh(client, tokens["refresh_token"]).status_code in {400, 401}
    assert {"active": False} == inspector


def test_what_a_suspended_client_had_does_not_come_back_with_it(whole: Whole, client: Registered) -> None:
    """Whoever stole a refresh token before it was suspended has nothing when it is served again."""
    tokens = whole.tokens(client, scope=SCOPE)
    for change in (onboarding.suspend, onboarding.resume):
        with whole.oauth.database.writing() as db:
            change(db, client.id, clock.now())
        a_second_later(whole)

    assert 401 == whole.userinfo(tokens["access_token"]).status_code
    assert 400 == whole.refresh(client, tokens["refresh_token"]).status_code
    assert {"active": False} == whole.introspect(client, tokens["refresh_token"])


@pytest.mark.parametrize("act", ACTS)
def test_a_code_that_is_under_way_dies_as_well(
    whole: Whole, client: Registered, someone: SignedIn, act: Act
) -> None:
    """The minute between the answer and its redemption is no gap."""
    code = whole.code(client, someone)
    act(whole, someone, client)
    a_second_later(whole)

    assert whole.redeem(client, code).status_code in {400, 401}


@pytest.mark.parametrize("act", ACTS)
def test_the_browser_is_not_let_in_silently(
    whole: Whole, client: Registered, someone: SignedIn, act: Act
) -> None:
    """What the session or the agreement allowed before is asked for again, or refused."""
    act(whole, someone, client)
    a_second_later(whole)
    answered = whole.authorize(client, someone, prompt="none")

    assert "code" not in answered.values
    assert answered.error in {"login_required", "consent_required", None}


def test_what_a_freeze_ended_stays_ended(whole: Whole, client: Registered, someone: SignedIn) -> None:
    """Though the person was let in again before the worker came by."""
    tokens = whole.tokens(client, someone, scope=SCOPE)
    frozen(whole, someone, client)
    move(whole, someone.person_id, lambda db, person: lifecycle.unfreeze(db, person, "found", clock.now()))
    payload = {"person_id": str(someone.person_id), "status": "frozen"}
    ending.status_changed(whole.oauth.database, _leased(payload))

    assert 401 == whole.userinfo(tokens["access_token"]).status_code
    assert 400 == whole.refresh(client, tokens["refresh_token"]).status_code


def _leased(payload: dict[str, str]) -> Leased:
    return Leased(uuid4(), lifecycle.STATUS_CHANGED, payload, attempts=1, created_at=clock.now())


def test_a_withdrawn_key_is_believed_no_more(whole: Whole) -> None:
    """Nor remembered: what it signed a moment ago is refused."""
    portal = whole.client()
    token = whole.tokens(portal)["access_token"]
    whole.userinfo(token)
    database, custody = whole.oauth.database, whole.stage.services.custody
    with database.reading() as db:
        signing = next(key for key in rotation.signing_keys(db, "ES256") if key.state == "active").kid
    with database.writing() as db:
        rotation.rotate(db, custody, clock.now(), "ES256", force=True)
    with database.writing() as db:
        rotation.withdraw(db, signing)
    a_second_later(whole)

    assert 401 == whole.userinfo(token).status_code
    assert signing not in whole.http.get("/oauth/jwks").get_data(as_text=True)


def test_a_copied_session_does_not_outlive_a_freeze_and_its_end(whole: Whole) -> None:
    """Frozen, worked off, let in again: the browser of before has to sign in."""
    person_id = whole.resident("thawed")
    visitor: Visitor = whole.visitor().sign_in("thawed")
    copied = str(visitor.session)
    move(whole, person_id, lambda db, person: lifecycle.freeze(db, person, "lost", clock.now()))
    move(whole, person_id, lambda db, person: lifecycle.unfreeze(db, person, "found", clock.now()))
    whole.stage.work()
    again = whole.visitor().take(copied)
    again.ask("GET", "/account")

    assert again.location.startswith("/sign-in")
