"""The floor: bare WSGI routes that do one unavoidable thing each, for the provider's figures to stand on.

Served exactly as the provider is. The stores' addresses come from BENCH_REDIS_URL and BENCH_POSTGRES_URL;
without them the two routes answer 404.
"""

import os
import secrets
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

import psycopg
import redis
from argon2 import PasswordHasher
from joserfc import jwt
from joserfc.jwk import ECKey

Environ = dict[str, Any]
Start = Callable[[str, list[tuple[str, str]]], object]

DOCUMENT = b"x" * 1024
JSON = [("Content-Type", "application/json")]
KEY = ECKey.generate_key("P-256", {"kid": "floor", "use": "sig", "alg": "ES256"})
HEADER = {"alg": "ES256", "typ": "at+jwt", "kid": "floor"}
HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
HASH = HASHER.hash("correct horse battery staple")
ONE_HASH = threading.Semaphore(1)  # more at a time in a worker than it has cores only thins its cache
INSERT = "INSERT INTO bench_floor (name, body) VALUES (%s, %s)"
TABLE = "CREATE TABLE IF NOT EXISTS bench_floor (id bigserial PRIMARY KEY, name text, body bytea)"


class Stores(threading.local):
    """One connection a thread, opened when first used."""

    def __init__(self) -> None:
        if url := os.environ.get("BENCH_REDIS_URL"):
            self.redis = redis.Redis.from_url(url)
        if url := os.environ.get("BENCH_POSTGRES_URL"):
            self.postgres = psycopg.connect(url)


stores = Stores()


def constant() -> bytes:
    return DOCUMENT


def sign() -> bytes:
    """One ES256 signature over the claims of an access token (RFC 9068)."""
    now = int(time.time())
    claims = {
        "iss": "http://127.0.0.1:8000",
        "sub": "0192f3c0-7d5e-7c1a-9d0e-6a1b2c3d4e5f",
        "aud": "http://127.0.0.1:8000",
        "client_id": "0192f3c0-7d5e-7c1a-9d0e-000000000001",
        "scope": "openid profile",
        "iat": now,
        "exp": now + 300,
        "jti": secrets.token_urlsafe(16),
    }
    return jwt.encode(HEADER, claims, KEY).encode()


def redis_set_get() -> bytes:
    """Two round trips: keep a record for a minute and read it back."""
    name = f"bench:{secrets.token_urlsafe(16)}"
    stores.redis.set(name, DOCUMENT[:256], ex=60)
    found = stores.redis.get(name)
    return found if isinstance(found, bytes) else b""


def postgres_insert() -> bytes:
    """One row, durable when answered."""
    stores.postgres.execute(INSERT, (secrets.token_urlsafe(16), DOCUMENT[:256]), prepare=True)
    stores.postgres.commit()
    return b"{}"


def argon2id() -> bytes:
    """One password, at the cost every sign-in pays: t=2, 19 MiB, p=1."""
    with ONE_HASH:
        return b"true" if HASHER.verify(HASH, "correct horse battery staple") else b"false"


ROUTES = {
    "/constant": constant,
    "/sign": sign,
    "/redis": redis_set_get,
    "/postgres": postgres_insert,
    "/argon2id": argon2id,
}


def app(environ: Environ, start_response: Start) -> Iterable[bytes]:
    """The WSGI application."""
    route = ROUTES.get(environ["PATH_INFO"])
    if route is None:
        start_response("404 Not Found", JSON)
        return [b"{}"]
    body = route()
    start_response("200 OK", [*JSON, ("Content-Length", str(len(body)))])
    return [body]
