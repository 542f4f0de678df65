"""What a visit to a window does: levels, accounts, holds, slips."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import TypeVar

import pytest
from sqlalchemy import select, update

from connectors.simulator.personas import Persona
from idp import clock
from idp.account.ending import end_everything
from idp.account.methods.guard import RECENT
from idp.audit.models import AuditEvent
from idp.authenticators.qr import AMR_OF_TWO
from idp.persons import identifiers, synthetic
from idp.persons.identifiers import DocumentType
from idp.sessions.models import SignInSession
from idp.windows.models import WindowSlip
from tests.attacks.whole import Whole
from tests.idp.account.stage import PASSWORD, POPULATION, Stage, newcomer, passer_by
from tests.idp.api.app import SCOPE, App
from tests.idp.windows.counter import Counter, account_code, claiming, long_held, set_up, told

T = TypeVar("T")
NEW_PASSWORD = "five slow lanterns"


def use_slip(stage: Stage, printed: str, login: str = "") -> str:
    """Type a slip at its page; gives what the page says."""
    browser = stage.browser().get("/recover/slip")
    return browser.fill(slip=printed, password=NEW_PASSWORD, login=login).text


def pass_the_hold(stage: Stage) -> None:
    with stage.services.database.writing() as db:
        db.execute(update(WindowSlip).values(ready_at=clock.now() - timedelta(seconds=1)))


def permit_of(persona: Persona) -> Persona:
    """A residence permit with the birth date and sex of this person's card."""
    said = identifiers.parse(persona.kind, persona.number, clock.today())
    assert said.birth_date is not None and said.sex is not None
    kind = DocumentType.TAIWAN_RESIDENCE_PERMIT
    return replace(persona, kind=kind, number=synthetic.residence_permit(kind, said.birth_date, said.sex))


def test_the_persons_own_code_raises_their_account(counter: Counter) -> None:
    """Device, operator and the person agree: level 5 at once."""
    browser = counter.stage.browser().register(newcomer(5))
    answer = counter.visit(newcomer(5), account=account_code(browser))

    assert (200, "raised") == (answer.status_code, told(answer)["outcome"])
    assert 5 == counter.stage.level(newcomer(5).phone)


def test_nobodys_account_is_raised_unless_they_show_it(counter: Counter) -> None:
    """Whoever registered with a stolen number gains nothing from its owner's visit."""
    counter.stage.browser().register(newcomer(6))
    answer = counter.visit(newcomer(6))

    assert (409, "held") == (answer.status_code, told(answer)["code"])
    assert 3 == counter.stage.level(newcomer(6).phone)


def test_a_code_is_good_once(counter: Counter) -> None:
    """A code seen over a shoulder links nothing more."""
    browser = counter.stage.browser().register(newcomer(7))
    code = account_code(browser)
    counter.visit(newcomer(7), account=code)

    assert "unknown_account" == told(counter.visit(newcomer(7), account=code))["code"]


def test_a_code_of_before_everything_ended_shows_no_account(counter: Counter) -> None:
    """Somebody had the account and a code of it; its owner has recovered it, before they came to a window."""
    browser = counter.stage.browser().register(newcomer(19))
    code, person = account_code(browser), counter.stage.person(newcomer(19).phone)
    assert person is not None
    with counter.stage.services.database.writing() as db:
        end_everything(db, person.id, "password_recovered", clock.now())
    refused = counter.visit(newcomer(19), account=code)
    later = account_code(counter.stage.browser().sign_in(newcomer(19).phone))

    assert (409, "unknown_account") == (refused.status_code, told(refused)["code"])
    assert "raised" == told(counter.visit(newcomer(19), account=later))["outcome"]


def test_a_document_no_registry_knows_is_proven_here(counter: Counter) -> None:
    """Passports and travel permits have windows alone."""
    passport = POPULATION.persona("passport")
    answer = counter.visit(passport)
    needed = use_slip(counter.stage, told(answer)["slip"])
    page = use_slip(counter.stage, told(answer)["slip"], "lucas_martin")

    assert (200, "created") == (answer.status_code, told(answer)["outcome"])
    assert ("外国护照号码不能用来登录" in needed, "新密码已生效" in page) == (True, True)
    assert 5 == counter.stage.level("lucas_martin")


