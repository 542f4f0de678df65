"""Signing in and confirming by a certificate of the provincial authority."""

from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import quote

import pytest
from cryptography.hazmat.primitives import hashes
from sqlalchemy import select

from connectors.simulator import authority as authorities
from connectors.simulator.ca_routes import CRL, OCSP
from connectors.simulator.personas import Persona
from idp import clock
from idp.authenticators import certificate_binding, credentials
from idp.authenticators.models import Credential
from idp.evidence.models import Evidence, Method
from idp.sessions.models import SignInSession
from tests.idp.account.stage import PASSWORD, Browser, newcomer
from tests.idp.sign_in.cards import SEEN, Card, Town, built, refusal, to_sign


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """A provider that believes an authority."""
    with built(tmp_path_factory.mktemp("home")) as town:
        yield town


@pytest.fixture(scope="module")
def bearer(town: Town) -> Card:
    """A card that its person has added."""
    return town.added(resident(town, 15))


def resident(town: Town, index: int) -> Persona:
    """Somebody with an account at level 3; each test has their own."""
    person = newcomer(index)
    if town.stage.person(person.phone) is None:
        town.stage.browser().register(person)
    return person


def confirming_again(town: Town, person: Persona) -> Browser:
    """A browser that has given the password and is asked for a second step."""
    browser = town.stage.browser().sign_in(person.phone).get("/sign-in?next=/account&again=2")
    browser.fill(login=person.phone, password=PASSWORD)
    return browser.get(browser.address.rsplit("/", 1)[0] + "/certificate")


def newest_session(town: Town) -> SignInSession:
    with town.stage.services.database.reading() as db:
        return db.scalars(select(SignInSession).order_by(SignInSession.authenticated_at.desc())).all()[0]


def test_a_certificate_is_added_and_raises_the_level(town: Town) -> None:
    """It names the very person, so they are known at level 5 as long as it lasts."""
    person = resident(town, 1)
    before = town.stage.level(person.phone)
    card = town.added(person)
    with town.stage.services.database.reading() as db:
        evidence = db.scalars(select(Evidence).where(Evidence.method == Method.CERTIFICATE)).one()

    assert (3, 5) == (before, town.stage.level(person.phone))
    assert card.pair.certificate.not_valid_after_utc == evidence.expires_at


def test_it_then_signs_its_person_in_at_level_3(town: Town) -> None:
    """Without a password: `sc` reaches AAL 3 alone."""
    card = town.added(resident(town, 2))
    browser = card.show(town.asked())
    session = newest_session(town)

    assert "/account" == browser.path
    assert (3, {"sc"}) == (session.aal, set(session.amr))


def test_one_that_no_account_has_leads_on_and_tells_nothing(town: Town) -> None:
    """The same answer whether its holder has an account or none; both are shown the way."""
    known, unknown = resident(town, 3), newcomer(19)
    told = [town.card(one).show(town.asked()) for one in (known, unknown)]

    assert refusal(told[0]) == refusal(told[1])
    assert "还没有添加到账号" in refusal(told[0])
    assert all("/register?interaction=" in one.text for one in told)
    assert 3 == town.stage.level(known.phone)


def test_an_account_opened_in_ones_name_gains_nothing(town: Town) -> None:
    """Pre-hijacking: whoever registered with somebody's number is not raised by the holder's certificate."""
    squatted = resident(town, 4)
    town.card(squatted).show(town.asked())
    with town.stage.services.database.reading() as db:
        found = db.scalars(select(Credential).where(Credential.kind == "certificate")).all()
    person = town.stage.person(squatted.phone)

    assert person is not None
    assert person.id not in {one.person_id for one in found}


def test_a_challenge_is_answered_once(town: Town) -> None:
    """Whoever saw the answer has nothing, not even in the same sign-in."""
    card = town.added(resident(town, 5))
    browser = town.asked()
    text, wrong = to_sign(browser), Card(town.authority.issue("甲", "1"))
    browser.fill(certificate=card.pair.certificate_pem, signature=wrong.sign(text))
    spoilt = refusal(browser)
    browser.fill(**card.answer(text))

    assert "签名与这段文字不符" in spoilt
    assert "签名与这段文字不符" in refusal(browser)
    assert text != to_sign(browser)


