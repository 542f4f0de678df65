"""The card reader of the sandbox's window: it signs what it read and names an operator, who signs nothing."""

import json
import secrets
import time
import urllib.request
from typing import Any

from joserfc import jws
from joserfc.jwk import ECKey
from playwright.sync_api import Page

from tests.journeys.sandbox import Citizen, Sandbox

AGREED = ["service-agreement", "privacy-policy", "identity-number"]
FIRST, SECOND = "W-0101", "W-0102"
"""Who stands at the window, and who is the second pair of eyes."""


def clerk_of(sandbox: Sandbox, number: str) -> dict[str, str]:
    """The civil servant that an operator is."""
    login = next(one["login"] for one in sandbox.operators if one["number"] == number)
    return next(one for one in sandbox.staff if one["login"] == login)


def read(sandbox: Sandbox, citizen: Citizen, **wishes: Any) -> dict[str, str]:
    """The citizen's card lies on the reader; gives what the provider answers the device."""
    device = sandbox.devices[0]
    said = {
        "iss": device["client_id"],
        "aud": sandbox.issuer,
        "iat": int(time.time()),
        "jti": secrets.token_urlsafe(16),
        "reader": device["reader"],
        "operator": FIRST,
        "agreed": AGREED,
        "document": {
            "kind": citizen.id_type,
            "number": citizen.id_number,
            "name": citizen.name,
            "valid_until": "2039-12-31",
        },
        **wishes,
    }
    header = {"alg": device["alg"], "kid": device["kid"], "typ": "window-assertion+jwt"}
    key = ECKey.import_key(device["private_key_pem"])
    body = json.dumps({"assertion": jws.serialize_compact(header, json.dumps(said), key)}).encode()
    place, said_to_be = f"{sandbox.issuer}/api/v1/window/assertions", {"Content-Type": "application/json"}
    call = urllib.request.Request(place, body, said_to_be)
    with urllib.request.urlopen(call, timeout=60) as answer:
        return dict(json.load(answer))


def account_code(page: Page, sandbox: Sandbox) -> str:
    """What the citizen's own page shows them for the operator."""
    page.goto(f"{sandbox.issuer}/account/window")
    with page.expect_navigation():
        page.locator("main form button[value=code]").click()
    return page.inner_text("#code b").replace(" ", "")