def test_a_slip_is_used_by_the_interface_as_on_its_page(counter: Counter) -> None:
    """Once, with a login name where its holder has none; then the new password signs in."""
    passport = replace(POPULATION.persona("passport"), number=synthetic.foreign_passport(2))
    stage = counter.stage
    printed = told(counter.visit(passport))["slip"]
    whole = Whole(stage.services.extras["oauth"], stage=stage)
    app = App(whole, whole.client(scope=SCOPE)).begin()
    app.step("/recovery/slip", slip=printed, password=NEW_PASSWORD)
    needed = app.refusal
    done = app.step("/recovery/slip", slip=printed, password=NEW_PASSWORD, login="second_martin")
    after = app.step("/password", login="second_martin", password=NEW_PASSWORD)
    app.step("/recovery/slip", slip=printed, password=NEW_PASSWORD)

    assert ((400, "login_needed"), "done", "notice") == (needed, done["recovery"], after["next"])
    assert (400, "slip_wrong") == app.refusal


def test_an_account_made_at_a_window_needs_the_signed_texts(counter: Counter) -> None:
    """Consent is recorded with its channel, or there is no account (PIPL Art. 29)."""
    answer = counter.visit(newcomer(8), agreed=["service-agreement"])

    assert (409, "consent_missing") == (answer.status_code, told(answer)["code"])


