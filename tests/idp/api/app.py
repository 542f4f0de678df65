"""A client's own app in tests: it signs people in through the interface, at one device."""

from dataclasses import dataclass, field
from typing import Any

from werkzeug.test import TestResponse

from connectors.simulator.personas import Persona
from idp.oauth.checks.pkce import challenge_of
from tests.attacks.whole import Whole, told
from tests.idp.account.stage import newcomer
from tests.idp.oauth.world import CALLBACK, VERIFIER, Registered

SCOPE = "openid profile sign_in_api"


@dataclass
class App:
    """A client's own app, at one device."""

    whole: Whole
    portal: Registered
    address: str = "203.0.113.7"
    sign_in: str = ""
    secret: str = ""
    answer: TestResponse = field(init=False)

    def begin(self, **changes: Any) -> "App":
        asked = {
            "redirect_uri": CALLBACK,
            "code_challenge": challenge_of(VERIFIER),
            "scope": "openid profile",
            "state": "s-1",
            "address": self.address,
        }
        told = self.ask("/sign-ins", **{**asked, **changes})
        self.sign_in, self.secret = told.get("sign_in", ""), told.get("device_secret", "")
        return self

    def step(self, path: str = "", **body: Any) -> Any:
        return self.ask(f"/sign-ins/{self.sign_in}{path}", **body)

    def ask(self, path: str, **body: Any) -> Any:
        token = told(self.whole.post("/oauth/token", self.portal, grant_type="client_credentials"))
        sent = {"Authorization": f"Bearer {token['access_token']}", "Yitong-Device": self.secret}
        self.answer = self.whole.http.post(f"/api/v1{path}", json=body, headers=sent)
        return told(self.answer)

    @property
    def refusal(self) -> tuple[int, str]:
        return self.answer.status_code, told(self.answer)["code"]


def bearer(whole: Whole, portal: Registered) -> dict[str, str]:
    token = told(whole.post("/oauth/token", portal, grant_type="client_credentials"))["access_token"]
    return {"Authorization": f"Bearer {token}"}


def resident(whole: Whole, index: int) -> Persona:
    """Somebody with an account and a password."""
    person = newcomer(index)
    if whole.stage.person(person.phone) is None:
        whole.stage.browser().register(person)
    return person


def document(person: Persona) -> dict[str, str]:
    """What they show of themselves."""
    return {"kind": person.kind, "number": person.number, "name": person.name}
