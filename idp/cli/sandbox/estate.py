"""The register of real estate: a department's system that speaks SAML (`examples.estate_registry`)."""

from base64 import b64encode
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from sqlalchemy.orm import Session

from idp import clock
from idp.cli.sandbox.places import Places
from idp.clients import onboarding
from idp.clients.models import ClientClass, ClientRow
from idp.clients.saml_metadata import client_id_of
from idp.crypto import jose
from idp.departments import tree
from idp.keys import self_signed

FOLDER = "estate"


def key_in(home: Path) -> None:
    """See to it that the system has a key and a certificate of its own."""
    folder = home / FOLDER
    if (folder / "certificate.pem").exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    made = jose.generate("RS256", "estate-registry")
    private = made.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "key.pem").touch(mode=0o600)
    (folder / "key.pem").write_bytes(private)
    certificate = x509.load_der_x509_certificate(self_signed.certificate(made, clock.now()))
    (folder / "certificate.pem").write_bytes(certificate.public_bytes(Encoding.PEM))


def told(home: Path, where: Places, issuer: str) -> dict[str, str]:
    """What the system learns by its environment."""
    return {
        "BASE_URL": where.estate,
        "PORT": where.estate.rpartition(":")[2],
        "IDP_METADATA": f"{issuer}/saml/metadata",
        "KEY": str(home / FOLDER / "key.pem"),
        "CERTIFICATE": str(home / FOLDER / "certificate.pem"),
    }


def settle(db: Session, home: Path, where: Places, issuer: str) -> dict[str, Any]:
    """Register the system, and give what `sandbox.json` says of SAML."""
    key_in(home)
    details, now = _details(home, where.estate), clock.now()
    entity_id = details["saml"]["entity_id"]
    client_id = client_id_of(entity_id)
    row = db.get(ClientRow, client_id)
    if row is None:
        department = tree.find(db, "210100-sj")
        onboarding.create(db, details, ClientClass.GOVERNMENT, now, department=department)
    elif {**row.details, "sector": None} != {**details, "sector": None}:
        onboarding.change(db, client_id, details, now)
    system = {"name": details["client_name"], "client_id": client_id, "entity_id": entity_id}
    return {
        "metadata": f"{issuer}/saml/metadata",
        "start": f"{issuer}/saml/start",
        "systems": [system | {"url": where.estate}],
    }


def _details(home: Path, url: str) -> dict[str, Any]:
    certificate = x509.load_pem_x509_certificate((home / FOLDER / "certificate.pem").read_bytes())
    return {
        "client_name": "不动产登记",
        "client_name#en": "Real Estate Register",
        "purpose": "查询登记在您名下的不动产",
        "purpose#en": "To show you what is registered in your name",
        "client_uri": url,
        "scope": "openid profile",
        "capacities": ["person", "organisation"],
        "protocol": "saml",
        "saml": {
            "entity_id": f"{url}/saml/metadata",
            "assertion_consumer_services": [{"location": f"{url}/saml/acs", "index": 0}],
            "single_logout_services": [
                {"binding": "soap", "location": f"{url}/saml/soap"},
                {"binding": "redirect", "location": f"{url}/saml/slo"},
            ],
            "certificates": [b64encode(certificate.public_bytes(Encoding.DER)).decode()],
            "requests_signed": True,
        },
    }
