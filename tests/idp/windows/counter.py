"""A service window of the tests: a card reader and three operators with their keys, and visits to it."""

import itertools
import json
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import update
from werkzeug.test import TestResponse

from connectors.simulator.personas import Persona
from idp import clock
from idp.clients import onboarding
from idp.clients.models import ClientClass
from idp.crypto import jose
from idp.crypto.handles import new_handle
from idp.crypto.jose import SigningKey
from idp.departments.models import Department
from idp.persons.models import Document
from idp.windows import operators
from idp.windows.assertions import ASSERTION, WITNESS
from tests.idp.account.stage import Browser, Stage

PATH = "/api/v1/window/assertions"
AGREED = ["service-agreement", "privacy-policy", "identity-number"]
_numbers = itertools.count(1)


@dataclass
class Counter:
    """One window; every visit is read by its device and witnessed by an operator, unless told otherwise."""

    stage: Stage
    device: str
    key: SigningKey = field(repr=False)
    operators: dict[str, SigningKey] = field(repr=False)

    @property
    def numbers(self) -> list[str]:
        """Numbers of the operators."""
        return list(self.operators)

    def reading(self, persona: Persona, operator: str = "", **changes: Any) -> dict[str, Any]:
        """What the device says of a document in somebody's hand."""
        said: dict[str, Any] = {
            "iss": self.device,
            "aud": self.stage.services.settings.issuer,
            "iat": int(clock.now().timestamp()),
            "jti": new_handle(),
            "reader": "SN-20260001",
            "operator": operator or self.numbers[0],
            "agreed": AGREED,
            "document": {
                "kind": persona.kind.value,
                "number": persona.number,
                "name": persona.name,
                "valid_until": "2039-12-31",
                **({"country": persona.country} if persona.country else {}),
            },
        }
        return said | changes

    def signed(self, said: dict[str, Any], key: SigningKey | None = None) -> str:
        """The device's signature."""
        return jose.sign(said, key or self.key, ASSERTION)

    def witness(
        self, assertion: str, operator: str = "", key: SigningKey | None = None, **changes: Any
    ) -> str:
        """The operator's own signature for that very reading."""
        number = operator or self.numbers[0]
        sworn = {
            "iss": number,
            "sub": sha256(assertion.encode()).hexdigest(),
            "aud": self.stage.services.settings.issuer,
            "iat": int(clock.now().timestamp()),
            "jti": new_handle(),
        }
        return jose.sign(sworn | changes, key or self.operators[number], WITNESS)

    def post(self, assertion: str, witness: str) -> TestResponse:
        """What the device sends."""
        return self.stage.app.test_client().post(PATH, json={"assertion": assertion, "witness": witness})

    def read(self, persona: Persona, operator: str, **changes: Any) -> TestResponse:
        """What it sends for an operator who will stand by it at their page."""
        assertion = self.signed(self.reading(persona, operator, **changes))
        return self.stage.app.test_client().post(PATH, json={"assertion": assertion})

    def visit(self, persona: Persona, operator: str = "", **changes: Any) -> TestResponse:
        """A whole visit."""
        assertion = self.signed(self.reading(persona, operator, **changes))
        return self.post(assertion, self.witness(assertion, operator))


def set_up(stage: Stage, department: Department | None = None, **details: Any) -> Counter:
    """A window with a new device and three operators."""
    turn = next(_numbers)
    key = jose.generate("ES256", f"device-{turn}")
    keys = {f"W-{turn:02d}{place}": jose.generate("ES256", f"op-{turn}-{place}") for place in range(3)}
    metadata = {
        "client_name": "窗口读卡器",
        "token_endpoint_auth_method": "private_key_jwt",
        "grant_types": ["client_credentials"],
        "jwks": {"keys": [key.public]},
        "window_device": True,
        **details,
    }
    with stage.services.database.writing() as db:
        row, _ = onboarding.create(db, metadata, ClientClass.GOVERNMENT, clock.now(), department=department)
        for number, own in keys.items():
            operators.add(db, number, "示范操作员", own.public, clock.now())
        device = row.id
    return Counter(stage, device, key, keys)


def account_code(browser: Browser) -> str:
    """The code on the person's own page."""
    browser.get("/account/window").fill(decision="code")
    return browser.text.split('id="code"')[1].split("<b>")[1].split("</b>")[0].replace(" ", "")


def told(answer: TestResponse) -> dict[str, Any]:
    """The JSON of an answer."""
    said: dict[str, Any] = json.loads(answer.get_data())
    return said


def claiming(stage: Stage, persona: Persona) -> Browser:
    """An account that claims this document and holds nothing: the registry has another phone on file."""
    return stage.browser().register(persona, phone=stage.spare_phone())


def long_held(stage: Stage) -> None:
    """Everybody's documents came to them days ago."""
    with stage.services.database.writing() as db:
        before = clock.now() - timedelta(days=3)
        db.execute(update(Document).where(Document.verified_at.is_not(None)).values(verified_at=before))
