"""One sign-out for here and there."""

import secrets
import time
from collections.abc import Mapping
from typing import Any

import pytest

from federation.simulator.province import SANDBOX
from idp.crypto import jose
from idp.sessions.models import SignInSession
from tests.federation.stage import City, Traveller

EVENT = "http://schemas.openid.net/event/backchannel-logout"


def entered(town: City) -> Traveller:
    """Somebody who came through the province."""
    return town.traveller().enters(town.newcomer().key).agrees()


def test_signing_out_here_signs_out_there(town: City) -> None:
    """By its own end-session endpoint, and back to our page."""
    visitor = entered(town)
    visitor.get("/sign-out").fill("/sign-out", decision="leave")
    shown = visitor.text
    address = visitor.leaves("/signed-out/next")
    back = visitor.elsewhere.get(address, allow_redirects=False)
    visitor.get(back.headers["Location"].removeprefix("http://127.0.0.1:8000"))

    assert "已退出 0/1" in shown and "陕西政务服务网" in shown
    assert "id_token_hint=" in address
    assert "1 个服务都已退出。" in visitor.text
    assert "/login" in town.traveller().elsewhere.get(f"{town.url}/oidc/authorize", params=asked()).url
    assert "/sign-in" == visitor.get("/account").path


@pytest.mark.parametrize("query", ["", "?state=", "?state=another"])
def test_a_link_to_our_address_confirms_nothing(town: City, query: str) -> None:
    """Whoever is still signed in there must not read that they are not."""
    visitor = entered(town)
    visitor.get("/sign-out").fill("/sign-out", decision="leave")
    visitor.leaves("/signed-out/next")
    visitor.get(f"/federation/province/left{query}")

    assert "已退出 0/1" in visitor.text and "没有返回结果" in visitor.text


def asked() -> Mapping[str, str]:
    return {"client_id": SANDBOX.id, "redirect_uri": "http://127.0.0.1:8000/federation/province/callback"}


def logout_token(town: City, mark: str, **changes: Any) -> str:
    issued = int(time.time())
    said = {
        "iss": town.url,
        "aud": SANDBOX.id,
        "iat": issued,
        "exp": issued + 120,
        "jti": secrets.token_urlsafe(8),
        "sid": mark,
        "events": {EVENT: {}},
        **changes,
    }
    kept = {name: value for name, value in said.items() if value is not None}
    return jose.sign(kept, town.key(), "logout+jwt")


def tells(town: City, token: str) -> int:
    client = town.stage.app.test_client()
    return client.post("/federation/province/logout", data={"logout_token": token}).status_code


def test_signing_out_there_signs_out_here(town: City) -> None:
    """By a logout token that names the session (Back-Channel Logout 1.0); once."""
    visitor, other = entered(town), entered(town)
    token = logout_token(town, town.last_seat(visitor).mark)

    assert [204, 400] == [tells(town, token), tells(town, token)]
    assert "/sign-in" == visitor.get("/account").path
    assert "/account" == other.get("/account").path
    assert "signed_out_upstream" in {one.ended_because for one in town.rows(SignInSession)}


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://elsewhere.example"},
        {"aud": "somebody-else"},
        {"events": {}},
        {"nonce": "n"},
        {"exp": 1},
        {"sid": None},
        {"jti": None},
    ],
)
def test_a_logout_token_that_is_none_ends_nothing(town: City, changes: dict[str, Any]) -> None:
    """Nobody signs our people out but the upstream itself (§2.6)."""
    visitor = entered(town)

    assert 400 == tells(town, logout_token(town, town.last_seat(visitor).mark, **changes))
    assert "/account" == visitor.get("/account").path
