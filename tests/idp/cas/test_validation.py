"""Tickets: once, soon, for one service, while what they stand for lives."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from idp import clock
from idp.cas import tickets
from idp.clients import onboarding
from idp.oauth.models import Authorization
from tests.idp.cas.world import SERVICE, CasWorld
from tests.idp.oauth.world import Registered, SignedIn


def test_a_ticket_tells_who_came(cas: CasWorld, pension: Registered, citizen: SignedIn) -> None:
    """`user` is the subject every protocol tells; attributes are those of userinfo, flat."""
    found = cas.validate(cas.ticket(citizen))
    sub = cas.world.authorizations()[0].sub

    assert sub == found["user"]
    assert "王小明" == found["attributes"]["name"]
    assert ("ial3.aal1", "false") == (found["attributes"]["acr"], found["attributes"]["isFromNewLogin"])
    assert "phone_number" not in found["attributes"]


def test_a_ticket_works_once(cas: CasWorld, citizen: SignedIn) -> None:
    """Whoever finds it in a log is too late."""
    ticket = cas.ticket(citizen)
    cas.validate(ticket)

    assert "INVALID_TICKET" == cas.validate(ticket)


def test_fifty_at_once_get_one_answer(each_cas: CasWorld) -> None:
    """The one atomic step is the taking of the ticket (security.md T5)."""
    citizen = each_cas.citizen(each_cas.service())
    ticket = each_cas.ticket(citizen)
    with ThreadPoolExecutor(50) as pool:
        found = list(pool.map(lambda _: each_cas.validate(ticket), range(50)))

    assert 1 == sum(isinstance(one, dict) for one in found)
    assert 49 == found.count("INVALID_TICKET")


def test_a_ticket_lives_ten_seconds(cas: CasWorld) -> None:
    """Nothing but two requests lies between."""
    assert 10 == cas.cas.tickets.ttl


@pytest.mark.parametrize(
    "service",
    [
        f"{SERVICE}/other",
        "https://pension.example.gov.cn.evil.cn/app",
        "https://other.example.gov.cn/app",
    ],
)
def test_a_ticket_is_for_one_service_and_dies_of_another(
    cas: CasWorld, citizen: SignedIn, service: str
) -> None:
    """INVALID_SERVICE, and the ticket is spent (CAS 3.0 §2.5.3)."""
    ticket = cas.ticket(citizen)

    assert "INVALID_SERVICE" == cas.validate(ticket, service)
    assert "INVALID_TICKET" == cas.validate(ticket)


def test_renew_wants_a_ticket_from_a_proof(cas: CasWorld, citizen: SignedIn) -> None:
    """A ticket of an earlier sign-in is not good enough (§2.5.1)."""
    assert "INVALID_TICKET" == cas.validate(cas.ticket(citizen), renew="true")


@pytest.mark.parametrize("sent", [{"ticket": ""}, {"service": ""}, {"service": "javascript:alert(1)"}])
def test_what_is_missing_is_said(cas: CasWorld, citizen: SignedIn, sent: dict[str, str]) -> None:
    """INVALID_REQUEST, and a ticket that was not looked at is not spent."""
    ticket = cas.ticket(citizen)
    values = {"ticket": ticket, "service": SERVICE, **sent}

    assert "INVALID_REQUEST" == cas.validate(**values)
    assert "user" in cas.validate(ticket)


@pytest.mark.parametrize("ticket", ["ST-", "ST-x", "PT-x", "PGT-1", "x" * 3000, "ST-\N{PILE OF POO}"])
def test_what_is_no_ticket_is_refused(cas: CasWorld, pension: Registered, ticket: str) -> None:
    """In the protocol's own form, whatever a stranger sends."""
    assert cas.validate(ticket, path="proxyValidate") == "INVALID_TICKET"


def test_a_ticket_dies_with_its_session(cas: CasWorld, citizen: SignedIn) -> None:
    """Signing out between the redirect and the validation is in time."""
    ticket = cas.ticket(citizen)
    cas.world.end_session(citizen)

    assert "INVALID_TICKET" == cas.validate(ticket)


def test_a_ticket_dies_with_its_person(cas: CasWorld, citizen: SignedIn) -> None:
    """The frozen enter nothing."""
    ticket = cas.ticket(citizen)
    cas.world.set_status(citizen.person_id, "frozen")

    assert "INVALID_TICKET" == cas.validate(ticket)


def test_a_suspended_client_is_told_nothing(cas: CasWorld, pension: Registered, citizen: SignedIn) -> None:
    """Nor does a service that is nobody's any more."""
    ticket = cas.ticket(citizen)
    with cas.world.oauth.database.writing() as db:
        onboarding.suspend(db, pension.id, clock.now())

    assert "INVALID_SERVICE" == cas.validate(ticket)
    assert 400 == cas.login(citizen).status_code


def test_a_validated_ticket_is_a_participant(cas: CasWorld, pension: Registered, citizen: SignedIn) -> None:
    """What OIDC writes down of a code is written down of a ticket, so that ending it ends it alike."""
    cas.validate(cas.ticket(citizen))
    (found,) = cas.world.authorizations()

    assert (pension.id, citizen.session_id) == (found.client_id, found.session_id)


