"""A screen that asks and a phone that answers, as browsers without a screen."""

import re

from connectors.simulator.personas import Persona
from tests.idp.account.stage import Browser, Stage

SCREEN = "203.0.113.9"
PHONE = "198.51.100.7"
EDGE = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/156.0 Safari/537.36 Edg/156.0"


def screen(stage: Stage, entrance: str = "/sign-in", source: str = SCREEN) -> Browser:
    """A desktop that shows a picture and its number."""
    browser = stage.browser(source)
    browser.client.environ_base["HTTP_USER_AGENT"] = EDGE
    browser.get(entrance)
    return browser.get(f"{interaction_of(browser)}/qr")


def phone(stage: Stage, person: Persona, source: str = PHONE) -> Browser:
    """A phone on which this person is signed in."""
    return stage.browser(source).sign_in(person.phone)


def interaction_of(browser: Browser) -> str:
    """The address of the interaction a browser is in."""
    found = re.match(r"/interaction/[\w-]{43}", browser.address)
    assert found is not None
    return found.group()


def number(browser: Browser) -> str:
    """The eight digits a screen shows."""
    return _shown(browser, "number")


def digits(browser: Browser) -> str:
    """The two digits it shows once a phone has come."""
    return _shown(browser, "shown")


def typed(phone: Browser, screen: Browser) -> Browser:
    """The phone at the page of this screen, by its number."""
    return phone.get("/account/qr").fill(number=number(screen))


def matched(phone: Browser, screen: Browser) -> Browser:
    """The whole of it on the phone; the screen has yet to come back."""
    place = screen.address
    typed(phone, screen).fill(decision="claim")
    return phone.fill(decision="confirm", digits=digits(screen.get(place)))


def wrong(shown: str) -> str:
    """Two digits that the screen does not show."""
    return "11" if shown != "11" else "12"


def _shown(browser: Browser, name: str) -> str:
    found = re.search(rf'id="{name}">([\d ]+)<', browser.text)
    assert found is not None
    return found.group(1).replace(" ", "")
