"""Builders of client metadata, requests and assertions."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

CALLBACK = "https://portal.example.gov.cn/callback"
ISSUER = "https://id.example.gov.cn"
TOKEN_ENDPOINT = f"{ISSUER}/oauth/token"


def described(**changes: Any) -> dict[str, Any]:
    """Metadata of an ordinary portal; None takes a field out."""
    details = {"client_name": "市民中心", "redirect_uris": [CALLBACK], "scope": "openid profile", **changes}
    return {name: value for name, value in details.items() if value is not None}


@dataclass(frozen=True)
class Registered:
    """A client with what it was given."""

    id: str
    secret: str


Register = Callable[..., Registered]


@dataclass(frozen=True)
class Posted:
    """The parameters of a request (`clients.authentication.Form`)."""

    values: Mapping[str, str] = field(default_factory=dict)
    repeated: frozenset[str] = frozenset()

    def get(self, name: str) -> str | None:
        return self.values.get(name)
