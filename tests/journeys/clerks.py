"""How civil servants of the sandbox sign in: their directory's password, and the codes of their app."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pyotp
from playwright.sync_api import Page

from tests.journeys import steps

Clerk = dict[str, str]
"""As `sandbox.json` tells of one, and the `home` of the sandbox."""


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
    """The code of this moment, whatever the app has shown before.

    A code counts once (RFC 6238 §5.2, tests/idp/authenticators); the next one would be half a minute away.
    """
    with closing(sqlite3.connect(Path(clerk["home"]) / "yitong.db", timeout=60)) as connection, connection:
        connection.execute("update credentials set used = 0 where kind = 'totp'")
    return pyotp.TOTP(clerk["totp_secret"]).now()
