"""A name that changed at the registry: what overwrites it here, and what never does."""

from datetime import timedelta

from sqlalchemy import select, update

from idp import clock
from idp.audit.models import AuditEvent
from idp.persons.models import Person
from idp.sessions.models import SignInSession
from tests.idp.account.stage import Browser, Stage, identity, newcomer

PAGE = "/account/profile/renaming"
FORMER = "欧阳旧名"


def registered(stage: Stage, index: int, name: str = FORMER) -> Browser:
    """Somebody who was verified under a former name and is signed in."""
    persona = newcomer(index)
    browser = stage.browser().register(persona)
    found = stage.person(persona.phone)
    assert found is not None
    with stage.services.database.writing() as db:
        db.get_one(Person, found.id).name = name
    return browser


def document(index: int, **changes: str) -> dict[str, str]:
    fields = identity(newcomer(index), **changes)
    return {name: fields[name] for name in ("kind", "name", "number")}


def verify(browser: Browser, **fields: str) -> Browser:
    browser.get(PAGE)
    return browser.fill(PAGE, **fields)


def named(browser: Browser, index: int) -> str:
    """The name the profile shows: the present one, the former one, or neither."""
    text = browser.get("/account/profile").text
    return next((name for name in (newcomer(index).name, FORMER) if name in text), "")


def events(stage: Stage, index: int) -> list[str]:
    found = stage.person(newcomer(index).phone)
    assert found is not None
    with stage.services.database.reading() as db:
        query = select(AuditEvent.topic).where(AuditEvent.person_id == found.id).order_by(AuditEvent.id)
        return list(db.scalars(query))


def age_sign_in(stage: Stage, index: int, by: timedelta) -> None:
    found = stage.person(newcomer(index).phone)
    assert found is not None
    with stage.services.database.writing() as db:
        db.execute(
            update(SignInSession)
            .where(SignInSession.person_id == found.id)
            .values(authenticated_at=clock.now() - by)
        )


def test_the_registrys_yes_overwrites_the_name(stage: Stage) -> None:
    """Same number, new name, confirmed: the account has it at once; trail, inbox and phone say so."""
    browser = verify(registered(stage, 1), **document(1))
    stage.work()

    assert ("/account/profile", True) == (browser.path, "姓名已更新" in browser.text)
    assert newcomer(1).name == named(browser, 1)
    assert "name.changed" in events(stage, 1)
    assert "姓名已按公安机关核验结果更新" in stage.messages(newcomer(1).phone)[0]["text"]


def test_what_portals_may_see_has_a_new_version(stage: Stage) -> None:
    """Whoever caches by version fetches again; the level stays what it was."""
    browser, phone = registered(stage, 2), newcomer(2).phone
    before = stage.person(phone)
    verify(browser, **document(2))
    after = stage.person(phone)
    assert before is not None and after is not None

    assert (1, 3) == (after.version - before.version, stage.level(phone))


def test_a_mismatch_leaves_everything_as_it_was(stage: Stage) -> None:
    """Nobody edits a verified name; the attempt is in the trail."""
    browser = verify(registered(stage, 3), **document(3, name="王不是"))

    assert "都没有改变" in browser.text
    assert FORMER == named(browser, 3)
    assert (3, "identity.refused") == (stage.level(newcomer(3).phone), events(stage, 3)[-1])


def test_another_number_is_never_exchanged_online(stage: Stage) -> None:
    """Not even one the registry would confirm: a window looks at both documents, and nobody is asked."""
    browser, before = registered(stage, 4), stage.calls()
    verify(browser, **document(5))

    assert "请按下面的办法到窗口办理" in browser.text
    assert (before, FORMER) == (stage.calls(), named(browser, 4))
    assert stage.person(newcomer(5).number) is None


def test_numbers_cannot_be_guessed_here(stage: Stage) -> None:
    """An open browser does not tell which number is its owner's: guesses are counted as everywhere."""
    browser, guesses = registered(stage, 6), range(7, 12)
    statuses = [verify(browser, **document(index)).status for index in guesses for _ in range(4)]

    assert ([200] * 15, {429}) == (statuses[:15], set(statuses[15:]))


def test_an_outage_changes_and_queues_nothing(stage: Stage) -> None:
    """A name is not taken on trust while the registry is away."""
    browser = registered(stage, 12)
    stage.order("error_500", newcomer(12).key, -1)
    verify(browser, **document(12))
    stage.order("clear", newcomer(12).key)

    assert (503, True) == (browser.status, "暂时没有回应" in browser.text)
    assert FORMER == named(browser, 12)
    assert "verification.queued" not in events(stage, 12)


def test_a_name_that_is_right_already_stays(stage: Stage) -> None:
    """The person learns that nothing needed to change, and no message frightens them."""
    browser = verify(registered(stage, 13, newcomer(13).name), **document(13))

    assert "无须更新" in browser.text
    assert "name.changed" not in events(stage, 13)


def test_an_old_sign_in_is_not_enough(stage: Stage) -> None:
    """Whoever finds an open browser must sign in first, and comes back here."""
    browser = registered(stage, 14)
    age_sign_in(stage, 14, timedelta(minutes=6))
    asked = browser.get(PAGE).path
    words = "请再登录一次" in browser.text
    browser.fill(login=newcomer(14).phone, password="three quiet herons")

    assert ("/sign-in", True, PAGE) == (asked, words, browser.path)


def test_a_form_left_open_too_long_asks_nobody(stage: Stage) -> None:
    """The sign-in must be recent when it is sent as well."""
    browser = registered(stage, 15).get(PAGE)
    age_sign_in(stage, 15, timedelta(minutes=16))
    before = stage.calls()
    browser.fill(PAGE, **document(15))

    assert ("/sign-in", before) == (browser.path, stage.calls())


def test_below_level_three_the_first_verification_comes_first(stage: Stage) -> None:
    """Whoever was never verified has nothing to verify again."""
    stage.order("error_500", newcomer(16).key, -1)
    browser = stage.browser().register(newcomer(16))
    stage.order("clear", newcomer(16).key)

    assert "/account/verify" == browser.get(PAGE).path


def test_a_form_without_its_token_asks_nobody(stage: Stage) -> None:
    """Another site cannot spend somebody's attempts."""
    browser, before = registered(stage, 17), stage.calls()
    browser.post(PAGE, document(17))

    assert (400, before) == (browser.status, stage.calls())


def test_strangers_are_asked_to_sign_in(browser: Browser) -> None:
    """The page is for its owner."""
    assert "/sign-in" == browser.get(PAGE).path
