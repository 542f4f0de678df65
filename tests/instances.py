"""Databases with tables and keys: made once in a process, then copied for whoever needs one.

Making one takes half a second, for its RSA keys and its tables; a copy takes milliseconds. All copies are
opened by one master key and know the same secrets, so a Redis, which outlives them, is emptied for the next.
"""

import atexit
import shutil
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import wsgi
from idp.keys import custody as custodians
from idp.keys.custody import MasterKeyFile
from idp.keys.vault import SECRET_PURPOSES, add_generation
from idp.settings import Settings
from idp.storage.database import Database
from tests import servers

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
KEY, FILE = "master.key", "yitong.db"

Fill = Callable[[str], None]
"""Puts something into the database at a URL."""


def tables(url: str) -> None:
    """Every table of the models, and the secret keys: sealed texts can be used."""
    database = Database(url)
    wsgi.METADATA.create_all(database.engine)
    with database.writing() as db:
        for purpose in SECRET_PURPOSES:
            add_generation(db, MasterKeyFile(_master_key()), purpose, NOW)
    database.dispose()


def provider(url: str) -> None:
    """What `idp init` leaves: migrated, with secret keys and keys that sign."""
    wsgi.init(Settings(home=_master_key().parent, database_url=url))


def custody(home: Path) -> MasterKeyFile:
    """The master key of all copies, in a file of one's own."""
    shutil.copy(_master_key(), home / KEY)
    return MasterKeyFile(home / KEY)


def on_sqlite(fill: Fill, home: Path) -> str:
    """The URL of a copy in this folder."""
    path = home / FILE
    assert not path.exists(), "somebody else's database is here"
    shutil.copy(_file(fill), path)
    return f"sqlite:///{path}"


def on_postgresql(fill: Fill, server: servers.PostgresServer) -> str:
    """The URL of a copy on this server, as psycopg reads it."""
    return servers.fresh_database(server, _template(fill, server))


def for_sqlalchemy(url: str) -> str:
    """The same URL for SQLAlchemy, with the driver's name."""
    return url.replace("postgresql:", "postgresql+psycopg:", 1)


def settle(settings: Settings) -> None:
    """What `idp init` does in an empty folder, or with a database that was copied on a server."""
    settings.home.mkdir(parents=True, exist_ok=True)
    custody(settings.home)
    if settings.database_url == f"sqlite:///{settings.home / FILE}":
        on_sqlite(provider, settings.home)
    wsgi.init(settings)


@cache
def _master_key() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="yitong-originals-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    custodians.create(folder / KEY)
    return folder / KEY


@cache
def _file(fill: Fill) -> Path:
    path = _master_key().with_name(f"{fill.__name__}.db")
    fill(f"sqlite:///{path}")
    assert not path.with_name(f"{path.name}-wal").exists(), "a part of it would be left behind"
    return path


@cache
def _template(fill: Fill, server: servers.PostgresServer) -> str:
    url = servers.fresh_database(server)
    fill(for_sqlalchemy(url))
    return url.rpartition("/")[2]
