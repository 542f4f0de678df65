"""Verify now: from level 2 to level 3, with the same rules as registration."""

import pytest
from sqlalchemy import delete

from idp.outbox.models import Message
from tests.idp.account.stage import Browser, Stage, identity, newcomer


def below_level_three(stage: Stage, index: int) -> Browser:
    """Somebody who registered while the registry was away, and whose queued check has been dropped."""
    persona = newcomer(index)
    stage.order("error_500", persona.key, -1)
    browser = stage.browser().register(persona)
    stage.order("clear", persona.key)
    drop_checks(stage)
    return browser


def drop_checks(stage: Stage) -> None:
    with stage.services.database.writing() as db:
        db.execute(delete(Message).where(Message.topic == "person.verify"))


def document(index: int, **changes: str) -> dict[str, str]:
    fields = identity(newcomer(index), **changes)
    return {name: fields[name] for name in ("kind", "name", "number")}


def verify(browser: Browser, **fields: str) -> Browser:
    browser.get("/account/verify")
    return browser.fill("/account/verify", **fields)


def test_the_registry_raises_the_level(stage: Stage) -> None:
    """A yes makes level 3 at once and leads back."""
    browser = verify(below_level_three(stage, 1), **document(1))

    assert ("/account", 3) == (browser.path, stage.level(newcomer(1).phone))


def test_a_wrong_name_leaves_everything_as_it_was(stage: Stage) -> None:
    """Nothing is overwritten by what nobody confirmed."""
    browser = verify(below_level_three(stage, 2), **document(2, name="王不是"))

    assert "核对不一致" in browser.text
    assert 2 == stage.level(newcomer(2).phone)
    assert newcomer(2).name in browser.get("/account").text


def test_an_outage_queues_the_check_and_says_so(stage: Stage) -> None:
    """The form gives way to the news that a check is on its way; later the level rises."""
    persona = newcomer(3)
    browser = below_level_three(stage, 3)
    stage.order("error_500", persona.key, -1)
    verify(browser, **document(3))
    waiting = "核验还在进行" in browser.text
    stage.order("clear", persona.key)
    stage.pass_pauses()
    stage.work()

    assert (True, 3) == (waiting, stage.level(persona.phone))


def test_another_phone_on_file_leaves_the_level(stage: Stage) -> None:
    """The check sends the person's proven phone; the page says what to do and not which part differs."""
    persona = newcomer(10)
    browser = below_level_three(stage, 10)
    stage.order("phone_mismatch", persona.key)
    verify(browser, **document(10))
    stage.work()

    assert (200, 2) == (browser.status, stage.level(persona.phone))
    assert "没有确认全部信息" in browser.text
    assert "带证件到政务服务窗口" in stage.messages(persona.phone)[0]["text"]


def test_with_the_phone_on_file_one_verifies_later(stage: Stage) -> None:
    """A doubt is no lock: when the registry has the phone, the level rises."""
    persona = newcomer(11)
    browser = below_level_three(stage, 11)
    stage.order("phone_mismatch", persona.key)
    verify(browser, **document(11))
    verify(browser, **document(11))

    assert ("/account", 3) == (browser.path, stage.level(persona.phone))


def test_anothers_document_ends_on_the_neutral_page(stage: Stage) -> None:
    """Holder and late-comer are told on their own phones; the level stays."""
    holder = newcomer(4)
    stage.browser().register(holder)
    browser = verify(below_level_three(stage, 5), **document(4))
    stage.work()

    assert "请查看您的短信" in browser.text
    assert "您已有账号" in stage.messages(holder.phone)[0]["text"]
    assert "已由另一个账号实名" in stage.messages(newcomer(5).phone)[0]["text"]
    assert 2 == stage.level(newcomer(5).phone)


def test_a_verified_person_has_nothing_to_do_here(stage: Stage) -> None:
    """From level 3 on the page leads back."""
    assert "/account" == stage.browser().register(newcomer(6)).get("/account/verify").path


@pytest.mark.parametrize("count", [5])
def test_five_attempts_here_too(stage: Stage, count: int) -> None:
    """The limit is the number's, wherever it is tried."""
    browser = below_level_three(stage, 7)
    for _ in range(count):
        verify(browser, **document(7, name="王不是"))

    assert 429 == verify(browser, **document(7)).status


def test_the_page_knows_what_it_was_told(stage: Stage) -> None:
    """Name and kind are not asked twice (WCAG 3.3.7); the number is not shown again."""
    browser = below_level_three(stage, 8).get("/account/verify")

    assert newcomer(8).name in browser.text
    assert newcomer(8).number not in browser.text


def test_a_form_without_its_token_asks_nobody(stage: Stage) -> None:
    """Another site cannot spend somebody's attempts."""
    browser, before = below_level_three(stage, 9), stage.calls()
    browser.post("/account/verify", document(9))

    assert (400, before) == (browser.status, stage.calls())
