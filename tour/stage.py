"""Where the tour plays: a browser, a sandbox with its people, and the album of what is shown."""

from dataclasses import dataclass

from playwright.sync_api import Browser, Page

from tests.browser import visitor
from tests.journeys.sandbox import Sandbox
from tour.album import Album


@dataclass(frozen=True)
class Stage:
    """Where the tour plays."""

    browser: Browser
    sandbox: Sandbox
    album: Album

    def window(self, **wishes: object) -> Page:
        """A new visitor's window."""
        return visitor(self.browser, **wishes).new_page()  # type: ignore[arg-type]  # passed on as given

    @property
    def inbox(self) -> str:
        """The page on which people of the sandbox read their messages."""
        return self.sandbox.control.removesuffix("/control")
