"""One number that grows with every change of clients, keys, departments or matters; caches watch it."""

import threading
import time
from collections.abc import Callable

from sqlalchemy import select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from idp.storage.base import Base
from idp.storage.database import Database, DatabaseUnavailable

INTERVAL = 1.0
"""Seconds between two looks at the version: the longest a process goes on with what has changed."""
AFTER_A_FAILURE = 5.0
"""Seconds until the next look when there was nothing to see: it may have taken long."""

_TOUCH = text(
    "insert into configuration_versions (id, version) values (1, 1) "
    "on conflict (id) do update set version = configuration_versions.version + 1"
)
_HOLD = text(
    "insert into configuration_versions (id, version) values (1, 0) "
    "on conflict (id) do update set version = configuration_versions.version"
)


class ConfigurationVersion(Base):
    """The one row."""

    __tablename__ = "configuration_versions"

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int]


def touch(db: Session) -> None:
    """Say that configuration changes in this transaction; until it ends, other changes wait their turn."""
    db.execute(_TOUCH)


def hold(db: Session) -> None:
    """Wait for others who change configuration, and make them wait; the version stays as it is.

    What is read afterwards nobody changes before this transaction ends.
    """
    db.execute(_HOLD)


def version(db: Session) -> int:
    """The version this transaction sees; zero before the first change."""
    return db.scalar(select(ConfigurationVersion.version)) or 0


class Watch:
    """Tells a cache which version to be at, looking at most once every INTERVAL.

    While one thread looks, and while the database cannot be reached, the others go on with what they know.
    """

    def __init__(self, database: Database, tick: Callable[[], float] = time.monotonic) -> None:
        self._database, self._tick = database, tick
        self._looking = threading.Lock()
        self._known = -1
        self._look_again = 0.0

    def version(self) -> int:
        """The newest version known; raises DatabaseUnavailable only if none ever was."""
        if self._known >= 0 and self._tick() < self._look_again:
            return self._known
        if self._looking.acquire(blocking=self._known < 0):
            try:
                self._look()
            finally:
                self._looking.release()
        return self._known

    def _look(self) -> None:
        began = self._tick()
        try:
            with self._database.reading() as db:
                self._known = version(db)
        except DatabaseUnavailable:
            if self._known < 0:
                raise
            self._look_again = self._tick() + AFTER_A_FAILURE
        else:
            self._look_again = began + INTERVAL
