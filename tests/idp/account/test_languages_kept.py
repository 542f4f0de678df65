"""The language somebody asked for stays on the way to the sign-in and through the wizards, cookie or not."""

from collections.abc import Mapping
from urllib.parse import urlsplit

import pytest

from idp import clock
from idp.interaction.record import Demand, Interaction
from idp.web import languages
from idp.web.pages import keep_choices
from tests.idp.account.stage import PASSWORD, Browser, Stage, identity, newcomer


class Forgetful(Browser):
    """A browser that keeps no language, as many are set to: each hop is followed without that cookie."""

    def get(self, path: str) -> Browser:
        self.page = self.client.get(path, environ_overrides=self._from)
        return self._follow()

    def post(self, path: str, posted: Mapping[str, str | list[str]]) -> Browser:
        self.page = self.client.post(path, data=dict(posted), environ_overrides=self._from)
        return self._follow()

    def _follow(self) -> Browser:
        self.client.delete_cookie(languages.COOKIE)
        while self.page is not None and self.page.status_code == 303:
            self.page = self.client.get(self.page.headers["Location"], environ_overrides=self._from)
            self.client.delete_cookie(languages.COOKIE)
        return self


@pytest.fixture(params=["kept", "forgotten"])
def visitor(request: pytest.FixtureRequest, stage: Stage) -> Browser:
    """A browser that prefers Chinese, with and without the cookie of a choice."""
    kind = Browser if request.param == "kept" else Forgetful
    browser = kind(stage, stage.app.test_client(), "192.0.2.7")
    browser.client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "zh-CN"
    return browser


def tongue(browser: Browser) -> str:
    assert browser.page is not None
    return browser.page.headers["Content-Language"]


@pytest.fixture(scope="module", autouse=True)
def residents(stage: Stage) -> None:
    """Somebody who can sign in."""
    stage.browser().register(newcomer(1))


@pytest.mark.parametrize("asked", ["lang=en", "ui_locales=en"])
@pytest.mark.parametrize("place", ["/account/consents", "/account/methods/totp", "/sign-in"])
def test_the_way_to_the_sign_in_keeps_it(visitor: Browser, place: str, asked: str) -> None:
    """From an own page to the sign-in, past a wrong password, and back to the page."""
    visitor.get(f"{place}?{asked}")
    spoken = [(visitor.path, tongue(visitor))]
    visitor.fill(login=newcomer(1).phone, password="wrong wrong wrong")
    spoken.append((visitor.path, tongue(visitor)))
    visitor.fill(login=newcomer(1).phone, password=PASSWORD)

    assert [("/sign-in", "en"), ("/sign-in", "en")] == spoken
    assert "en" == tongue(visitor) or place == "/sign-in"


@pytest.mark.parametrize("wizard", ["register", "recover"])
@pytest.mark.parametrize("asked", ["lang=en", "ui_locales=en"])
def test_a_wizard_keeps_it(stage: Stage, visitor: Browser, wizard: str, asked: str) -> None:
    """Every step, the message to the phone, and the way to the sign-in instead."""
    phone = stage.spare_phone()
    visitor.get(f"/{wizard}?{asked}")
    first, instead = tongue(visitor), f'href="/sign-in?{asked}"' in visitor.text
    visitor.fill(phone=phone)
    second, said = tongue(visitor), stage.messages(phone)[0]
    visitor.fill(code=said["code"])

    assert ("en", True, "en", "en") == (first, instead, second, tongue(visitor))
    assert said["text"].startswith("[Yitong]")


def test_a_registration_ends_in_it(stage: Stage, visitor: Browser) -> None:
    """The start page speaks as the wizard did."""
    persona = newcomer(2 if isinstance(visitor, Forgetful) else 3)
    visitor.get("/register?lang=en").prove_phone(persona.phone).fill(**identity(persona))
    visitor.get("/register/password").fill(password=PASSWORD)

    assert ("/account", "en") == (visitor.path, tongue(visitor))


def test_what_a_service_asked_for_reaches_the_own_pages(stage: Stage, visitor: Browser) -> None:
    """A page that a portal's sign-in led to speaks its ui_locales, and so does the sign-in before it."""
    demand = Demand(ui_locales=("en",))
    handle = stage.services.interactions.add(Interaction(demand, "own", {}, clock.now()))
    visitor.get(f"/account/methods?interaction={handle}")
    before = tongue(visitor)
    visitor.fill(login=newcomer(1).phone, password=PASSWORD)

    assert ("en", "/account/methods", "en") == (before, visitor.path, tongue(visitor))


@pytest.mark.parametrize(("chosen", "later"), [("", "en"), ("?lang=zh-Hans", "zh-Hans")])
def test_the_language_of_a_sign_in_holds_for_the_own_pages(stage: Stage, chosen: str, later: str) -> None:
    """A portal's ui_locales, unless the person chose another; it yields to the next portal's."""
    browser = stage.browser()
    browser.client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "zh-CN"
    browser.get(f"/sign-in{chosen}").get("/sign-in?ui_locales=en")
    browser.fill(login=newcomer(1).phone, password=PASSWORD)
    own = tongue(browser.get("/account/activity"))
    next_portal = tongue(browser.get("/legal/privacy-policy?ui_locales=zh-CN"))

    assert (later, "zh-Hans") == (own, next_portal)


def test_nothing_is_taken_to_another_site(stage: Stage) -> None:
    """Only addresses of this site know what it means."""
    with stage.app.test_request_context("/x?lang=en&care=on"):
        away = keep_choices(stage.app.make_response(("", 303, {"Location": "https://a.example/?b=1"})))
        here = keep_choices(stage.app.make_response(("", 303, {"Location": "/account?b=1&care=off"})))

    assert "https://a.example/?b=1" == away.location
    assert ("/account", "b=1&care=off&lang=en") == urlsplit(here.location or "")[2:4]
