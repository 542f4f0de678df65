"""Registering a citizen at the counter: their own phone says yes, and nobody sees a password."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from connectors.simulator.personas import Persona
from idp.audit.models import AuditEvent
from idp.authenticators import password
from idp.consents.models import Consent
from idp.persons.models import Person
from tests.admin_ui.hall import Hall
from tests.admin_ui.stage import Visitor
from tests.idp.account.stage import PASSWORD, newcomer

PAGE, CODE = "/admin/counter/register", "/admin/counter/register/code"


def ask(hall: Hall, citizen: Persona, **changes: str) -> Visitor:
    """An operator who has typed what the document says."""
    typed = {"kind": citizen.kind, "name": citizen.name, "number": citizen.number, "phone": citizen.phone}
    agreed = {"agreement": "yes", "sensitive": "yes"}
    operator = hall.operator()
    operator.get(PAGE).fill(PAGE, **{**typed, **agreed, **changes})
    return operator


def code(hall: Hall, citizen: Persona) -> str:
    return hall.town.stage.messages(citizen.phone)[0]["code"]


def account(hall: Hall, citizen: Persona) -> Person | None:
    return hall.town.stage.person(citizen.phone)


def test_a_citizen_is_registered_by_their_own_code(hall: Hall) -> None:
    """Verified as anybody, consents taken at a window, no password, and the operator in the trail."""
    citizen = newcomer(14)
    operator = ask(hall, citizen)
    before = (operator.path, account(hall, citizen))
    operator.fill(CODE, code=code(hall, citizen))
    person = account(hall, citizen)
    assert person is not None
    with hall.console.services.database.reading() as db:
        consents = db.scalars(select(Consent).where(Consent.person_id == person.id)).all()
        registered = select(AuditEvent).where(
            AuditEvent.person_id == person.id, AuditEvent.topic == "person.registered"
        )
        event, hashed = db.scalars(registered).one(), password.stored(db, person.id)

    assert (CODE, None) == before
    assert ("counter", 3) == (person.origin, hall.town.stage.level(citizen.phone))
    assert {"window"} == {one.channel for one in consents} and 3 <= len(consents)
    assert event.actor.startswith("admin:") and hashed is None
    assert "/admin/counter/visit" == operator.path and "已注册" in operator.text


def test_the_message_says_that_an_account_comes_into_being(hall: Hall) -> None:
    """Whoever reads the code out knows what for: registering, and being helped in the same visit."""
    ask(hall, newcomer(20))
    text = hall.town.stage.messages(newcomer(20).phone)[0]["text"]

    assert "注册账号并同意工作人员帮您办事" in text


def test_they_set_a_password_with_their_own_phone(hall: Hall) -> None:
    """By the way of a forgotten one; the message to their phone says so."""
    citizen = newcomer(15)
    ask(hall, citizen).fill(CODE, code=code(hall, citizen))
    hall.town.stage.work()
    told = [one["text"] for one in hall.town.stage.messages(citizen.phone)]
    own = hall.town.stage.browser().get("/recover").prove_phone(citizen.phone)
    own.fill(kind=citizen.kind, name=citizen.name, number=citizen.number).fill(password=PASSWORD)
    entered = hall.town.stage.browser().sign_in(citizen.phone)

    assert any("忘记密码" in text for text in told)
    assert entered.path.startswith("/account")


def test_nothing_happens_without_their_code(hall: Hall) -> None:
    """Neither an account nor a question to the registry."""
    citizen, asked = newcomer(16), hall.town.stage.calls()
    operator = ask(hall, citizen)
    operator.fill(CODE, code="000000")

    assert 400 == operator.status
    assert account(hall, citizen) is None
    assert asked == hall.town.stage.calls()


@pytest.mark.parametrize("left_out", ["agreement", "sensitive"])
def test_both_agreements_are_asked_for(hall: Hall, left_out: str) -> None:
    """The separate one for the document number too (PIPL Art. 29)."""
    operator = ask(hall, newcomer(17), **{left_out: ""})

    assert 400 == operator.status


def test_all_faults_are_told_at_once(hall: Hall) -> None:
    """A citizen who waits at the counter waits once (WCAG 3.3.1)."""
    operator = ask(hall, newcomer(17), number="110101", phone="12", agreement="")

    assert all(f'id="{field}-error"' in operator.text for field in ("number", "phone", "agreement"))


def test_who_has_an_account_gets_no_second(hall: Hall) -> None:
    """They are helped in the one they have."""
    hall.town.person(18)
    operator = ask(hall, newcomer(18))
    operator.fill(CODE, code=code(hall, newcomer(18)))

    assert 409 == operator.status
    assert "本人已有账号" in operator.text


def test_a_broker_registers_nobody_at_the_counter(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page for it leads back to the first, which says where people register (统分)."""
    operator, services = hall.operator(), hall.console.services
    settings = services.settings.model_copy(update={"mode": "broker"})
    monkeypatch.setitem(hall.console.app.extensions, "yitong", replace(services, settings=settings))
    operator.get(PAGE)

    assert "/admin/counter" == operator.path
    assert "这里不开通账号" in operator.text and PAGE not in operator.text


def test_another_name_is_refused_as_anywhere(hall: Hall) -> None:
    """The registry is asked with what the document says, and says no."""
    operator = ask(hall, newcomer(19), name="并非本人")
    operator.fill(CODE, code=code(hall, newcomer(19)))

    assert 409 == operator.status
    assert account(hall, newcomer(19)) is None