def test_a_proxy_ticket_dies_with_what_it_hangs_on(cas: CasWorld, pension: Registered) -> None:
    """The proxy's authorization ended: neither its granting ticket nor what came of it works."""
    proxy, target = _proxying(cas, pension)
    waiting = cas.proxy(proxy, target)
    with cas.world.oauth.database.writing() as db:
        db.execute(update(Authorization).values(ended_at=clock.now() - timedelta(seconds=1)))

    assert "UNAUTHORIZED_SERVICE" == cas.proxy(proxy, target)
    assert "INVALID_TICKET" == cas.validate(waiting, target, path="proxyValidate")


def test_a_proxy_that_was_suspended_goes_nowhere(cas: CasWorld, pension: Registered) -> None:
    """Neither with the granting ticket it has kept, nor with a proxy ticket it got before (T8)."""
    proxy, target = _proxying(cas, pension)
    waiting = cas.proxy(proxy, target)
    with cas.world.oauth.database.writing() as db:
        onboarding.suspend(db, pension.id, clock.now())

    assert "UNAUTHORIZED_SERVICE" == cas.proxy(proxy, target)
    assert "INVALID_TICKET" == cas.validate(waiting, target, path="proxyValidate")


def test_a_proxy_ticket_names_its_way(cas: CasWorld, pension: Registered) -> None:
    """The target learns through whom somebody came, and `serviceValidate` does not take it (§2.6, §2.7)."""
    proxy, target = _proxying(cas, pension)

    assert "INVALID_TICKET_SPEC" == cas.validate(cas.proxy(proxy, target), target)
    found = cas.validate(cas.proxy(proxy, target), target, path="p3/proxyValidate")
    assert ["https://pension.example.gov.cn/proxy"] == found["proxies"]
    assert "王小明" == found["attributes"]["name"]


def test_proxies_go_where_they_are_expected(cas: CasWorld, pension: Registered) -> None:
    """A target that names no proxy is not entered by one, nor is one its person would be asked for."""
    proxy, _ = _proxying(cas, pension)
    cas.service("https://closed.example.gov.cn/")
    cas.service("https://strict.example.gov.cn/", proxied_by=[pension.id], minimum_acr="ial4.aal2")

    assert "UNAUTHORIZED_SERVICE" == cas.proxy(proxy, "https://closed.example.gov.cn/")
    assert "UNAUTHORIZED_SERVICE" == cas.proxy(proxy, "https://strict.example.gov.cn/")
    assert "INVALID_TICKET" == cas.proxy("PGT-unknown", "https://closed.example.gov.cn/")


@pytest.mark.parametrize(
    "callback",
    [
        "http://169.254.169.254/latest/meta-data",
        "https://pension.example.gov.cn/proxy/../other",
        "https://evil.example.cn/",
    ],
)
def test_granting_tickets_go_to_registered_callbacks(
    cas: CasWorld, pension: Registered, callback: str
) -> None:
    """`pgtUrl` is compared with the registration and then called in the guarded way."""
    signed_in = cas.citizen(pension)

    assert "INVALID_PROXY_CALLBACK" == cas.validate(cas.ticket(signed_in), pgtUrl=callback)
    assert [] == cas.called.urls


def test_a_callback_that_refuses_gets_no_granting_ticket(cas: CasWorld) -> None:
    """Only 200 says that the proxy has it (§2.5.4)."""
    service = cas.service(proxy_callbacks=["https://pension.example.gov.cn/proxy"])
    cas.called.status = 302
    ticket = cas.ticket(cas.citizen(service))

    assert "INVALID_PROXY_CALLBACK" == cas.validate(ticket, pgtUrl="https://pension.example.gov.cn/proxy")


def test_only_digests_of_tickets_are_kept(cas: CasWorld, citizen: SignedIn) -> None:
    """The store sees a digest; the table of sessions has the spent ticket sealed."""
    ticket = cas.ticket(citizen)
    handle = ticket.removeprefix(tickets.SERVICE)
    cas.validate(ticket)
    home = cas.world.oauth.database.engine.url.database
    assert home is not None
    kept = b"".join(file.read_bytes() for file in Path(home).parent.glob("*.db*"))

    assert handle.encode() not in kept


def _proxying(cas: CasWorld, pension: Registered) -> tuple[str, str]:
    """A granting ticket of the pension service, and a target that lets it come."""
    callback = "https://pension.example.gov.cn/proxy"
    details = {**pension.client.raw, "proxy_callbacks": [callback]}
    with cas.world.oauth.database.writing() as db:
        onboarding.change(db, pension.id, details, clock.now())
    target = "https://health.example.gov.cn/"
    health = cas.service(target, proxied_by=[pension.id])
    signed_in = cas.citizen(pension)
    cas.world.agree(signed_in, health, "openid profile")
    cas.validate(cas.ticket(signed_in), pgtUrl=callback)
    return cas.granting(), target
