"""The civil servants of the sandbox: a directory of their own where slapd is installed, else none."""

import json
import os
import secrets
import socket
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from connectors.simulator import directory as simulated
from connectors.simulator.directory import Official, Slapd
from idp import clock
from idp.authenticators.directory import Entry
from idp.authenticators.staff import Staffing
from idp.cli.sandbox import apps
from idp.cli.sandbox.children import Part
from idp.cli.sandbox.places import Places
from idp.persons import staff
from idp.services import Services

FOLDER = "directory"
UNITS = {
    "210100-sj": "示范市数据局",
    "210100-gjj": "示范市住房公积金管理中心",
    "210102-zw": "和平县政务服务中心",
}
PEOPLE = (
    ("gao_wenbin", "高文斌", "210100-sj", "科长"),
    ("he_xiuying", "何秀英", "210100-gjj", "主任科员"),
    ("luo_jie", "罗杰", "210102-zw", "窗口工作人员"),
    ("xie_min", "谢敏", "210102-zw", "窗口工作人员"),
)
"""Login, name, unit and post; whoever comes last has never signed in and must take an app first."""
START_SECONDS = 20.0


@dataclass(frozen=True)
class Clerk:
    """A civil servant, and what a newcomer must know to play them."""

    login: str
    password: str = field(repr=False)
    name: str = field(repr=False)
    unit: str
    totp_secret: str = field(default="", repr=False)
    """Seed of their authenticator app; empty where they have none yet, or one nobody told us of."""


def is_open() -> bool:
    """Whether this machine can run the directory."""
    return simulated.is_installed()


def part(home: Path, places: Places) -> Part:
    """The directory as a process, filled at the first start."""
    slapd = _slapd(home, places)
    return Part("directory", slapd.command, dict(os.environ), home)


def settings(home: Path, places: Places) -> dict[str, Any]:
    """How the provider reaches it."""
    slapd = Slapd((home / FOLDER).absolute(), places.ports["the directory of civil servants"], _secret(home))
    return {
        "name": "sandbox",
        "servers": [slapd.url],
        "ca_file": str(slapd.ca_file),
        "answers_within": 10,  # it runs beside everything else on one machine
        "base": simulated.BASE,
        "bind_dn": simulated.SERVICE,
        "bind_password": slapd.secret,
        "disabled_attribute": "employeeType",
        "disabled_values": ["disabled"],
        "refresh": 10,
    }


def settle(services: Services, places: Places, told: Mapping[str, Any]) -> list[Clerk]:
    """Everybody in it, all but the last with an app that the sandbox tells of."""
    staffing: Staffing | None = services.extras.get("directory")
    if staffing is None:
        return []
    _wait(places.ports["the directory of civil servants"])
    before = {one.get("login"): one.get("totp_secret") or "" for one in told.get("staff", [])}
    officials = _officials(services.settings.home)
    settled = [_clerk(services, staffing, one, before.get(one.login, "")) for one in officials[:-1]]
    newcomer = officials[-1]
    return [*settled, Clerk(newcomer.login, newcomer.password, newcomer.name, newcomer.unit)]


def as_told(clerks: Sequence[Clerk]) -> list[dict[str, str]]:
    """What `sandbox.json` says of them."""
    return [dict(vars(clerk)) for clerk in clerks]


def _clerk(services: Services, staffing: Staffing, one: Official, seed: str) -> Clerk:
    entry = staffing.directory.authenticate(one.login, one.password)
    if not isinstance(entry, Entry):
        return Clerk(one.login, "", one.name, one.unit)
    with services.database.writing() as db:
        person = staff.arrived(db, staffing.source, entry, clock.now())
        kept = apps.settle(db, person.id, seed)
    return Clerk(one.login, one.password, one.name, one.unit, kept)


def _slapd(home: Path, places: Places) -> Slapd:
    port = places.ports["the directory of civil servants"]
    return simulated.prepare(home / FOLDER, port, _officials(home), list(UNITS), _secret(home))


def _officials(home: Path) -> list[Official]:
    """Who they are, with passwords that stay as they were made at the first start."""
    made = [secrets.token_hex(6) for _ in PEOPLE]
    passwords = json.loads(_kept(home / FOLDER / "passwords.json", json.dumps(made)))
    return [Official(*one, password) for one, password in zip(PEOPLE, passwords, strict=True)]


def _secret(home: Path) -> str:
    return _kept(home / FOLDER / "secret", secrets.token_urlsafe(24))


def _kept(path: Path, fresh: str) -> str:
    """What was written there at the first start, by its owner alone to be read."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(0o600)
        path.write_text(fresh)
    return path.read_text()


def _wait(port: int) -> None:
    """Until it listens; a directory that does not come is one that does not answer."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("localhost", port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
