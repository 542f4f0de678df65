"""Everything that is wrong with a configuration, found in one go."""

from collections.abc import Iterator

from sqlalchemy import inspect
from sqlalchemy.exc import SQLAlchemyError

from idp.cli import migrate
from idp.cli.context import Product, first_line
from idp.keys import custody
from idp.keys.custody import CustodyFault
from idp.services import Services
from idp.settings import Settings, SettingsFault
from idp.storage.database import Database, DatabaseUnavailable
from idp.storage.state import StateUnavailable


def find(product: Product) -> list[str]:
    """Every fault, in words that say what to do; empty when the provider can serve."""
    try:
        settings = product.load()
    except SettingsFault as fault:
        return fault.faults
    found = [*_files(settings), *_database(settings, product)]
    return found or [*_together(settings, product)]


def _files(settings: Settings) -> Iterator[str]:
    yield from custody.faults(settings.master_key)
    if not settings.home.is_dir():
        yield f"{settings.home}: no such folder; `idp init` makes it"
    if settings.sandbox and settings.issuer.startswith("https://"):
        yield "sandbox: a training instance must not use a public address"


def _database(settings: Settings, product: Product) -> Iterator[str]:
    database = Database(settings.database_url)
    try:
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


def _together(settings: Settings, product: Product) -> Iterator[str]:
    try:
        services = product.compose(settings)
    except (CustodyFault, LookupError) as fault:
        yield str(fault)
        return
    yield from _services(services)


def _services(services: Services) -> Iterator[str]:
    try:
        services.state.epoch()
    except StateUnavailable as fault:
        yield f"the state store cannot be reached: {first_line(fault)}"
    for algorithm in ("ES256", "RS256"):
        try:
            services.keyring.signing(algorithm)
        except LookupError as fault:
            yield str(fault)
