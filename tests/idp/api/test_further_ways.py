"""Passkeys, a picture for a phone, certificates and recovery through the interface, as data."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from idp.api.stepping import POLLS_PER_MINUTE
from idp.audit.models import AuditEvent
from idp.sessions.models import SignInSession
from tests.attacks.whole import Whole, standing, told
from tests.device import Device
from tests.idp.account.stage import PASSWORD, newcomer
from tests.idp.account.test_recovery_without_phone import with_codes
from tests.idp.api.app import SCOPE, App, document, resident
from tests.idp.sign_in.cards import Town, built
from tests.idp.sign_in.pairing import phone
from tests.idp.sign_in.test_passkey import add

NEW = "five patient cranes"


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Whole]:
    """A provider with a host name, for passkeys."""
    with standing(tmp_path_factory.mktemp("home"), issuer="http://localhost") as whole:
        yield whole


@pytest.fixture
def app(whole: Whole) -> App:
    return App(whole, whole.client(scope=SCOPE))


def with_passkey(whole: Whole, index: int) -> Device:
    """The phone of such a person, with a passkey on it."""
    device = Device()
    add(whole.stage.browser().sign_in(resident(whole, index).phone), device)
    return device


def newest_session(whole: Whole) -> SignInSession:
    with whole.oauth.database.reading() as db:
        return db.scalars(select(SignInSession).order_by(SignInSession.authenticated_at.desc())).all()[0]


def test_the_first_step_names_every_way_of_this_instance(app: App) -> None:
    """Those that the sign-in page offers, by the names of their steps."""
    app.begin()

    assert ["password", "sms", "passkey", "qr"] == told(app.answer)["ways"]


def test_a_passkey_signs_in_without_a_name(whole: Whole, app: App) -> None:
    """The question is the same for everybody and may stand beside a login field; it reaches AAL 3."""
    device = with_passkey(whole, 1)
    asked = app.begin().step("/passkey/options")["passkey"]
    after = app.step("/passkey", credential=json.loads(device.get(asked["public_key"])))

    assert ("conditional", [], "localhost") == (
        asked["mediation"],
        asked["public_key"]["allowCredentials"],
        asked["public_key"]["rpId"],
    )
    assert "notice" == after["next"]
    assert (3, {"hwk"}) == (newest_session(whole).aal, set(newest_session(whole).amr))


def test_a_passkey_confirms_whoever_has_given_a_password(whole: Whole, app: App) -> None:
    """The person's own are named then, and no page of another is needed."""
    device = with_passkey(whole, 2)
    app.begin(acr_values="ial3.aal3")
    second = app.step("/password", login=newcomer(2).phone, password=PASSWORD)
    asked = app.step("/passkey/options")["passkey"]
    after = app.step("/passkey", credential=json.loads(device.get(asked["public_key"])))

    assert ("second-factor", True) == (second["next"], "passkey" in second["ways"])
    assert ("required", 1) == (asked["mediation"], len(asked["public_key"]["allowCredentials"]))
    assert "notice" == after["next"]


def test_a_phone_lets_a_screen_in(whole: Whole, app: App) -> None:
    """The number is typed, the digits are shown, the answer is the next step of the one that polls."""
    mobile = phone(whole.stage, resident(whole, 3))
    shown = app.begin().step("/qr")["qr"]
    mobile.get("/account/qr").fill(number=shown["number"])
    told_phone = mobile.text
    mobile.fill(decision="claim")
    claimed = app.step("/qr/state")["qr"]
    mobile.fill(decision="confirm", digits=claimed["shown"])
    after = app.step("/qr/state")

    assert ("waiting", 3) == (shown["state"], shown["interval"])
    assert shown["content"].startswith("http://localhost/account/qr/")
    assert "203.0.113.*" in told_phone
    assert ("claimed", None) == (claimed["state"], claimed.get("number"))
    assert "notice" == after["next"]


def test_a_screen_that_asks_too_often_is_slowed_down(app: App) -> None:
    """Polling has a pace of its own, by sign-in, and is answered at once: no thread waits (RFC 8628 §3.5)."""
    app.begin().step("/qr")
    for _ in range(POLLS_PER_MINUTE):
        app.step("/qr/state")
    before = app.answer.status_code
    app.step("/qr/state")

    assert (200, (429, "slow_down"), "3") == (before, app.refusal, app.answer.headers["Retry-After"])


@pytest.mark.parametrize(
    ("limit", "code", "least", "most"),
    [
        ("limit_codes_per_hour", "code_too_often", 3600, 3600),
        ("limit_codes_per_day", "codes_spent", 1, 86400),
    ],
)
def test_who_is_sent_no_more_codes_hears_how_long(
    tmp_path: Path, limit: str, code: str, least: int, most: int
) -> None:
    """A phone gets so many an hour and a day, by whichever step they are asked for."""
    with standing(tmp_path, **{limit: 1}) as whole:
        app, number = App(whole, whole.client(scope=SCOPE)).begin(), whole.stage.spare_phone()
        app.step("/code", phone=number)
        app.step("/recovery", phone=number)
        waits = int(app.answer.headers["Retry-After"])

    assert (429, code) == app.refusal
    assert least <= waits <= most


