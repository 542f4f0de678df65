"""Which programs the sandbox consists of, and what each is told by its environment."""

import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from idp.cli.sandbox import cards, estate, province
from idp.cli.sandbox.children import Part
from idp.cli.sandbox.clients import APPROVALS, ARCHIVE, CITY_PORTAL, HOUSING_FUND, PENSION, PROPERTY
from idp.cli.sandbox.places import Places, port_of
from idp.settings import Settings

ROOT = Path(__file__).resolve().parents[3]
"""Where `examples` lies; an installed provider comes without."""
WORKER_DIED = "Unexpected exit from worker"
"""What the server says when one of its processes ends by itself."""
IDP = str(Path(sys.executable).with_name("idp"))

Idp = Callable[[Sequence[str]], object]
"""The command `idp`, as this process has it loaded."""


def simulator(where: Places, home: Path) -> Part:
    """The exchange platform with its registries, and the SMS inbox."""
    command = [sys.executable, "-m", "connectors.simulator", "--port", str(port_of(where.simulator))]
    command += ["--ca", str(home / cards.FOLDER)]
    return Part("simulator", command, _outside(), ROOT, where.registry_control)


def upstream(where: Places, home: Path) -> Part:
    """The province's identity provider."""
    command = [sys.executable, "-m", "federation.simulator", "--port", str(port_of(where.province))]
    command += ["--people", str(province.write(home)), "--folder", str(province.keep(home, where))]
    return Part("province", command, _outside(), ROOT, f"{where.province}/control")


def provider(settings: Settings, idp: Idp) -> Part:
    """The provider, on the settings of the sandbox."""
    ready = f"http://{settings.listen_host}:{settings.listen_port}/readyz"
    return Part("provider", [IDP, "serve"], _inside(settings), Path.cwd(), ready, WORKER_DIED, idp)


def worker(settings: Settings, idp: Idp) -> Part:
    """Its worker."""
    return Part("worker", [IDP, "worker"], _inside(settings), Path.cwd(), ours=idp)


def portals(where: Places, document: Mapping[str, Any], home: Path) -> Iterable[Part]:
    """Portals, offices, department systems, as outsiders: they learn what a client learns and no more."""
    if not (ROOT / "examples").is_dir():
        return
    known = {client["client_id"]: client["client_secret"] for client in document["clients"]}
    neighbours = {
        "ISSUER": document["issuer"],
        "CITY_PORTAL_URL": where.city_portal,
        "HOUSING_FUND_URL": where.housing_fund,
    }
    for client_id, module, url in (
        (CITY_PORTAL, "examples.city_portal", where.city_portal),
        (HOUSING_FUND, "examples.housing_fund", where.housing_fund),
    ):
        environment = _told(client_id, known[client_id], url)
        command = [sys.executable, "-m", module, "--port", str(port_of(url))]
        yield Part(client_id, command, _outside() | neighbours | environment, ROOT, f"{url}/healthz")
    for part, module, url in (
        (PENSION, "examples.pension", where.pension),
        (PROPERTY, "examples.property", where.property_records),
    ):
        told = {"BASE_URL": url, "PORT": str(port_of(url)), "CAS_URL": f"{document['issuer']}/cas"}
        command = [sys.executable, "-m", module]
        yield Part(part, command, _outside() | neighbours | told, ROOT, f"{url}/healthz")
    both = _told(APPROVALS, known[APPROVALS], where.approvals, "APPROVALS_")
    both |= _told(ARCHIVE, known[ARCHIVE], where.archive, "ARCHIVE_")
    command = [sys.executable, "-m", "examples.office"]
    yield Part("offices", command, _outside() | neighbours | both, ROOT, f"{where.archive}/healthz")
    command = [sys.executable, "-m", "examples.estate_registry"]
    environment = _outside() | estate.told(home, where, document["issuer"])
    yield Part("estate", command, environment, ROOT, f"{where.estate}/healthz")


def _told(client_id: str, secret: str, url: str, prefix: str = "") -> dict[str, str]:
    """What one portal learns of itself."""
    told = {"CLIENT_ID": client_id, "CLIENT_SECRET": secret, "BASE_URL": url, "PORT": str(port_of(url))}
    return {prefix + name: value for name, value in told.items()}


def _inside(settings: Settings) -> dict[str, str]:
    return {**os.environ, "IDP_HOME": str(settings.home)}


def _outside() -> dict[str, str]:
    """The environment without the provider's own settings."""
    return {name: value for name, value in os.environ.items() if not name.startswith("IDP_")}
