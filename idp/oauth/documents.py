"""The public documents, encoded before anybody asks: discovery once a zone, the keys whenever they change."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from idp.oauth.collaborators import OAuth
from idp.oauth.endpoints import discovery
from idp.oauth.message import Headers

JWKS = "/oauth/jwks"


@dataclass(frozen=True, slots=True)
class Document:
    """A body with its headers, ready to be sent."""

    body: bytes
    etag: str
    headers: Headers


class Documents:
    """What is published at which path."""

    def __init__(self, oauth: OAuth) -> None:
        self._oauth = oauth
        self._seconds = int(oauth.lifetimes.jwks.total_seconds())
        self._discovery = {base: self._discovered(base) for base in oauth.zones.bases}
        self._jwks_source, self._jwks = b"", document(b"", 0)

    def by_path(self) -> Mapping[str, Callable[[str], Document]]:
        """Path → how to get the document for whoever came by a host."""
        return dict.fromkeys(discovery.PATHS, self.discovery) | {JWKS: self.jwks}

    def discovery(self, host: str) -> Document:
        """The metadata, with the endpoints of the network zone it was asked for in."""
        return self._discovery[self._oauth.zones.base_for(host)]

    def jwks(self, _host: str) -> Document:
        """The keys that verify what we sign: the next, the active and the retired ones."""
        source = self._oauth.keyring.jwks_document()
        if source is not self._jwks_source:
            self._jwks_source, self._jwks = source, document(source, self._seconds)
        return self._jwks

    def _discovered(self, base: str) -> Document:
        body = json.dumps(discovery.document(self._oauth, base), separators=(",", ":")).encode()
        return document(body, self._seconds)


def document(body: bytes, seconds: int, media_type: str = "application/json") -> Document:
    """A document that anybody may keep that long, readable from every origin."""
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = [
        ("Content-Type", media_type),
        ("Cache-Control", f"public, max-age={seconds}"),
        ("ETag", etag),
        ("Access-Control-Allow-Origin", "*"),
    ]
    return Document(body, etag, headers)
