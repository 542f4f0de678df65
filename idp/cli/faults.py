"""Everything that is wrong with a configuration, found in one go."""

import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy import inspect
from sqlalchemy.exc import SQLAlchemyError

from idp.cli import migrate
from idp.cli.context import Product, first_line
from idp.keys import custody
from idp.keys.custody import CustodyFault
from idp.services import Services
from idp.settings import Settings, SettingsFault
from idp.storage.database import Database, DatabaseUnavailable
from idp.storage.redis_state import RedisStateStore
from idp.storage.state import StateUnavailable
from idp.zones import LOOPBACK

OLDEST_POSTGRESQL = 15
SECRETS = (
    "app_key",
    "client_secret",
    "base_secret",
    "market_authcode",
    "sms_key",
    "sms_account",
    "password",
    "database_url",
    "state_url",
)
"""Settings that make the file they stand in a secret."""


def find(product: Product) -> list[str]:
    """Every fault, in words that say what to do; empty when the provider can serve."""
    try:
        settings = product.load()
    except SettingsFault as fault:
        return [*fault.faults, *_apart(fault.sound, fault.unsound, product)]
    return [*_apart(settings, frozenset(), product)] or [*_together(settings, product)]


def warnings(settings: Settings) -> list[str]:
    """What keeps nothing from serving and is hardly meant."""
    issuer = urlsplit(settings.issuer)
    port = issuer.port or (443 if issuer.scheme == "https" else 80)
    if issuer.hostname not in LOOPBACK or port == settings.listen_port:
        return []
    return [
        f"issuer ({settings.issuer}) names port {port} of this machine, and listen_port is "
        f"{settings.listen_port}: nothing answers at the issuer unless a proxy does; "
        f"set IDP_LISTEN_PORT={port}, or IDP_ISSUER"
    ]


def _apart(settings: Settings, unsound: frozenset[str], product: Product) -> Iterator[str]:
    """What is wrong with each place by itself; one that nobody named soundly is not looked for."""
    if "home" in unsound:
        return
    if "master_key_file" not in unsound:
        yield from custody.faults(settings.master_key)
    yield from _files(settings)
    if "database_url" not in unsound:
        yield from _database(settings, product)
    if "state_url" not in unsound:
        yield from _state(settings, product)


def _files(settings: Settings) -> Iterator[str]:
    if not settings.home.is_dir():
        yield f"{settings.home}: no such folder; `idp init` makes it"
    elif not os.access(settings.home, os.W_OK):
        yield f"{settings.home}: cannot be written to; give it to the user who runs the server"
    yield from _readable_secrets(Path(os.environ.get("IDP_SETTINGS", settings.home / "settings.toml")))
    if settings.sandbox and settings.issuer.startswith("https://"):
        yield "sandbox: a training instance must not use a public address"


def _readable_secrets(path: Path) -> Iterator[str]:
    if path.is_file() and path.stat().st_mode & 0o007 and any(name in path.read_text() for name in SECRETS):
        yield f"{path}: holds secrets and everybody on this machine can read it; run chmod o= {path}"


def _database(settings: Settings, product: Product) -> Iterator[str]:
    if settings.uses_sqlite and not settings.home.is_dir():
        return  # opening it would only say the same again
    database = Database(settings.database_url)
    try:
        with database.engine.connect() as connection:
            version = connection.dialect.server_version_info or ()
        if not settings.uses_sqlite and version[:1] < (OLDEST_POSTGRESQL,):
            yield f"PostgreSQL {version[0]} is too old: {OLDEST_POSTGRESQL} or newer is needed"
        if not inspect(database.engine).has_table("keys"):
            yield "the database is empty; run `idp init`"
            return
        at, needed = migrate.revisions(database, product.metadata)
        if at != needed:
            yield f"the database is at revision {at} and this version needs {needed}; run `idp migrate`"
    except (SQLAlchemyError, DatabaseUnavailable) as failure:
        yield f"the database cannot be reached: {first_line(failure)}"
    finally:
        database.dispose()


def _state(settings: Settings, product: Product) -> Iterator[str]:
    if not settings.state_url:
        return  # it lives beside, or in, the database
    try:
        state = product.state_store(settings)
        state.epoch()
        if isinstance(state, RedisStateStore):
            yield from state.faults()
        state.close()
    except (StateUnavailable, ValueError) as failure:
        yield f"the state store cannot be reached: {first_line(failure)}"


def _together(settings: Settings, product: Product) -> Iterator[str]:
    try:
        services = product.compose(settings)
    except (CustodyFault, LookupError, StateUnavailable, ValueError) as fault:
        yield from str(fault).splitlines()
        return
    yield from _signing_keys(services)
    services.prepared.close()
    services.state.close()
    services.database.dispose()


def _signing_keys(services: Services) -> Iterator[str]:
    for algorithm in ("ES256", "RS256"):
        try:
            services.keyring.signing(algorithm)
        except LookupError as fault:
            yield str(fault)
