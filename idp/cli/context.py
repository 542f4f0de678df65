"""What a command works on: settings read and collaborators composed only when it first asks for them."""

import getpass
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from threading import Event

import click
import structlog
from sqlalchemy import MetaData
from sqlalchemy.exc import SQLAlchemyError

from idp.audit import scope
from idp.keys.custody import Custody, CustodyFault
from idp.outbox.jobs import Job
from idp.services import Services
from idp.settings import Settings, SettingsFault
from idp.storage.database import Database, DatabaseUnavailable
from idp.storage.state import StateStore, StateUnavailable

UNUSABLE = 3
"""Exit code when the configuration cannot be used."""
UNAVAILABLE = (DatabaseUnavailable, StateUnavailable)
PAUSE = 1.0
"""Seconds between two looks at a store that is away."""
log = structlog.get_logger("yitong.start")


@dataclass(frozen=True)
class Product:
    """What `wsgi.py` gives the commands; they may not import it."""

    load: Callable[[], Settings]
    compose: Callable[[Settings], Services]
    init: Callable[[Settings], None]
    jobs: Callable[[Services, Callable[[], bool]], Sequence[Job]]
    state_store: Callable[[Settings], StateStore]
    metadata: MetaData


class Operation:
    """The object of every command (`context.obj`)."""

    def __init__(self, product: Product) -> None:
        self.product = product

    @cached_property
    def settings(self) -> Settings:
        """The settings; a fault ends the command with every fault named."""
        try:
            return self.product.load()
        except SettingsFault as fault:
            raise unusable(fault.faults) from fault

    @cached_property
    def services(self) -> Services:
        """Everything, composed."""
        try:
            return self._composed()
        except UNAVAILABLE as fault:
            raise unusable([str(fault)]) from fault

    def compose_patiently(self, stopping: Event) -> None:
        """Compose as soon as the stores answer: whoever starts during an outage is not wrongly configured."""
        while not stopping.is_set():
            try:
                self.__dict__["services"] = self._composed()
                return
            except UNAVAILABLE as fault:
                log.warning("start.waits", fault=type(fault).__name__)
                stopping.wait(PAUSE)

    def _composed(self) -> Services:
        try:
            return self.product.compose(self.settings)
        except (CustodyFault, LookupError, ValueError) as fault:
            raise unusable([str(fault)]) from fault
        except SQLAlchemyError as fault:
            raise unusable(["the database has not been prepared: run `idp init`"]) from fault

    def init(self) -> None:
        """Make the instance in its home folder; safe to repeat."""
        try:
            self.product.init(self.settings)
        except (CustodyFault, DatabaseUnavailable, SQLAlchemyError, OSError) as fault:
            raise unusable([f"the instance cannot be made: {first_line(fault)}"]) from fault

    def close(self) -> None:
        """Let go of every connection; the next use opens new ones."""
        services = self.__dict__.pop("services", None)
        if isinstance(services, Services):
            services.prepared.close()
            services.state.close()
            services.database.dispose()

    @property
    def database(self) -> Database:
        """Where everything is kept."""
        return self.services.database

    @property
    def custody(self) -> Custody:
        """What wraps the keys."""
        return self.services.custody


@contextmanager
def operator() -> Iterator[None]:
    """Let the trail say who did it: whoever is logged in on this machine."""
    with scope.within(scope.Scope(request_id="", actor=f"operator:{getpass.getuser()}"[:64])):
        yield


class Unusable(click.ClickException):
    """The configuration cannot be used; the message names every fault."""

    exit_code = UNUSABLE


def unusable(faults: list[str]) -> Unusable:
    """The refusal that names these faults."""
    return Unusable("\n".join(faults))


def first_line(failure: BaseException) -> str:
    """What went wrong, short enough for a list of faults."""
    return (str(failure).splitlines() or [type(failure).__name__])[0][:200]
