"""What a protected site is told of who comes: a signed header for those who check, plain ones for others."""

from collections.abc import Mapping
from datetime import datetime
from urllib.parse import quote

from idp.clients.metadata import Client
from idp.crypto import jose
from idp.oauth.claims import Claims
from idp.oauth.collaborators import OAuth

TYPE = "yitong-identity+jwt"
"""A type of its own (RFC 8725 §3.11): it is neither an ID token nor an access token."""
LIFETIME = 60
"""Seconds; the proxy gets a new one every few."""
IDENTITY = "X-Yitong-Identity"
PLAIN: Mapping[str, tuple[str, ...]] = {
    "X-Yitong-Subject": ("sub",),
    "X-Yitong-Name": ("name",),
    "X-Yitong-Acr": ("acr",),
    "X-Yitong-Realm": ("realm",),
    "X-Yitong-Organisation": ("organisation", "code"),
    "X-Yitong-Organisation-Name": ("organisation", "name"),
    "X-Yitong-Actor": ("act", "sub"),
    "X-Yitong-Actor-Name": ("act", "name"),
    "X-Yitong-Role": ("act", "role"),
    "X-Yitong-Mandate": ("act", "mandate"),
}
"""Header → where its value stands among the claims; the proxy must set or remove every one of them."""
BULKY = ("verified_claims",)
"""Left out of the header: proxies give all headers together a few kilobytes."""


def headers(oauth: OAuth, client: Client, claims: Claims, now: datetime) -> tuple[tuple[str, str], ...]:
    """Every header for one person at one site; text beyond ASCII is percent-encoded UTF-8."""
    found = ((name, _at(claims, way)) for name, way in PLAIN.items())
    plain = ((name, quote(value, safe=":@+/ ")) for name, value in found if value)
    return ((IDENTITY, signed(oauth, client, claims, now)), *plain)


def signed(oauth: OAuth, client: Client, claims: Claims, now: datetime) -> str:
    """The claims as a JWT for this client, by the key that `/oauth/jwks` publishes."""
    issued = int(now.timestamp())
    said = {name: value for name, value in claims.items() if name not in BULKY}
    if "act" in said:
        said["act"] = {name: value for name, value in said["act"].items() if name not in BULKY}
    said |= {"iss": oauth.issuer, "aud": client.id, "iat": issued, "exp": issued + LIFETIME}
    return jose.sign(said, oauth.keyring.signing(jose.OURS[0]), TYPE)


def _at(claims: Claims, way: tuple[str, ...]) -> str:
    value: object = claims
    for name in way:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value if isinstance(value, str) else ""
