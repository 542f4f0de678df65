"""What people do on the pages: each step ends when the next page has come."""

from collections.abc import Callable

from playwright.sync_api import Locator, Page, Response

from tests.journeys.sandbox import Citizen, Sandbox

NEW_PASSWORD = "four quiet rivers 2026"
OTHER_PASSWORD = "five quiet rivers 2026"
REDIRECTS = frozenset({301, 302, 303, 307, 308})
ONWARD = "main .actions a.button"
"""The way on from a page that only tells something."""


Seen = Callable[[str], object]
"""Told the name of each page while it is open, by those who want to look or take a picture."""


def unseen(_page: str) -> None:
    """Nobody looks."""


def press(page: Page, what: str | Locator) -> None:
    """Press a button or follow a link, and wait for the page it leads to."""
    target = page.locator(what).first if isinstance(what, str) else what
    with page.expect_navigation():
        target.click()


def send(page: Page, form: str, **fields: str) -> None:
    """Fill a form in and send it."""
    fill_in(page, form, **fields)
    submit(page, form)


def fill_in(page: Page, form: str, **fields: str) -> None:
    """Fill these fields of a form in."""
    for name, value in fields.items():
        fill(page, f"{form} [name={name}]", value)


def submit(page: Page, form: str) -> None:
    """Send a form by its own button."""
    press(page, f"{form} button:not([type=button]):not(.as-link)")


def fill(page: Page, selector: str, value: str) -> None:
    """Type, choose or tick, whatever the field takes."""
    if page.locator(f"select{selector[selector.rindex('[') :]}").count():
        page.select_option(selector, value)
    elif page.get_attribute(selector, "type") == "checkbox":
        page.check(selector, force=True)  # its label lies over it and takes the click
    else:
        page.fill(selector, value)


def sign_in(page: Page, login: str, password: str) -> None:
    """Fill in the sign-in page."""
    send(page, "form#sign-in", login=login, password=password)


def guess_until_slowed(page: Page, entrance: str, login: str) -> int:
    """Guess a password until the sign-in page asks to wait; gives how many guesses that took."""
    page.goto(entrance)
    for guesses in range(1, 21):
        sign_in(page, login, f"guess {guesses}")
        if page.locator("form#sign-in button[data-seconds]").count():
            return guesses
    raise AssertionError("twenty guesses and no pause")


def agree(page: Page) -> None:
    """Go on past a notice or a consent, if there is one."""
    while page.locator("#consent-accept").count():
        press(page, "#consent-accept")


def enter(page: Page, portal: str, citizen: Citizen) -> None:
    """Sign in at a portal with everything that is asked on the way."""
    page.goto(f"{portal}/sign-in")
    sign_in(page, citizen.login, citizen.password)
    agree(page)


def give_phone(page: Page, form: str, sandbox: Sandbox, phone: str) -> str:
    """Ask for a code and read it in the messages of that phone."""
    with sandbox.next_message(phone) as message:
        send(page, form, phone=phone)
    return message()["code"]


def tell_identity(page: Page, form: str, citizen: Citizen, **other: str) -> None:
    """Say who one is, as the document spells it, and agree to what registration needs."""
    fields = {"kind": citizen.id_type, "name": citizen.name, "number": citizen.id_number}
    agreements = {"agreement": "yes", "sensitive": "yes"} if form == "form#register-identity" else {}
    send(page, form, **{**fields, **agreements, **other})


def register(page: Page, sandbox: Sandbox, citizen: Citizen, seen: Seen = unseen) -> None:
    """The whole registration, from its first page to whatever waits behind it."""
    seen("register-phone")
    code = give_phone(page, "form#register-phone", sandbox, citizen.phone)
    seen("register-code")
    send(page, "form#sms-code", code=code)
    seen("register-identity")
    tell_identity(page, "form#register-identity", citizen)
    seen("register-verifying")
    press(page, ONWARD)
    seen("register-password")
    send(page, "form#register-password", password=NEW_PASSWORD)


def recover(page: Page, sandbox: Sandbox, citizen: Citizen, seen: Seen = unseen) -> None:
    """The whole recovery of a forgotten password, from its first page to the sign-in."""
    seen("recover-phone")
    code = give_phone(page, "form#recover-phone", sandbox, citizen.phone)
    seen("recover-code")
    send(page, "form#sms-code", code=code)
    seen("recover-identity")
    tell_identity(page, "form#recover-identity", citizen)
    seen("recover-password")
    send(page, "form#recover-password", password=NEW_PASSWORD)
    seen("recover-done")
    press(page, ONWARD)


def is_out(page: Page, portal: str) -> bool:
    """Whether nobody is signed in at the portal any more in this browser."""
    page.goto(portal)
    return page.locator("#portal-person").count() == 0


def pages_on_the_way(page: Page, origin: str, act: Callable[[], object]) -> list[str]:
    """Which pages of an origin were shown while somebody did something; redirects are no pages."""
    shown: list[str] = []

    def look(response: Response) -> None:
        is_ours = response.request.is_navigation_request() and response.url.startswith(f"{origin}/")
        if is_ours and response.status not in REDIRECTS:
            shown.append(response.url)

    page.on("response", look)
    act()
    page.remove_listener("response", look)
    return shown


def come_as(page: Page, whom: str) -> None:
    """Choose for whom to act, by the organisation's name, or `self`."""
    choice = "[value=self]" if whom == "self" else f"label:has-text('{whom}') input"
    page.locator(f"form#capacity {choice}").check(force=True)
    submit(page, "form#capacity")
    agree(page)
