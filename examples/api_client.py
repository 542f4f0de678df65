"""A department's own machine: its token, the subjects that changed, and a screen that a phone signs in at.

ISSUER=… CLIENT_ID=… CLIENT_SECRET=… python -m examples.api_client
With REDIRECT_URI (registered; the client is approved for sign_in_api) it shows a number for a phone, too.
"""

import json
import os
import time
from collections.abc import Callable, Iterator
from typing import Any

from authlib.common.security import generate_token
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc7636 import create_s256_code_challenge

SUBJECT_CHANGES = "subject_changes"
"""Asked for by name, and apart: a token that other systems are sent must not tell them who is who here."""
OVER = ("refused", "mismatched", "ended")


def machine_of(issuer: str, client_id: str, client_secret: str, scope: str | None = None) -> OAuth2Session:
    """A session with a token of the client's own (RFC 6749 §4.4), with this scope or all of its own."""
    machine = OAuth2Session(client_id, client_secret, scope=scope, default_timeout=5)
    found = machine.get(f"{issuer}/.well-known/openid-configuration", withhold_token=True).json()
    machine.metadata["introspection_endpoint"] = found["introspection_endpoint"]
    machine.fetch_token(found["token_endpoint"], grant_type="client_credentials")
    return machine


def worth_of(machine: OAuth2Session) -> dict[str, Any]:
    """What the provider says of the machine's token (RFC 7662)."""
    place, token = machine.metadata["introspection_endpoint"], machine.token["access_token"]
    return dict(machine.introspect_token(place, token).json())


def changed_subjects(machine: OAuth2Session, issuer: str, since: str) -> Iterator[dict[str, Any]]:
    """Every line about subjects of this client since a moment (RFC 3339); the token's scope must name it."""
    asked = {"since": since}
    while True:
        answer = machine.get(f"{issuer}/api/v1/subjects/changes", params=asked)
        answer.raise_for_status()
        page = answer.json()
        yield from page["changes"]
        if page["next"] is None:
            return
        asked["after"] = page["next"]


class Screen:
    """A sign-in at a screen of one's own: each step is answered with the next one."""

    def __init__(self, machine: OAuth2Session, issuer: str, redirect_uri: str, address: str) -> None:
        self._machine, self._place, self._headers = machine, f"{issuer}/api/v1/sign-ins", {}
        self.verifier = generate_token(48)
        """Stays on the server, for the token endpoint (RFC 7636 §4.1)."""
        begun = self.step(
            "",
            redirect_uri=redirect_uri,
            code_challenge=create_s256_code_challenge(self.verifier),
            scope="openid profile",
            address=address,
        )
        self._place += f"/{begun['sign_in']}"
        self._headers = {"Yitong-Device": begun["device_secret"]}

    def step(self, path: str, **said: Any) -> dict[str, Any]:
        """One step; raises requests.HTTPError with the problem."""
        answer = self._machine.post(self._place + path, json=said, headers=self._headers)
        answer.raise_for_status()
        return dict(answer.json())

    def by_phone(
        self, show: Callable[[dict[str, Any]], None], wait: Callable[[float], None] = time.sleep
    ) -> dict[str, Any] | None:
        """Show the picture, then the digits; gives the next step once a phone said yes, None after a no."""
        stands = self.step("/qr")
        while "qr" in stands:
            if stands["qr"]["state"] in OVER:
                return None
            show(stands["qr"])
            wait(stands["qr"]["interval"])
            stands = self.step("/qr/state")
        return stands


def tell(picture: dict[str, Any]) -> None:
    """In words, for a terminal; a real screen draws `content` as a QR code beside the number."""
    if picture["state"] == "waiting":
        print(f"type {picture['number']} at {picture['typed_at']}")
    else:
        print(f"give these digits on the phone: {picture['shown']}")


def main() -> None:
    """Everything once."""
    issuer = os.environ["ISSUER"]
    us = os.environ["CLIENT_ID"], os.environ["CLIENT_SECRET"]
    machine, asking = machine_of(issuer, *us), machine_of(issuer, *us, SUBJECT_CHANGES)
    print(json.dumps(worth_of(machine), indent=2))
    print(json.dumps(list(changed_subjects(asking, issuer, "2026-01-01T00:00:00Z")), indent=2))
    if redirect_uri := os.environ.get("REDIRECT_URI"):
        stands = Screen(machine, issuer, redirect_uri, "127.0.0.1").by_phone(tell)
        print(f"next: {stands['next']}" if stands else "not signed in")


if __name__ == "__main__":
    main()
