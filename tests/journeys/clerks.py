"""How civil servants of the sandbox sign in: their directory's password, and codes that are right once."""

import time

import pyotp
from playwright.sync_api import Page

from tests.journeys import steps

Clerk = dict[str, str]
STEP = 30
_shown: dict[str, int] = {}
"""The last time step of which an app has shown a code."""


def by_directory(page: Page, clerk: Clerk, password: str = "") -> None:
    """The first of two steps."""
    steps.send(page, "form#staff", login=clerk["login"], password=password or clerk["password"])


def by_app(page: Page, clerk: Clerk) -> None:
    """The second, at the page of the app."""
    steps.send(page, "form#totp", code=code(clerk))


def enter(page: Page, clerk: Clerk) -> None:
    """Both, from the page that asks for the directory's password."""
    by_directory(page, clerk)
    by_app(page, clerk)


def code(clerk: Clerk) -> str:
    """The next code that was not shown yet; a clock may be one step ahead, and no further (RFC 6238 §5.2)."""
    seed, now = clerk["totp_secret"], int(time.time()) // STEP
    step = max(now, _shown.get(seed, 0) + 1)
    time.sleep(max(0.0, (step - 1) * STEP - time.time()))
    _shown[seed] = step
    return pyotp.TOTP(seed).generate_otp(step)
