"""The master key: a file outside the database and its backups that wraps every other key.

Losing it loses every sealed field; a looser mode than 0600 is a fault (`idp check`). The same two verbs,
wrap and unwrap, are what a PKCS#11 or vendor box offers.
"""

import base64
import json
import os
import secrets
from pathlib import Path
from typing import Protocol

from idp.crypto import envelope


class CustodyFault(Exception):
    """The master key cannot be used; the message says why and what to do."""


class Custody(Protocol):
    """Wraps key material; the master key itself never leaves."""

    def wrap(self, material: bytes, context: str) -> bytes:
        """Encrypt key material for storage."""
        ...

    def unwrap(self, wrapped: bytes, context: str) -> bytes:
        """Decrypt key material; raises CustodyFault when it is not ours."""
        ...


class MasterKeyFile:
    """Custody by a JSON file `{"algorithm", "key"}` with mode 0600."""

    def __init__(self, path: Path) -> None:
        self._key = _read(path)

    def wrap(self, material: bytes, context: str) -> bytes:
        """Encrypt key material for storage."""
        return envelope.seal(self._key, 0, material, context.encode())

    def unwrap(self, wrapped: bytes, context: str) -> bytes:
        """Decrypt key material; raises CustodyFault when it is not ours."""
        try:
            return envelope.open_sealed({0: self._key}, wrapped, context.encode())
        except envelope.CannotOpen as failure:
            raise CustodyFault("the master key does not open these keys: is it the right file?") from failure


def create(path: Path) -> None:
    """Write a new master key; never over an existing one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    key = base64.b64encode(secrets.token_bytes(32)).decode()
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump({"algorithm": "AES-256-GCM", "key": key}, file)
        file.flush()
        os.fsync(file.fileno())


def faults(path: Path) -> list[str]:
    """What is wrong with the file, in words an operator can act on; empty when nothing is."""
    if not path.is_file():
        return [f"{path}: no master key; `idp init` makes one"]
    mode = path.stat().st_mode & 0o777
    found = [f"{path}: mode {mode:o} lets others read it; run chmod 600 {path}"] if mode & 0o077 else []
    try:
        _read(path)
    except CustodyFault as fault:
        found.append(str(fault))
    return found


def _read(path: Path) -> bytes:
    try:
        key = base64.b64decode(json.loads(path.read_text())["key"], validate=True)
    except (OSError, ValueError, KeyError, TypeError) as failure:
        raise CustodyFault(f"{path}: cannot be read as a master key ({type(failure).__name__})") from failure
    if len(key) != 32:
        raise CustodyFault(f"{path}: the key has {len(key)} bytes instead of 32")
    return key
