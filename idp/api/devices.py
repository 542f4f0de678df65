"""Whose device signs in through a client's interface: what a browser keeps as cookies is kept here for it.

So every rule of the pages holds unchanged, for it asks the request who is there. A device is known by a
secret that only it and its client have, and by that client: neither gets anywhere alone, and no session
handle ever leaves us.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from http.cookies import CookieError, SimpleCookie
from ipaddress import ip_address
from typing import cast

from flask import request
from werkzeug.wrappers import Response

from idp import clock
from idp.api.callers import Refused
from idp.audit import scope
from idp.clients.metadata import Client
from idp.crypto.handles import digest, new_handle, same
from idp.keys.vault import Vault
from idp.services import current
from idp.storage.state import Collection, StateStore

HEADER = "Yitong-Device"
"""Carries the secret: addresses and bodies end in logs sooner than headers."""
PER_MINUTE = 600
"""Steps of one client."""


@dataclass(frozen=True)
class Device:
    """One sign-in on its way, at one device of one client."""

    client_id: str
    secret: str
    """Its digest."""
    address: str = field(repr=False)
    """The device's own network address, as its client says."""
    agent: str = field(repr=False)
    """The device in the client's words."""
    interaction: str = field(default="", repr=False)
    cookies: Mapping[str, str] = field(default_factory=dict, repr=False)


def create_devices(state: StateStore, vault: Vault, seconds: int) -> Collection[Device]:
    """Where they are; `wsgi.py` keeps it in `Services.extras["devices"]`."""
    return Collection(state, Device, "device", float(seconds * clock.PATIENCE), vault.sealer("device"))


def kept() -> Collection[Device]:
    """Every device that is signing in."""
    return cast("Collection[Device]", current().extras["devices"])


def begin(client: Client, address: str, agent: str) -> tuple[Device, str]:
    """A new one and its secret; raises Refused when the address is none."""
    try:
        seen = ip_address(address)
    except ValueError:
        raise Refused(HTTPStatus.BAD_REQUEST, "malformed", "address: no IP address") from None
    if "%" in address:  # a zone says which wire of one machine (RFC 4007 §11), in any words
        raise Refused(HTTPStatus.BAD_REQUEST, "malformed", "address: no zone")
    secret = new_handle()
    return Device(client.id, digest(secret), str(seen), agent), secret


def found(client: Client, handle: str) -> Device:
    """The device of this sign-in; somebody else's, or a used one, is as unknown as one that never was."""
    device = kept().find(handle)
    secret = request.headers.get(HEADER, "")
    fits = device is not None and device.client_id == client.id and same(device.secret, digest(secret))
    if device is None or not fits:
        raise Refused(HTTPStatus.NOT_FOUND, "sign_in_unknown", "no such sign-in of this client and device")
    return device


def pace(client: Client) -> None:
    """Let a client take so many steps a minute; raises Refused."""
    if current().state.count(f"api-steps:{client.id}", 60.0) > PER_MINUTE:
        raise Refused(HTTPStatus.TOO_MANY_REQUESTS, "throttled", seconds=60)


@contextmanager
def acting(device: Device) -> Iterator[None]:
    """Answer as this device's browser would be answered, and count what it does as coming from there.

    A client that lies about addresses uses up its own budgets alone.
    """
    environ = request.environ
    environ["HTTP_COOKIE"] = "; ".join(f"{name}={value}" for name, value in device.cookies.items())
    environ["REMOTE_ADDR"] = f"{device.client_id}|{device.address}"
    environ["HTTP_USER_AGENT"] = device.agent
    asking = replace(scope.current(), source=device.address, actor=f"client:{device.client_id}"[:64])
    with scope.within(asking):
        yield


def remember(handle: str, device: Device, response: Response) -> Device:
    """Keep what the answer would have left in a browser."""
    cookies = dict(device.cookies)
    for header in response.headers.getlist("Set-Cookie"):
        jar = SimpleCookie()
        try:
            jar.load(header)
        except CookieError:
            continue
        cookies |= {name: morsel.value for name, morsel in jar.items()}
    revised = replace(device, cookies={name: value for name, value in cookies.items() if value})
    kept().revise(handle, revised)
    return revised
