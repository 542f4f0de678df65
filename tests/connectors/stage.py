"""The simulator on a free port and the adapters that speak to it, as the suites of this folder need them."""

import datetime
import json
import socket
import threading
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from connectors import catalogue
from connectors.gateway import Limits
from connectors.simulator.app import create_app
from connectors.simulator.cloud_sms_routes import cloud_values
from connectors.simulator.credentials import SANDBOX, registry_values, sms_values
from connectors.simulator.personas import Persona
from connectors.simulator.population import populate
from idp.notices.sms import SmsGateway
from idp.persons.registry import IdentityClaim, PersonRegistry, Purpose
from idp.simulator.server import Background
from tests.waiting import eventually

POPULATION = populate(crowd=50)
CHECK = SANDBOX.sids[catalogue.IDENTITY_CHECK]
PURPOSE = Purpose(system="yitong", matter="registration")
PATIENT = Limits(total=30.0, slot_wait=30.0)
"""A busy machine does not turn an answer into a timeout."""
HURRY = 1.0
SLOW = 30.0
"""Seconds a slow answer takes: whoever has none by then had no deadline, and has the answer."""
LATE = ("slow", "trickle")


@dataclass(frozen=True)
class Stage:
    """A running simulator."""

    url: str

    def registry(self, limits: Limits = PATIENT, **values: object) -> PersonRegistry:
        return catalogue.person_registry(
            "public_security", **{**registry_values(self.url), "limits": limits, **values}
        )

    def sms(self, name: str = "inbox", **values: object) -> SmsGateway:
        known = sms_values(self.url) if name == "inbox" else cloud_values(self.url, name)
        return catalogue.sms_gateway(name, **{**known, **values})

    def order(self, fault: str, match: str = "", times: int = 1) -> None:
        self.post("/control", {"fault": fault, "match": match, "times": times})

    def checks(self) -> dict[str, int]:
        """Outcomes of the identity check so far, counted by the other side."""
        return dict(self.get("/control/calls")["by_sid"].get(CHECK, {}))

    def met(self, fault: str) -> int:
        """How often calls met this fault, once one has: who was in a hurry may be gone before that."""
        assert eventually(lambda: fault in self.get("/control")["met"])
        return int(self.get("/control")["met"][fault])

    def get(self, path: str) -> Any:
        with urllib.request.urlopen(self.url + path, timeout=60) as answer:
            return json.load(answer)

    def post(self, path: str, posted: object) -> Any:
        call = urllib.request.Request(self.url + path, json.dumps(posted).encode())
        with urllib.request.urlopen(call, timeout=60) as answer:
            return json.load(answer)


@contextmanager
def simulated(**options: Any) -> Iterator[Stage]:
    """A simulator with faults quick enough for tests."""
    with Background(
        create_app(POPULATION, **{"slow_seconds": SLOW, "trickle_seconds": 0.1, **options})
    ) as server:
        yield Stage(server.url)


@contextmanager
def meeting(fault: str, limits: Limits = PATIENT) -> Iterator[None]:
    """Wait no longer than a second for an answer that is late, and for no other answer less than before."""
    patience = limits.total
    object.__setattr__(limits, "total", HURRY if fault in LATE else patience)  # frozen for everybody else
    try:
        yield
    finally:
        object.__setattr__(limits, "total", patience)


def claim(key: str, **changes: Any) -> IdentityClaim:
    """What the persona of that key would claim, with their own phone."""
    persona: Persona = POPULATION.persona(key)
    own = IdentityClaim(persona.kind, persona.number, persona.name, PURPOSE, persona.phone)
    return replace(own, **changes)


@contextmanager
def listening(talk: Callable[[socket.socket], None], *, hear: bool = True) -> Iterator[str]:
    """A server that hears a request and lets `talk` answer as it likes; gives its address."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    line, _ = server.accept()
                except OSError:
                    return
                threading.Thread(target=meet, args=(line,), daemon=True).start()

        def meet(line: socket.socket) -> None:
            with line, suppress(OSError):
                if hear:
                    line.recv(65536)
                talk(line)

        threading.Thread(target=serve, daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        server.shutdown(socket.SHUT_RDWR)


def certificate_for(subject: x509.GeneralName, folder: Path) -> Path:
    """A file with a key and a certificate for one name or address, vouched for by nobody but itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "exchange")])
    today = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(today - datetime.timedelta(days=1))
        .not_valid_after(today + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([subject]), False)
        .sign(key, hashes.SHA256())
    )
    path = folder / "exchange.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path
