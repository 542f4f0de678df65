"""A silent sign-in by SAML beside a silent flow by OpenID Connect: the same people, one after the other."""

import base64
import json
import tempfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from urllib.parse import quote

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from bench.driver import Flow, Load, Measure, Step, play
from bench.machine import Others
from bench.measuring import Figure, middle
from bench.scenarios import Stage, silent_flow
from bench.servers import Provider

SAML = "saml"
ROWS = (SAML,)
LEAST = 0.5
ENTITY, CONSUMER = "http://127.0.0.1:8399/saml", "http://127.0.0.1:8399/saml/acs"
RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"


def figures(
    store: str, provider: Provider, stage: Stage, load: Load, rounds: int, only: Sequence[str] | None
) -> Iterator[Figure]:
    """Register a system that signs its requests, let everybody agree, and measure both."""
    if only and SAML not in only:
        return
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    _register(provider, _certificate(key))
    path = f"/saml/sso?{_query(key, provider.url)}"
    for visitor in stage.visitors:
        visitor.agree(path)
    pairs, busy = [], []
    for _ in range(rounds):
        others = Others()
        pairs.append((_by_oidc(stage, load), _by_saml(stage, load, path)))
        busy.append(others.cores())
    ratio = median(saml.per_second / oidc.per_second for oidc, saml in pairs)
    oidc, saml = (middle([pair[place] for pair in pairs]) for place in (0, 1))
    yield Figure(
        store,
        "silent sign-in by SAML",
        replace(saml, failed=saml.failed + oidc.failed),
        median(busy),
        "silent flow",
        oidc.per_second,
        ratio,
        f">= {LEAST:.2f}",
        ratio >= LEAST and not saml.failed and not oidc.failed,
    )


def _by_oidc(stage: Stage, load: Load) -> Measure:
    flow, seeds = silent_flow(stage, load)
    return play(flow, stage.url, load, seeds)


def _by_saml(stage: Stage, load: Load, path: str) -> Measure:
    """One signed request, answered by the page that carries the assertion."""
    seeds = [{"cookie": visitor.cookies} for visitor in stage.visitors]
    return play(Flow((Step("answer", f"GET {path}"),)), stage.url, load, seeds)


def _register(provider: Provider, certificate: bytes) -> None:
    details = {
        "client_name": "测速部门系统",
        "protocol": "saml",
        "scope": "openid profile",
        "saml": {
            "entity_id": ENTITY,
            "assertion_consumer_services": [{"location": CONSUMER}],
            "certificates": [base64.b64encode(certificate).decode()],
            "requests_signed": True,
        },
    }
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        Path(file.name).write_text(json.dumps(details))
        provider.command("clients", "create", "--metadata", file.name, "--json")


def _certificate(key: rsa.RSAPrivateKey) -> bytes:
    name, now = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "bench")]), datetime.now(UTC)
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = made.serial_number(1).not_valid_before(now).not_valid_after(now + timedelta(days=1))
    return made.sign(key, SHA256()).public_bytes(Encoding.DER)


def _query(key: rsa.RSAPrivateKey, url: str) -> str:
    """A request with its signature beside it (SAML Bindings §3.4.4.1)."""
    at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    message = (
        '<samlp:AuthnRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="_bench" Version="2.0" '
        f'IssueInstant="{at}" Destination="{url}/saml/sso"><saml:Issuer '
        f'xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">{ENTITY}</saml:Issuer></samlp:AuthnRequest>'
    )
    packed = base64.b64encode(zlib.compress(message.encode())[2:-4]).decode()
    query = f"SAMLRequest={quote(packed, safe='')}&RelayState=r&SigAlg={quote(RSA_SHA256, safe='')}"
    signature = base64.b64encode(key.sign(query.encode(), PKCS1v15(), SHA256())).decode()
    return f"{query}&Signature={quote(signature, safe='')}"
