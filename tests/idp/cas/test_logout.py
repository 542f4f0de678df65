"""Single logout: each service is told by the ticket it knows, until all of them took it."""

from typing import Any

import pytest

from idp import clock
from idp.cas.logout import Messenger
from idp.clients import onboarding
from idp.sessions.logout import NotTold
from tests.idp.cas.world import SERVICE, CasWorld
from tests.idp.oauth.world import Registered, SignedIn


@pytest.fixture
def messenger(cas: CasWorld) -> Messenger:
    return Messenger(cas.world.oauth, cas.called)


def over(cas: CasWorld, pension: Registered, citizen: SignedIn) -> dict[str, Any]:
    """What the outbox says of the end of this session."""
    sub = cas.world.authorizations()[0].sub
    return {"session_id": str(citizen.session_id), "client_id": pension.id, "sub": sub}


def test_each_ticket_is_named_at_its_own_address(
    cas: CasWorld, pension: Registered, citizen: SignedIn, messenger: Messenger
) -> None:
    """A service entered twice knows two sessions (CAS 3.0 §2.3.3)."""
    tickets = [cas.ticket(citizen), cas.ticket(citizen, f"{SERVICE}?a=1")]
    for ticket, service in zip(tickets, (SERVICE, f"{SERVICE}?a=1"), strict=True):
        cas.validate(ticket, service)

    assert messenger.deliver(over(cas, pension, citizen), clock.now())
    assert [SERVICE, f"{SERVICE}?a=1"] == cas.called.urls
    for ticket, form in zip(tickets, cas.called.forms, strict=True):
        assert f"<samlp:SessionIndex>{ticket}</samlp:SessionIndex>" in form["logoutRequest"]


def test_who_took_it_is_not_told_again(
    cas: CasWorld, pension: Registered, citizen: SignedIn, messenger: Messenger
) -> None:
    """A refusal is tried again; what was taken meanwhile is not repeated."""
    cas.validate(cas.ticket(citizen))
    cas.called.status = 503
    with pytest.raises(NotTold):
        messenger.deliver(over(cas, pension, citizen), clock.now())
    cas.called.status = 302

    assert messenger.deliver(over(cas, pension, citizen), clock.now())
    assert messenger.deliver(over(cas, pension, citizen), clock.now())
    assert 2 == len(cas.called.forms)


def test_a_client_that_cannot_take_it_is_left_alone(cas: CasWorld, messenger: Messenger) -> None:
    """`single_logout: false` is honest: the page says that it is not told."""
    quiet = cas.service("https://quiet.example.gov.cn/", single_logout=False)
    citizen = cas.citizen(quiet)
    cas.validate(cas.ticket(citizen, "https://quiet.example.gov.cn/"), "https://quiet.example.gov.cn/")

    assert not messenger.deliver(over(cas, quiet, citizen), clock.now())
    assert [] == cas.called.urls


def test_an_address_that_is_nobodys_now_is_not_called(
    cas: CasWorld, pension: Registered, citizen: SignedIn, messenger: Messenger
) -> None:
    """Taken out of the registration, it hears nothing of people any more."""
    cas.validate(cas.ticket(citizen))
    moved = {**pension.client.raw, "services": [{"prefix": "https://new.example.gov.cn/"}]}
    with cas.world.oauth.database.writing() as db:
        onboarding.change(db, pension.id, moved, clock.now())
    messenger.deliver(over(cas, pension, citizen), clock.now())

    assert [] == cas.called.urls
