"""Static files named by their content: a changed file has a new address, so browsers keep each forever."""

import gzip
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

STATIC = Path(__file__).parent.parent / "static"
PREFIX = "/static/"
CONTENT_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
CACHE_CONTROL = "public, max-age=31536000, immutable"


@dataclass(frozen=True)
class Asset:
    """One file as it is served: its bytes, the same compressed, and its hashed address."""

    path: str
    content_type: str
    body: bytes = field(repr=False)
    compressed: bytes = field(repr=False)
    """The body in gzip; as long as the body or shorter."""


def read(folder: Path) -> dict[str, Asset]:
    """Every file of a folder whose kind we serve, by its plain name."""
    files = sorted(file for file in folder.iterdir() if file.suffix in CONTENT_TYPES)
    return {file.name: _asset(file) for file in files}


def _asset(file: Path) -> Asset:
    body = file.read_bytes()
    fingerprint = sha256(body).hexdigest()[:12]
    compressed = gzip.compress(body, 9, mtime=0)
    return Asset(
        path=f"{PREFIX}{file.stem}.{fingerprint}{file.suffix}",
        content_type=CONTENT_TYPES[file.suffix],
        body=body,
        compressed=min(compressed, body, key=len),
    )


ASSETS: Mapping[str, Asset] = read(STATIC)
BY_PATH: Mapping[str, Asset] = {asset.path: asset for asset in ASSETS.values()}


def address(name: str) -> str:
    """The hashed address of a file, as templates write it: ``asset('yitong.css')``."""
    return ASSETS[name].path


def at(path: str) -> Asset | None:
    """What is served at an address such as ``/static/yitong.1f2e….css``; None when nothing is."""
    return BY_PATH.get(path)