def test_another_picture_ends_the_one_before(whole: Whole, app: App) -> None:
    """A screen shows one; the number of the first leads nowhere."""
    first = app.begin().step("/qr")["qr"]
    second = app.step("/qr")["qr"]
    mobile = phone(whole.stage, resident(whole, 3)).get("/account/qr").fill(number=first["number"])

    assert first["number"] != second["number"]
    assert "/account/qr" == mobile.path


def test_a_forgotten_password_is_replaced_by_phone_and_document(whole: Whole, app: App) -> None:
    """What was open ends, the person is told, and the new password signs in here at once."""
    person = resident(whole, 4)
    before = whole.stage.browser().sign_in(person.phone)
    app.begin()
    steps = [app.step("/recovery", phone=person.phone)["recovery"]]
    steps += [app.step("/recovery/code", code=whole.stage.messages(person.phone)[0]["code"])["recovery"]]
    steps += [app.step("/recovery/identity", **document(person))["recovery"]]
    done = app.step("/recovery/password", password=NEW)
    after = app.step("/password", login=person.phone, password=NEW)

    assert ["code", "identity", "password"] == steps
    assert ("done", "sign-in", "notice") == (done["recovery"], done["next"], after["next"])
    assert "/sign-in" == before.get("/account").path


def test_a_recovery_is_audited_as_on_the_pages(whole: Whole, app: App) -> None:
    """The trail says who was recovered and through which client."""
    person, _, codes = with_codes(whole.stage, 5)
    found = whole.stage.person(person.phone)
    assert found is not None
    app.begin().step("/recovery/without-phone", login=person.phone, code=codes[0], **document(person))
    app.step("/recovery/password", password=NEW)
    query = select(AuditEvent.topic, AuditEvent.actor).where(AuditEvent.person_id == found.id)
    with whole.oauth.database.reading() as db:
        trail = {tuple(row) for row in db.execute(query)}

    by = f"client:{app.portal.id}"
    assert {("recovery.started", by), ("password.changed", by)} <= trail


def test_a_recovery_code_confirms_once(whole: Whole, app: App) -> None:
    """It is spent by that; the next sign-in takes another."""
    person, _, codes = with_codes(whole.stage, 6)
    outcomes = []
    for _ in range(2):
        app.begin(acr_values="ial3.aal2").step("/password", login=person.phone, password=PASSWORD)
        outcomes.append(app.step("/recovery-code", code=codes[0]).get("next") or app.refusal)

    assert ["notice", (403, "recovery_code_wrong")] == outcomes


def test_a_weak_new_password_is_named(whole: Whole, app: App) -> None:
    """And nothing is used up by trying."""
    person, _, codes = with_codes(whole.stage, 7)
    app.begin().step("/recovery/without-phone", login=person.phone, code=codes[0], **document(person))
    app.step("/recovery/password", password="11111111")
    weak = app.refusal
    done = app.step("/recovery/password", password=NEW)

    assert ((400, "password_common"), "done") == (weak, done["recovery"])


def test_an_unknown_slip_is_refused(app: App) -> None:
    """By the word the page has for it."""
    app.begin().step("/recovery/slip", slip="A7KQ-M2XT-9PWD-RZ4C", password=NEW)

    assert (400, "slip_wrong") == app.refusal


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """A provider that believes an authority."""
    with built(Path(tmp_path_factory.mktemp("home"))) as town:
        yield town


@pytest.fixture(scope="module")
def certified(town: Town) -> Whole:
    return Whole(town.stage.services.extras["oauth"], stage=town.stage)


def signing(app: App, card: Any) -> dict[str, str]:
    """What a card answers to this app's text."""
    answer: dict[str, str] = card.answer(app.step("/certificate/text")["certificate"]["text"])
    return answer


def test_a_certificate_signs_its_person_in(town: Town, certified: Whole) -> None:
    """The text names this sign-in; the signature alone reaches AAL 3."""
    card = town.added(resident(certified, 8))
    app = App(certified, certified.client(scope=SCOPE)).begin()
    ways = told(app.answer)["ways"]
    after = app.step("/certificate", **signing(app, card))

    assert "certificate" in ways
    assert "notice" == after["next"]
    assert {"sc"} == set(newest_session(certified).amr)


def test_a_certificates_text_is_answered_once_and_here_alone(town: Town, certified: Whole) -> None:
    """Replayed, or signed for another sign-in, it is worth nothing; wrong answers spend it too."""
    card = town.added(resident(certified, 9))
    portal = certified.client(scope=SCOPE)
    app, other = App(certified, portal).begin(), App(certified, portal).begin()
    answer = signing(app, card)
    other.step("/certificate/text")
    other.step("/certificate", **answer)
    relayed = other.refusal
    first = app.step("/certificate", **answer)["next"]
    app.step("/certificate", **answer)

    assert (403, "certificate_signature") == relayed
    assert ("notice", (403, "form_stale")) == (first, app.refusal)


def test_a_stranger_learns_nothing_by_a_certificate(town: Town, certified: Whole) -> None:
    """One that no account has is answered alike, whether its holder is registered or not."""
    told_so = []
    for person in (resident(certified, 10), newcomer(19)):
        app = App(certified, certified.client(scope=SCOPE)).begin()
        app.step("/certificate", **signing(app, town.card(person)))
        told_so.append(app.refusal)

    assert [(403, "certificate_unbound")] * 2 == told_so
