"""All a system needs of the CAS protocol: where to send people, what a ticket says, which session is over."""

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import requests

SECONDS = 5.0
_SESSION = re.compile(r"<(?:\w+:)?SessionIndex>\s*(ST-[A-Za-z0-9_-]{1,252})\s*</")


class Unreachable(Exception):
    """The provider gave no answer; nothing is known of the ticket."""


@dataclass(frozen=True)
class CasClient:
    """One service of one CAS server."""

    server: str
    """Such as `https://id.example.gov.cn/cas`."""
    service: str
    """Where tickets are sent; registered with the provider."""

    def login_url(self, language: str) -> str:
        """Where somebody signs in; whoever is signed in already comes back at once."""
        return f"{self.server}/login?" + urlencode({"service": self.service, "ui_locales": language})

    def logout_url(self) -> str:
        """Where somebody signs out of everything."""
        return f"{self.server}/logout"

    def validate(self, ticket: str) -> dict[str, Any] | None:
        """Who came with this ticket: `user` and `attributes`; None for a bad one. Raises Unreachable."""
        asked = {"service": self.service, "ticket": ticket, "format": "JSON"}
        try:
            answer = requests.get(f"{self.server}/p3/serviceValidate", params=asked, timeout=SECONDS)
            said: dict[str, Any] = answer.json()["serviceResponse"]
        except (requests.RequestException, ValueError, KeyError) as failure:
            raise Unreachable from failure
        return said.get("authenticationSuccess")


def ticket_of(logout_request: str) -> str | None:
    """The ticket by which a logout request names the session that is over."""
    found = _SESSION.search(logout_request)
    return found[1] if found else None
