"""`idp sandbox`: prepare a town of invented people, start it, say what is where, stop it."""

import json
import logging
import os
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import click

from idp.cli.context import Operation, unusable
from idp.cli.ports import taken
from idp.cli.sandbox import cards, enterprises, home, offices, parts, people, table, town
from idp.cli.sandbox.children import Children, Stopped
from idp.cli.sandbox.places import BASE, FIRST_LENT, HIGHEST, LOWEST, Places
from idp.cli.sandbox.town import Town
from idp.web import logs

READY_SECONDS = 60.0
LOOK_SECONDS = 0.3
OTHER_PORTS = "IDP_SANDBOX_PORT_BASE=9000 before `make run` or `idp sandbox` moves all ports"


def _below_the_lent_ports(_context: click.Context, _option: click.Parameter, base: int) -> int:
    if base > HIGHEST:
        raise click.BadParameter(
            f"{base} is too high: from {FIRST_LENT} on the system lends ports to outgoing connections, "
            f"which would collide; choose {LOWEST} to {HIGHEST}."
        )
    if base < LOWEST:
        raise click.BadParameter(f"{base} is too low: choose {LOWEST} to {HIGHEST}.")
    return base


@click.command()
@click.option(
    "--port-base",
    envvar="IDP_SANDBOX_PORT_BASE",
    default=BASE,
    show_default=True,
    type=int,
    callback=_below_the_lent_ports,
    help=f"Moves every port, at most to {HIGHEST}; the variable IDP_SANDBOX_PORT_BASE does the same.",
)
@click.option("--json", "as_json", is_flag=True, help="Print sandbox.json instead of the table when ready.")
@click.pass_obj
def sandbox(operation: Operation, port_base: int, as_json: bool) -> None:
    """Start a provider, simulated registries, portals and offices on this machine, with people to try them.

    Everything is kept in the home folder (`var`) and is there again after a restart. Ctrl-C stops it.
    Exit codes: 0 stopped when asked, 1 a part ended by itself, 3 a port is taken or the folder not ours.

    \b
    Example:
      IDP_SANDBOX_PORT_BASE=9000 idp sandbox
    """
    began = time.monotonic()
    logs.configure(logging.WARNING)
    where, folder = Places(port_base), Path(os.environ.get("IDP_HOME", "var")).absolute()
    if "IDP_SETTINGS" in os.environ:
        raise unusable(["IDP_SETTINGS: the sandbox writes its own settings; choose its folder by IDP_HOME"])
    try:
        with _interruptible(), home.held(folder):
            faults = taken(where.ports)
            if faults:
                raise unusable([*faults, OTHER_PORTS])
            home.write_settings(folder, where)
            _run(operation, where, folder, began, as_json)
    except home.NotOurs as fault:
        raise unusable([str(fault)]) from fault
    except (Stopped, people.NotEnrolled, enterprises.NotFounded) as fault:
        raise click.ClickException(f"{fault}\nEverything else was stopped too.") from fault
    except _Asked:
        click.echo("Stopped.", err=True)


def _run(operation: Operation, where: Places, folder: Path, began: float, as_json: bool) -> None:
    with Children(folder / "log") as children:
        cards.authority_in(folder)
        children.start(parts.simulator(where, folder))
        children.start(parts.upstream(where, folder))
        if offices.is_open():
            children.start(offices.part(folder, where))
        operation.init()
        children.start(parts.provider(operation.settings, _idp))
        children.wait(READY_SECONDS, "simulator")
        settled = town.settle(operation.services, where, home.remembered(folder))
        operation.close()
        home.remember(folder, settled.document)
        for part in parts.portals(where, settled.document, folder):
            children.start(part)
        children.wait(READY_SECONDS)
        children.start(parts.worker(operation.settings, _idp))  # nobody waits for it
        _say(where, folder, settled, time.monotonic() - began, as_json)
        while True:
            time.sleep(LOOK_SECONDS)
            children.look()


def _idp(words: Sequence[str]) -> None:
    root = click.get_current_context().find_root().command
    root.main(list(words), prog_name="idp")


def _say(where: Places, folder: Path, settled: Town, seconds: float, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(settled.document, ensure_ascii=False))
    else:
        table.show(
            where,
            folder,
            settled.people,
            settled.free,
            staff=settled.staff,
            admins=settled.admins,
            told=settled.document,
        )
        click.echo(f"Ready in {seconds:.1f} s. Ctrl-C stops everything.")
    sys.stdout.flush()


class _Asked(BaseException):
    """Somebody asked the sandbox to stop."""


@contextmanager
def _interruptible() -> Iterator[None]:
    """Stop in order on Ctrl-C, SIGTERM and a closed terminal; the first one counts, impatience does not."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def stop(_number: int, _frame: FrameType | None) -> None:
        for number in numbers:
            signal.signal(number, signal.SIG_IGN)
        raise _Asked

    before = [signal.signal(number, stop) for number in numbers]
    try:
        yield
    finally:
        for number, earlier in zip(numbers, before, strict=True):
            signal.signal(number, earlier)
