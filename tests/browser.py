"""Chromium for journeys and the tour: Debian's own, a new profile, and no calls to its maker."""

import contextlib
import shutil
from collections.abc import Iterator
from typing import Any

from playwright.sync_api import (
    Browser,
    BrowserContext,
    BrowserType,
    ConsoleMessage,
    Page,
    expect,
    sync_playwright,
)

SWITCHES = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
SPARING = "--js-flags=--no-maglev --no-turbofan"
"""No compilers for scripts that run for long: ours end soon, and axe begins anew with every page."""
UNDRAWN = "--disable-threaded-compositing"
"""Without a window nothing is drawn then: pages are laid out and can be asked, but not pressed on."""
WINDOWED, WINDOWLESS = "chromium", "chromium-headless-shell"
"""Debian's two builds of one source; the second has half the work with a page, a third with a visitor."""
WIDE = (1280, 900)
PHONE = (390, 844)
PATIENCE_MS = 45_000
"""A page that has not come by then will not come; the slowest is a password hash on a busy machine."""

expect.set_options(timeout=PATIENCE_MS)


@contextlib.contextmanager
def chromium(*, headed: bool = False, slow_ms: int = 0) -> Iterator[Browser]:
    """The browser for a whole run; each visitor gets a context of their own."""
    with sync_playwright() as playwright:
        browser = _launched(playwright.chromium, headed=headed, slow_ms=slow_ms)
        yield browser
        browser.close()


@contextlib.contextmanager
def undrawn(beside: Browser) -> Iterator[Browser]:
    """Another browser that lays pages out and draws none: all that axe asks for, with less work."""
    browser = _launched(beside.browser_type, UNDRAWN)
    yield browser
    browser.close()


def _launched(kind: BrowserType, *more: str, headed: bool = False, slow_ms: int = 0) -> Browser:
    program = shutil.which(WINDOWED if headed else WINDOWLESS) or f"/usr/bin/{WINDOWED}"
    switches = [*SWITCHES, SPARING, *more]
    return kind.launch(executable_path=program, headless=not headed, args=switches, slow_mo=slow_ms)


def visitor(
    browser: Browser,
    *,
    language: str = "zh-CN",
    size: tuple[int, int] = WIDE,
    scripts: bool = True,
) -> BrowserContext:
    """Somebody's browser: its language, its window, whether it runs scripts."""
    width, height = size
    context = browser.new_context(
        locale=language,
        timezone_id="Asia/Shanghai",
        viewport={"width": width, "height": height},
        java_script_enabled=scripts,
        has_touch=width < 600,
    )
    context.set_default_timeout(PATIENCE_MS)
    return context


@contextlib.contextmanager
def complaints(page: Page) -> Iterator[list[str]]:
    """What the browser complains about meanwhile: scripts that fail, contents the policy refuses."""
    heard: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            heard.append(message.text)

    def fail(error: Any) -> None:
        heard.append(str(error))

    page.on("console", listen)
    page.on("pageerror", fail)
    yield heard
    page.remove_listener("console", listen)
    page.remove_listener("pageerror", fail)
