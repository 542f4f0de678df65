"""Who is there to be measured with: one confidential client and people with passwords.

The client is made by the command anybody would use; people are put straight into the database of the same
instance (`python -m bench.population COUNT`), because registering each would take longer than measuring.
"""

import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric import ec

import wsgi
from bench.servers import ROOT, Provider
from bench.visitor import Client, Person
from idp import clock
from idp.authenticators import passkey, password
from idp.authenticators.ceremonies import New
from idp.crypto import passwords
from idp.persons.models import Person as Settled
from idp.settings import load
from idp.storage.base import new_id
from tests.device import Device, encoded

PERSONS = 64
PASSWORD = "correct horse battery staple"
CALLBACK = "http://127.0.0.1:8399/callback"
GRANTS = ("authorization_code", "refresh_token", "client_credentials")
SCOPE = "openid profile offline_access"
SERVICE = "http://127.0.0.1:8399/office"
"""Of a system that speaks CAS."""


@dataclass(frozen=True)
class Population:
    """A client allowed every grant, and people who can sign in to it."""

    client: Client
    persons: tuple[Person, ...]


def populate(provider: Provider, count: int = PERSONS) -> Population:
    """Make the clients and `count` people in a fresh provider."""
    options = ["--name", "测速门户", "--redirect-uri", CALLBACK, "--scope", SCOPE]
    options += [part for grant in GRANTS for part in ("--grant-type", grant)]
    created = json.loads(provider.command("clients", "create", *options, "--json"))
    client = Client(
        created["client_id"], created["client_secret"], CALLBACK, " ".join(sorted(created["scopes"]))
    )
    register_service(provider)
    subprocess.run(
        [sys.executable, "-m", "bench.population", str(count)],
        cwd=ROOT,
        env=dict(provider.environment),
        check=True,
    )
    return Population(client, tuple(Person(login(number), PASSWORD) for number in range(count)))


def register_service(provider: Provider) -> None:
    """The system that speaks CAS; it is told as much as the portal."""
    details = {"protocol": "cas", "client_name": "测速系统", "services": [{"prefix": SERVICE}]}
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(details | {"scope": "openid profile"}, file)
        file.flush()
        provider.command("clients", "create", "--metadata", file.name, "--json")


def login(number: int) -> str:
    return f"bench{number:04}"


def device(number: int, origin: str) -> Device:
    """The device of a person; its key is no secret, so that whoever measures can sign with it."""
    key = ec.derive_private_key(number + 1, ec.SECP256R1())
    return Device(origin, "localhost", counts=False, id=login(number).encode(), key=key)


def settle(count: int) -> None:
    """Put people with one and the same password hash into the instance the environment names."""
    services = wsgi.compose(load())
    hashed, moment = passwords.hash_password(PASSWORD), clock.now()
    with services.database.writing() as db:
        for number in range(count):
            person = Settled(id=new_id(), login_name=login(number), created_at=moment)
            db.add(person)
            person.name = f"测试{number}"
            password.set_hash(db, person.id, hashed, "rehash", moment)
            public_key = encoded(device(number, "").public_key)
            new = New(encoded(login(number).encode()), public_key, count=0, synced=False)
            passkey.keep(db, person.id, new, "", moment)


if __name__ == "__main__":
    settle(int(sys.argv[1]))
