"""The page that explains levels: what one has, what services ask, the shortest way."""

from idp import clock
from idp.clients import onboarding
from idp.clients.models import ClientClass
from tests.idp.account.stage import Stage, newcomer

ASKS = {
    "client_name": "公积金查询",
    "client_uri": "https://fund.example.gov.cn/",
    "redirect_uris": ["https://fund.example.gov.cn/callback"],
    "scope": "openid",
    "minimum_acr": "ial4.aal2",
}


def test_the_page_says_what_one_has_and_what_is_missing(stage: Stage) -> None:
    """Both axes, the evidence behind them, and for a service the first step that helps."""
    with stage.services.database.writing() as db:
        onboarding.create(db, ASKS, ClientClass.GOVERNMENT, clock.now())
    browser = stage.browser().register(newcomer(16)).get("/account/levels")

    assert 200 == browser.status
    assert "三级 · 实名核验" in browser.text
    assert "公安机关核对" in browser.text
    assert "公积金查询" in browser.text
    assert "到政务服务窗口核验" in browser.text


def test_strangers_are_asked_to_sign_in(stage: Stage) -> None:
    """It is a person's own page."""
    assert "/sign-in" == stage.browser().get("/account/levels").path


def test_what_admits_civil_servants_alone_is_offered_to_no_citizen(stage: Stage) -> None:
    """Neither on the start page nor among what asks for a level: they could not enter."""
    named = {"office": ("审批内网", ["staff"]), "both": ("两用系统", ["staff", "citizen"])}
    with stage.services.database.writing() as db:
        for name, realms in named.values():
            asks = {**ASKS, "client_name": name, "realms": realms}
            onboarding.create(db, asks, ClientClass.GOVERNMENT, clock.now())
    browser = stage.browser().register(newcomer(17))
    pages = [browser.get("/account").text, browser.get("/account/levels").text]

    assert [(False, True)] * 2 == [("审批内网" in page, "两用系统" in page) for page in pages]
