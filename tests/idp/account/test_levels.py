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
