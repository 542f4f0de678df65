"""Certificates as they come with a request: seen by a proxy in TLS, or pasted with a signature.

A challenge is good for one signature, in one place, for a quarter of an hour.
"""

from datetime import datetime

from flask import request

from idp import clock
from idp.authenticators import certificate
from idp.authenticators.base import Denied
from idp.authenticators.certificate import Shown
from idp.crypto import certificates
from idp.crypto.handles import digest, new_handle
from idp.services import current
from idp.settings_tables import Certificates
from idp.web import forms

LIFETIME = 900.0
SIGN_IN = "sign-in"
BIND = "bind"


def is_there() -> bool:
    """Whether this instance knows a certification authority."""
    return "certificates" in current().extras


def to_sign(use: str, place: str) -> str:
    """The text a page asks to be signed; the same one until it is answered, so a reload changes nothing."""
    state, key = current().state, _key(use, place)
    kept = state.get(key)
    if kept is None:
        kept = f"{new_handle()}@{clock.now().isoformat()}".encode()
        state.put(key, kept, LIFETIME)
    return _asked(use, place, kept)[0]


def shown(use: str, place: str, form: forms.Signature) -> Shown | Denied:
    """The certificate whose key was used for this very request; an answered challenge is spent."""
    if request.form.get("by") == "tls":
        header = _from_proxy()
        return certificate.from_proxy(header) if header else Denied("certificate_required")
    return signed(use, place, form.certificate.data, form.signature.data)


def signed(use: str, place: str, leaf: str, signature: str) -> Shown | Denied:
    """The certificate that has signed the text which waits here; right or wrong, the text is spent."""
    kept = current().state.take(_key(use, place))
    if kept is None:
        return Denied("form_stale")
    return certificate.signed(leaf, signature, *_asked(use, place, kept))


def offered() -> str:
    """Who issued the certificate this browser has shown in TLS; empty where it has shown none."""
    header = _from_proxy()
    found = certificate.from_proxy(header) if header else None
    return certificates.authority_of(found.leaf) if isinstance(found, Shown) else ""


def ukey_url() -> str:
    """Where the service of a UKey listens on the person's own computer."""
    chosen = _settings()
    return chosen.ukey_url if chosen else ""


def _asked(use: str, place: str, kept: bytes) -> tuple[str, datetime]:
    """The text that waits here, and since when."""
    challenge, _, at = kept.decode().partition("@")
    text = certificate.challenge_text(current().settings.issuer, use, place, challenge)
    return text, datetime.fromisoformat(at)


def _from_proxy() -> str:
    """What the edge has let through, which it does for our own proxies alone."""
    chosen = _settings()
    name = chosen.header if chosen else ""
    return str(request.environ.get(f"HTTP_{name.upper()}", "")) if name else ""


def _settings() -> Certificates | None:
    return current().settings.certificates


def _key(use: str, place: str) -> str:
    return f"certificate-text:{use}:{digest(place)}"