def test_a_broker_opens_no_account_at_a_window(counter: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who has one is proven as anybody; who has none is told to register at the upstream (统分)."""
    stage, known, stranger = counter.stage, newcomer(51), newcomer(52)
    browser = stage.browser().register(known)
    services = stage.services
    settings = services.settings.model_copy(update={"mode": "broker"})
    monkeypatch.setitem(stage.app.extensions, "yitong", replace(services, settings=settings))
    refused = counter.visit(stranger)
    raised = counter.visit(known, account=account_code(browser))

    assert (409, "registered_elsewhere") == (refused.status_code, told(refused)["code"])
    assert ("raised", None) == (told(raised)["outcome"], stage.person(stranger.number))


def test_somebody_elses_document_comes_after_the_hold(counter: Counter) -> None:
    """A better proof displaces by the existing rules, with notice."""
    stage, holder = counter.stage, newcomer(9)
    claimant = claiming(stage, holder)
    stage.browser().register(holder)
    answer = counter.visit(holder, account=account_code(claimant))
    stage.work()
    warned = stage.messages(holder.phone)[0]["text"]
    stage.pass_pauses()
    stage.work()

    assert "held" == told(answer)["outcome"]
    assert "24小时后将转给对方" in warned
    assert 5 == stage.level(holder.number)
    assert stage.level(holder.phone) < 3


def test_a_second_document_of_the_same_person_is_theirs_too(counter: Counter) -> None:
    """A card of another kind with the same name, birth date and sex."""
    browser = counter.stage.browser().register(newcomer(11))
    answer = counter.visit(permit_of(newcomer(11)), account=account_code(browser))

    assert (200, "raised") == (answer.status_code, told(answer)["outcome"])
    assert newcomer(11).name in browser.get("/account").text


def test_a_strangers_document_stays_out_of_a_verified_account(counter: Counter) -> None:
    """Whoever got hold of a code shows their own genuine card, or a namesake's, and is sent away."""
    stage, persona = counter.stage, newcomer(1)
    browser = stage.browser().register(persona)
    thief = passer_by(5)
    others = [
        thief,
        replace(thief, name=persona.name),
        permit_of(thief),
        replace(permit_of(thief), name=persona.name),
        replace(permit_of(persona), name=thief.name),
        replace(POPULATION.persona("taiwan"), name=persona.name),
    ]
    answers = [counter.visit(shown, account=account_code(browser)) for shown in others]

    assert [(409, "holder_differs")] * 6 == [(one.status_code, told(one)["code"]) for one in answers]
    assert {"application/problem+json"} == {answer.mimetype for answer in answers}
    assert [None, 3] == [stage.person(thief.number), stage.level(persona.number)]
    with stage.services.database.reading() as db:
        query = select(AuditEvent).where(AuditEvent.topic == "window.refused")
        assert 6 == len([event for event in db.scalars(query) if event.details["reason"] == "holder_differs"])


def test_an_account_gets_no_second_document_of_a_kind(counter: Counter) -> None:
    """Even one that agrees in everything: a number is never exchanged at a window."""
    persona = newcomer(2)
    browser = counter.stage.browser().register(persona)
    born = identifiers.parse(persona.kind, persona.number, clock.today())
    assert born.birth_date is not None and born.sex is not None
    twin = replace(persona, number=synthetic.resident_id(born.birth_date, born.sex, "120000", 7))

    assert "holder_differs" == told(counter.visit(twin, account=account_code(browser)))["code"]


def test_an_unverified_account_gets_only_what_it_claims(counter: Counter) -> None:
    """What it says of itself is all that tells its person from a stranger."""
    stage, persona = counter.stage, newcomer(3)
    browser = claiming(stage, persona)
    stranger = counter.visit(passer_by(6), account=account_code(browser))
    namesake = counter.visit(replace(passer_by(6), name=persona.name), account=account_code(browser))
    owner = counter.visit(persona, account=account_code(browser))

    assert ["holder_differs"] * 2 == [told(stranger)["code"], told(namesake)["code"]]
    assert ("raised", 5) == (told(owner)["outcome"], stage.level(persona.number))


def test_a_code_takes_a_fresh_proof(counter: Counter) -> None:
    """Nobody who only has an old session, or one that a picture let in, learns whose account it is."""
    stage, persona = counter.stage, newcomer(4)
    browser = stage.browser().register(persona)
    stale = clock.now() - RECENT - timedelta(minutes=1)
    with stage.services.database.writing() as db:
        db.execute(update(SignInSession).values(authenticated_at=stale))
    shown = browser.get("/account/window").path
    browser.fill(decision="code")
    asked = browser.path
    with stage.services.database.writing() as db:
        db.execute(
            update(SignInSession).values(authenticated_at=clock.now(), amr=["qr", *sorted(AMR_OF_TWO)])
        )
    browser.get("/account/window").fill(decision="code")

    assert ("/account/window", "/sign-in") == (shown, asked)
    assert ("/sign-in", False) == (browser.path, 'id="code"' in browser.text)


def test_no_slip_for_a_document_that_has_only_just_come(counter: Counter) -> None:
    """Whoever was in the account before must have time to object; the stop needs no fresh proof."""
    stage, persona = counter.stage, newcomer(17)
    stage.browser().register(persona)
    early = counter.visit(persona, purpose="slip")
    long_held(stage)

    assert (409, "verified_lately") == (early.status_code, told(early)["code"])
    assert "slip" in told(counter.visit(persona, purpose="slip"))


def test_a_slip_opens_its_account_after_the_hold(counter: Counter) -> None:
    """24 hours for the other ways in to object; then a new password, once."""
    stage, persona = counter.stage, newcomer(12)
    stage.browser().register(persona)
    long_held(stage)
    printed = told(counter.visit(persona, purpose="slip"))["slip"]
    stage.work()
    warned, early = stage.messages(persona.phone)[0]["text"], use_slip(stage, printed)
    pass_the_hold(stage)
    late = use_slip(stage, printed)

    assert ("凭条" in warned, "还没有到可以使用的时间" in early) == (True, True)
    assert "新密码已生效" in late
    assert "/account" == stage.browser().sign_in(persona.number, NEW_PASSWORD).path


def test_a_slip_is_used_once(counter: Counter) -> None:
    """Whoever finds it in the bin has paper."""
    stage, persona = counter.stage, newcomer(13)
    stage.browser().register(persona)
    long_held(stage)
    printed = told(counter.visit(persona, purpose="slip"))["slip"]
    pass_the_hold(stage)
    use_slip(stage, printed)

    assert "凭条编号不对" in use_slip(stage, printed)


def test_the_account_can_stop_a_slip(counter: Counter) -> None:
    """Whoever still is signed in objects with one press."""
    stage, persona = counter.stage, newcomer(14)
    browser = stage.browser().register(persona)
    long_held(stage)
    printed = told(counter.visit(persona, purpose="slip"))["slip"]
    page = browser.get("/account/window")
    warned = "有人为您的账号领取了凭条" in page.text
    page.fill(decision="stop")
    pass_the_hold(stage)

    assert (True, True) == (warned, "凭条编号不对" in use_slip(stage, printed))
    assert "/account" == stage.browser().sign_in(persona.phone, PASSWORD).path


def test_a_slip_for_nobody_tells_nothing(counter: Counter) -> None:
    """No account, no slip."""
    answer = counter.visit(newcomer(15), purpose="slip")

    assert (409, "unknown_account") == (answer.status_code, told(answer)["code"])


def test_two_windows_at_once_make_one_holder(either_stage: Stage) -> None:
    """The database decides; the second hears that the document is taken."""
    first, second = set_up(either_stage), set_up(either_stage)
    answers = at_once(lambda: first.visit(newcomer(16)), lambda: second.visit(newcomer(16)))

    assert [200, 409] == sorted(answer.status_code for answer in answers)


def at_once(*acts: Callable[[], T]) -> list[T]:
    """All of them together, each in a thread of its own."""
    with ThreadPoolExecutor(len(acts)) as pool:
        return [future.result() for future in [pool.submit(act) for act in acts]]