def test_a_signature_for_another_sign_in_is_worth_nothing(town: Town) -> None:
    """The text names the interaction, so a relayed answer fits no other browser."""
    card = town.added(resident(town, 6))
    victim, thief = town.asked(), town.asked()
    thief.fill(**card.answer(to_sign(victim)))

    assert "/certificate" == thief.path
    assert "签名与这段文字不符" in refusal(thief)


def test_the_signature_for_adding_does_not_sign_in(town: Town) -> None:
    """The text names what it is for."""
    person = resident(town, 7)
    text, card, browser = to_sign(town.at_methods(person)), town.added(person), town.asked()
    browser.fill(**card.answer(text))

    assert "签名与这段文字不符" in refusal(browser)


def test_a_removed_one_does_not_come_back_by_itself(town: Town) -> None:
    """Not as a first factor, and not as a second; its level goes with it."""
    person = resident(town, 8)
    card = town.added(person)
    with town.stage.services.database.writing() as db:
        own = db.scalars(select(Credential).where(Credential.handle.is_not(None))).all()
        for one in own:
            if one.details["fingerprint"] == card.pair.certificate.fingerprint(hashes.SHA256()).hex():
                credentials.end(db, one, "removed", clock.now())
    certificate_binding.withdraw_orphans(town.stage.services.database, clock.now())
    first = card.show(town.asked())
    confirming = confirming_again(town, person)

    assert "还没有添加到账号" in refusal(first)
    assert "/certificate" == confirming.path
    assert "移除" in refusal(card.show(confirming))
    assert 3 == town.stage.level(person.phone)


def test_an_unbound_one_confirms_its_own_person_and_is_bound(town: Town) -> None:
    """Password and certificate together show both: whose account, and who."""
    person = resident(town, 9)
    browser = confirming_again(town, person)
    town.card(person).show(browser)

    assert ("/account", 5) == (browser.path, town.stage.level(person.phone))


def test_somebody_elses_does_not_confirm(town: Town) -> None:
    """At the second step only the very person's certificate counts, bound elsewhere or not."""
    person, other = resident(town, 10), resident(town, 11)
    bound, unbound = town.added(other), town.card(newcomer(18))
    browser = confirming_again(town, person)
    told = [refusal(card.show(browser)) for card in (bound, unbound)]

    assert ["这一步要由同一个人确认，请用您本人的登录方式。"] * 2 == told


def test_somebody_elses_cannot_be_added(town: Town) -> None:
    """Neither another number nor another name under the same number."""
    person = resident(town, 12)
    others = Card(town.authority.issue(newcomer(17).name, newcomer(17).number))
    renamed = Card(town.authority.issue("甲乙丙", person.number))
    told = [refusal(card.show(town.at_methods(person))) for card in (others, renamed)]

    assert all("不一致" in one for one in told)
    assert 3 == town.stage.level(person.phone)


def test_what_others_certified_is_believed_nowhere(town: Town) -> None:
    """The very names of our authority, issued by somebody else."""
    person = resident(town, 12)
    forged = Card(authorities.found().issue(person.name, person.number))

    assert "不是本省认可" in refusal(forged.show(town.asked()))
    assert "不是本省认可" in refusal(forged.show(town.at_methods(person)))


def test_an_expired_one_is_told_apart(town: Town) -> None:
    """The holder hears what to do."""
    person = resident(town, 12)
    expired = town.card(person, begins=-timedelta(days=2), lasts=timedelta(days=1))

    assert "已过有效期" in refusal(expired.show(town.asked()))


