"""`idp migrate`: bring the database to the schema this version needs.

Alembic is imported when it is asked: it is slow to load, and most commands never need it.
"""

from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from pkgutil import iter_modules
from typing import TYPE_CHECKING

from sqlalchemy import MetaData

import idp
from idp.storage.base import Base
from idp.storage.database import Database

if TYPE_CHECKING:
    from alembic.config import Config

SCRIPTS = Path(__file__).resolve().parent.parent.parent / "migrations"


def metadata() -> MetaData:
    """Every table: the models of every concept, wherever a package has some."""
    for package in iter_modules(idp.__path__, "idp."):
        if package.ispkg and find_spec(f"{package.name}.models"):
            import_module(f"{package.name}.models")
    import_module("idp.storage.configuration")
    import_module("admin_ui.models")
    import_module("federation.models")
    return Base.metadata


def configuration(database: Database, metadata: MetaData) -> "Config":
    """Alembic's view of this database; no file, no logging of its own."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    config.attributes.update(database=database, metadata=metadata)
    return config


def upgrade(database: Database, metadata: MetaData) -> None:
    """Apply every migration that is missing."""
    from alembic import command

    command.upgrade(configuration(database, metadata), "head")


def revisions(database: Database, metadata: MetaData) -> tuple[str | None, str | None]:
    """The revision the database is at and the one this version needs."""
    from alembic.migration import MigrationContext
    from alembic.script import ScriptDirectory

    script = ScriptDirectory.from_config(configuration(database, metadata))
    with database.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision(), script.get_current_head()
