"""The floor does exactly the one thing its route is named after."""

from typing import Any

import pytest
from joserfc import jwt

from bench import floor


def ask(path: str) -> tuple[str, bytes]:
    statuses: list[str] = []

    def start(status: str, headers: list[tuple[str, str]]) -> object:
        statuses.append(status)
        return None

    environ: dict[str, Any] = {"PATH_INFO": path}
    body = b"".join(floor.app(environ, start))
    return statuses[0], body


def test_the_signature_is_a_real_one() -> None:
    """The signing route gives an ES256 token that verifies."""
    _, token = ask("/sign")

    assert "ES256" == jwt.decode(token.decode(), floor.KEY, algorithms=["ES256"]).header["alg"]


def test_the_hash_costs_what_a_sign_in_costs() -> None:
    """Argon2id with two passes over 19 MiB, as the provider stores passwords."""
    assert floor.HASH.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert ("200 OK", b"true") == ask("/argon2id")


@pytest.mark.parametrize(("path", "status"), [("/constant", "200 OK"), ("/else", "404 Not Found")])
def test_only_its_routes_exist(path: str, status: str) -> None:
    """What is not a floor is not found."""
    assert status == ask(path)[0]