@pytest.mark.parametrize("where", ["crl", "ocsp"])
def test_a_revoked_one_ends_level_and_sessions(town: Town, where: str) -> None:
    """At the next sign-in it is refused; the worker withdraws what rested on it."""
    person = resident(town, 13 if where == "crl" else 14)
    card, services = town.added(person), town.stage.services
    card.show(town.asked())
    town.authority.revoke(card.pair.certificate.serial_number, where)
    later = clock.now() + timedelta(hours=7)
    fresh = services.extras["certificates"]
    fresh._held.clear()  # noqa: SLF001 - as after the minutes for which a list is not looked for anew
    refused = refusal(card.show(town.asked()))
    town.authority.now = lambda: later
    taken_back = certificate_binding.look_again(services.database, fresh, later)
    town.authority.now = clock.now
    fresh._held.clear()  # noqa: SLF001
    found = town.stage.person(person.phone)
    assert found is not None
    with services.database.reading() as db:
        living = select(SignInSession).where(
            SignInSession.person_id == found.id, SignInSession.ended_at.is_(None)
        )
        sessions = [one for one in db.scalars(living) if "sc" in one.amr]

    assert "吊销" in refused
    assert (1, 3, []) == (taken_back, town.stage.level(person.phone), sessions)


@pytest.mark.parametrize("source", [CRL, OCSP])
def test_an_authority_that_is_down_is_no_yes(town: Town, bearer: Card, source: str) -> None:
    """Fail closed, and say what else one can do."""
    town.stage.services.extras["certificates"]._held.clear()  # noqa: SLF001
    town.certifier.order("error_500", source, -1)
    browser = bearer.show(town.asked())
    town.certifier.order("clear", source)

    assert "/certificate" == browser.path
    assert "无法向认证机构查询" in refusal(browser)


def test_one_seen_in_tls_signs_in_with_a_form_of_this_page(town: Town, bearer: Card) -> None:
    """The proxy has seen the key being used; a form without our token would be somebody else's wish."""
    browser = town.asked()
    seen = {SEEN: quote(bearer.pair.certificate_pem), "REMOTE_ADDR": "192.0.2.1"}
    page = browser.client.get(browser.address, environ_overrides=seen)
    token = page.get_data(as_text=True).split('name="csrf_token" value="')[1].split('"')[0]
    forged = browser.client.post(browser.address, data={"by": "tls"}, environ_overrides=seen)
    posted = browser.client.post(
        browser.address, data={"by": "tls", "csrf_token": token}, environ_overrides=seen
    )

    assert "示范省数字证书认证中心" in page.get_data(as_text=True)
    assert (400, 303) == (forged.status_code, posted.status_code)


@pytest.mark.parametrize("twice", ["{0},{0}", "{0}{0}", "{0}, x", "not a certificate", "%ff"])
def test_a_header_that_holds_anything_else_is_nothing(town: Town, bearer: Card, twice: str) -> None:
    """Two values, a chain, or noise: a proxy passes on exactly one."""
    browser = town.asked()
    seen = {SEEN: twice.format(quote(bearer.pair.certificate_pem)), "REMOTE_ADDR": "192.0.2.1"}
    page = browser.client.get(browser.address, environ_overrides=seen)
    token = page.get_data(as_text=True).split('name="csrf_token" value="')[1].split('"')[0]
    posted = browser.client.post(
        browser.address, data={"by": "tls", "csrf_token": token}, environ_overrides=seen
    )

    assert 200 == posted.status_code


def test_a_certificate_verifies_who_was_not_verified(town: Town) -> None:
    """From level 2 to level 5: the authority has seen the person, so no registry need be asked."""
    person = newcomer(16)
    town.stage.order("error_500", person.key, -1)
    town.stage.browser().register(person)
    town.stage.order("clear", person.key)
    before = town.stage.level(person.phone)
    town.added(person)

    assert (2, 5) == (before, town.stage.level(person.phone))


def test_nothing_of_it_is_kept_in_the_open(town: Town) -> None:
    """The certificate holds name and number: it is sealed at rest."""
    person = resident(town, 1)
    with town.stage.services.database.reading() as db:
        kept = db.scalars(select(Credential).where(Credential.kind == "certificate")).all()
        open_ = "".join(f"{one.secret}{one.name}{one.details}{one.handle}" for one in kept)
        sealed = b"".join(one.seed_sealed or b"" for one in kept)

    assert kept
    assert person.number not in open_ and person.name not in open_
    assert b"BEGIN CERTIFICATE" not in sealed and person.number.encode() not in sealed
