"""The folder of a sandbox: its lock, its settings, and what it told people, which it must remember."""

import fcntl
import json
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from connectors.catalogue import IDENTITY_CHECK, REAL_PERSON
from connectors.simulator.credentials import (
    authority_values,
    organisation_services,
    registry_values,
    sms_values,
)
from idp.cli.sandbox import cards, offices, province
from idp.cli.sandbox.places import Places, port_of

MARK = "# Written by `idp sandbox` at every start. Change a setting by its environment variable instead.\n"
OPERATOR = "self-service"
BARE = re.compile(r"[A-Za-z0-9_-]+")


class NotOurs(Exception):
    """The folder belongs to something else; the message says to what."""


@contextmanager
def held(home: Path) -> Iterator[None]:
    """Hold the folder against a second sandbox; raises NotOurs."""
    home.mkdir(parents=True, exist_ok=True)
    with (home / "sandbox.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise NotOurs(f"{home}: another sandbox runs here (process {lock.read().strip()})") from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def write_settings(home: Path, places: Places) -> None:
    """Write `settings.toml`, readable by its owner alone; raises NotOurs before touching anybody else's."""
    path = home / "settings.toml"
    written = path.read_text() if path.exists() else MARK
    if not written.startswith(MARK):
        raise NotOurs(f"{path}: belongs to another instance; choose another folder with IDP_HOME")
    tables = {
        "organisation_services": organisation_services(),
        "certificates": _certificates(home, places),
        "upstreams": {province.NAME: province.settings(places)},
    }
    if offices.is_open():
        tables["directory"] = offices.settings(home, places)
    text = MARK + _as_toml({**_settings(places), **tables})
    if text != written:
        _write(path, text)


def remembered(home: Path) -> dict[str, Any]:
    """What the last `sandbox.json` said; empty before the first."""
    try:
        told = json.loads((home / "sandbox.json").read_text())
    except (OSError, ValueError):
        return {}
    return told if isinstance(told, dict) else {}


def remember(home: Path, told: Mapping[str, Any]) -> None:
    """Write `sandbox.json`, readable by its owner alone: it has passwords in it."""
    _write(home / "sandbox.json", json.dumps(told, ensure_ascii=False, indent=2) + "\n")


def _settings(places: Places) -> dict[str, Any]:
    platform, sms = registry_values(places.simulator), sms_values(places.simulator)
    services, operators = platform["sids"], platform["operators"]
    assert isinstance(services, Mapping) and isinstance(operators, Mapping)
    return {
        "sandbox": True,
        "issuer": places.provider,
        "listen_port": port_of(places.provider),
        "metrics_port": port_of(places.metrics),
        "workers": 2,
        "threads": 8,
        "allow_private_callbacks": True,
        "limit_source_per_minute": 100_000,
        "limit_source_codes_per_hour": 100_000,
        "limit_source_wrong_codes_per_day": 100_000,
        "registry": "public_security",
        "likeness": "real_person",
        "organisation_registry": "exchange",
        "sms_gateway": "inbox",
        "sms_url": sms["url"],
        "sms_key": sms["key"],
        "exchange": {
            "url": platform["base_url"],
            "identity_check": services[IDENTITY_CHECK],
            "real_person": services[REAL_PERSON],
            "real_person_pages": f"{places.simulator}/likeness/",
            "operator": operators[OPERATOR],
            **{name: platform[name] for name in _COPIED},
        },
    }


def _certificates(home: Path, places: Places) -> dict[str, Any]:
    values = authority_values(places.simulator, b"")
    trusted = str(home / cards.FOLDER / cards.TRUSTED)
    return {"trusted": trusted, "crl_urls": values["crl_urls"], "ocsp_url": values["ocsp_url"]}


_COPIED = ("rid", "app_key", "prefix", "ministry", "province_system", "unit", "user", "password")


def _as_toml(values: Mapping[str, Any], above: str = "") -> str:
    """Plain values first, then tables; for texts, numbers and lists of them TOML and JSON agree."""
    tables = {name: value for name, value in values.items() if isinstance(value, Mapping)}
    lines = [
        f"{_key(n)} = {json.dumps(v, ensure_ascii=False)}\n" for n, v in values.items() if n not in tables
    ]
    below = (
        f"\n[{above}{_key(name)}]\n{_as_toml(table, f'{above}{_key(name)}.')}"
        for name, table in tables.items()
    )
    return "".join([*lines, *below])


def _key(name: str) -> str:
    """Bare where TOML allows it."""
    return name if BARE.fullmatch(name) else json.dumps(name, ensure_ascii=False)


def _write(path: Path, text: str) -> None:
    """Put a whole file in place at once."""
    fresh = path.with_name(f".{path.name}.new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    fresh.replace(path)
