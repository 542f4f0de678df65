"""People's certificates in tests: an authority with its servers, and cards that sign what a page shows."""

import base64
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from connectors.simulator import authority as authorities
from connectors.simulator.app import create_app
from connectors.simulator.authority import Authority, Pair
from connectors.simulator.credentials import authority_values
from connectors.simulator.personas import Persona
from idp.settings_tables import Certificates
from idp.simulator.server import Background
from tests.idp.account.stage import POPULATION, TOKEN, Browser, Stage, staged

__all__ = ["HEADER", "SEEN", "TOKEN", "Card", "Town", "built", "refusal", "to_sign"]
HEADER = "ClientCert"
SEEN = f"HTTP_{HEADER.upper()}"


@dataclass(frozen=True)
class Card:
    """A certificate and its key, as on a UKey."""

    pair: Pair

    def sign(self, text: str) -> str:
        """What a tool gives for a text."""
        return base64.b64encode(self.pair.key.sign(text.encode(), ec.ECDSA(hashes.SHA256()))).decode()

    def answer(self, text: str) -> dict[str, str]:
        """The fields of the form."""
        return {"certificate": self.pair.certificate_pem, "signature": self.sign(text)}

    def show(self, browser: Browser) -> Browser:
        """Answer the page this browser is at."""
        return browser.fill(**self.answer(to_sign(browser)))


@dataclass(frozen=True)
class Town:
    """A provider that believes an authority."""

    stage: Stage
    authority: Authority
    certifier: Stage
    """Only to order faults of the authority's servers."""

    def card(self, persona: Persona, **values: Any) -> Card:
        """A card for somebody."""
        return Card(self.authority.issue(persona.name, persona.number, **values))

    def added(self, persona: Persona) -> Card:
        """A card that its person has added to their account."""
        card = self.card(persona)
        card.show(self.at_methods(persona))
        return card

    def at_methods(self, persona: Persona) -> Browser:
        """A browser at the page where one is added."""
        browser = self.stage.browser().sign_in(persona.phone)
        return browser.get("/account/methods/certificate")

    def asked(self) -> Browser:
        """A new browser at the certificate page of a sign-in."""
        browser = self.stage.browser().get("/sign-in")
        return browser.get(browser.address.replace("/sign-in", "/certificate"))


def to_sign(browser: Browser) -> str:
    """The text the page shows."""
    found = re.search(r'id="to-sign"[^>]*>([^<]+)<', browser.text)
    assert found is not None, browser.text
    return unescape(found.group(1))


def refusal(browser: Browser) -> str:
    """What the page says first."""
    found = re.search(r'id="errors".*?<li>(?:<a[^>]*>)?([^<]+)', browser.text, re.DOTALL)
    return unescape(found.group(1)) if found else ""


@contextmanager
def built(home: Path, provider: Mapping[str, Any] | None = None, **values: Any) -> Iterator[Town]:
    """The town, with everything running; `provider` are further settings, `values` those of certificates."""
    home.mkdir(parents=True, exist_ok=True)
    authority = authorities.found(home / "ca")
    with Background(create_app(POPULATION, authority=authority)) as certifier:
        given = authority_values(certifier.url, b"")
        settings = Certificates(
            trusted=home / "ca" / "trusted.pem",
            crl_urls=given["crl_urls"],
            ocsp_url=given["ocsp_url"],
            header=HEADER,
            **{"answers_within": 30, **values},
        )
        with staged(home, certificates=settings, **(provider or {})) as stage:
            yield Town(stage, authority, Stage(stage.app, stage.services, certifier.url))
