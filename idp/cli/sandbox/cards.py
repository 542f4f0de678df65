"""Certificates of people in the sandbox: issued once by its authority, and added to their accounts."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from cryptography.x509 import load_pem_x509_certificate
from sqlalchemy.orm import Session

from connectors.simulator import authority as authorities
from connectors.simulator.authority import Authority, Pair
from idp import clock
from idp.authenticators import certificate, credentials
from idp.authenticators.certificate import KIND, Shown
from idp.authenticators.certificate_authority import Good
from idp.cli.sandbox.people import LOGINS, Told
from idp.crypto.certificates import authority_of
from idp.persons import lookup
from idp.services import Services

FOLDER = "ca"
"""Where the authority keeps its keys, below the home folder."""
TRUSTED = "trusted.pem"
BEARERS = ("renamed", "hong_kong")
"""Whose certificate signs them in. Their first use of it raises them to level 5."""
LEFT = timedelta(days=1)
"""A certificate that ends sooner is replaced at the next start."""

Card = dict[str, str]


def authority_in(home: Path) -> Authority:
    """The sandbox's certification authority, founded at the first start."""
    return authorities.found(home / FOLDER)


def settle(services: Services, people: Sequence[Told], told: Mapping[str, Any]) -> dict[str, Card]:
    """Give the bearers their certificates, those they were told before as long as they hold."""
    authority = authority_in(services.settings.home)
    before = {one.get("persona"): one.get("certificate") for one in told.get("persons", [])}
    with services.database.writing() as db:
        return {
            one.persona.key: _card(db, services, authority, one, before.get(one.persona.key))
            for one in people
            if one.persona.key in BEARERS
        }


def _card(db: Session, services: Services, authority: Authority, one: Told, told: Card | None) -> Card:
    if told is not None and _holds(authority, told["certificate_pem"]):
        return told
    pair = authority.issue(one.persona.name, one.persona.number)
    _add(db, services, authority, pair, LOGINS[one.persona.key])
    return {
        "certificate_pem": pair.certificate_pem,
        "private_key_pem": pair.key_pem,
        "chain_pem": authority.issuing.certificate_pem,
    }


def _holds(authority: Authority, pem: str) -> bool:
    found = load_pem_x509_certificate(pem.encode())
    revoked = {*authority.revoked("crl"), *authority.revoked("ocsp")}
    return found.not_valid_after_utc > clock.now() + LEFT and found.serial_number not in revoked


def _add(db: Session, services: Services, authority: Authority, pair: Pair, login: str) -> None:
    """As if its person had added it, in place of the one before."""
    person = lookup.by_login(db, services.vault, login, clock.now())
    if person is None:
        return
    for earlier in credentials.living(db, person.id, KIND):
        credentials.end(db, earlier, "replaced", clock.now())
    chain = (pair.certificate, authority.issuing.certificate, authority.root.certificate)
    good = Good(authority_of(pair.certificate), chain)
    certificate.keep(db, person, Shown(pair.certificate), good, clock.now())
