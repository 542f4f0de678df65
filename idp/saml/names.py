"""What systems know people and sessions by: NameID and SessionIndex (SAML Core §2.2.3, §2.7.2).

A SessionIndex is the session sealed for one client, the same every time: it says nothing to anybody, differs
between clients, and opens for us when a system asks to sign out without a browser.
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import sha256
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from idp.clients.metadata import Client
from idp.keys.vault import Vault

FORMAT = "urn:oasis:names:tc:SAML:2.0:nameid-format:"
UNSPECIFIED = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified"
USE = "saml-session"


def name_id(vault: Vault, client: Client, session_id: UUID, sub: str) -> str:
    """The `sub`, or for systems that want no lasting name one that lives as long as the session."""
    if not is_transient(client):
        return sub
    message = f"{client.id}|{session_id.hex}|{sub}".encode()
    return "_" + hmac.digest(vault.service_key("saml-transient"), message, sha256).hex()[:40]


def name_id_format(client: Client) -> str:
    """The format URI of this client's names."""
    return FORMAT + (client.saml.name_id_format if client.saml else "persistent")


def is_transient(client: Client) -> bool:
    """Whether this system gets a new name every session."""
    return client.saml is not None and client.saml.name_id_format == "transient"


def session_index(vault: Vault, session_id: UUID, client_id: str) -> str:
    """A session as one system knows it."""
    sealed = AESSIV(vault.service_key(USE)).encrypt(session_id.bytes, [client_id.encode()])
    return "_" + urlsafe_b64encode(sealed).rstrip(b"=").decode()


def session_of(vault: Vault, index: str, client_id: str) -> UUID | None:
    """The session behind an index that this system was given; None for anything else."""
    try:
        sealed = urlsafe_b64decode(index[1:] + "=" * (-len(index[1:]) % 4))
    except ValueError:
        return None
    for key in vault.service_keys(USE).values():
        try:
            return UUID(bytes=AESSIV(key).decrypt(sealed, [client_id.encode()]))
        except (InvalidTag, ValueError):
            continue
    return None
