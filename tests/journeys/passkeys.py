"""A device beside a browser window: Chromium's own, virtual, that always recognises its person."""

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import CDPSession, Page


class Device:
    """It holds passkeys; somebody who is asked to unlock one does so at once."""

    def __init__(self, page: Page, *, synced: bool = False) -> None:
        self._talk: CDPSession = page.context.new_cdp_session(page)
        self._talk.send("WebAuthn.enable", {"enableUI": False})
        options = {
            "protocol": "ctap2",
            "ctap2Version": "ctap2_1",
            "transport": "internal",
            "hasResidentKey": True,
            "hasUserVerification": True,
            "isUserVerified": True,
            "automaticPresenceSimulation": True,
            "defaultBackupEligibility": synced,
            "defaultBackupState": synced,
        }
        answer = self._talk.send("WebAuthn.addVirtualAuthenticator", {"options": options})
        self._id = answer["authenticatorId"]

    @property
    def passkeys(self) -> int:
        """How many it holds."""
        held = self._talk.send("WebAuthn.getCredentials", {"authenticatorId": self._id})
        return len(held["credentials"])

    def attend(self, is_there: bool) -> None:
        """Whether somebody answers when it asks."""
        asked = {"authenticatorId": self._id, "enabled": is_there}
        self._talk.send("WebAuthn.setAutomaticPresenceSimulation", asked)

    def unplug(self) -> None:
        """Take it away."""
        self._talk.send("WebAuthn.removeVirtualAuthenticator", {"authenticatorId": self._id})


@contextmanager
def beside(page: Page, *, synced: bool = False) -> Iterator[Device]:
    """A device for as long as it is needed."""
    device = Device(page, synced=synced)
    yield device
    device.unplug()
