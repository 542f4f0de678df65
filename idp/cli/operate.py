"""`idp init`, `migrate`, `check`, `serve`, `worker`: bring an instance up and keep it running."""

import json
import signal
import threading

import click

from idp.audit import scope
from idp.cli import faults, migrate
from idp.cli.context import UNUSABLE, Operation, unusable
from idp.cli.listing import as_json, show_one
from idp.cli.ports import taken
from idp.outbox.jobs import Schedule
from idp.settings import Settings
from idp.storage.database import Database
from idp.web import metrics
from idp.web.backlog import Backlog

IDLE_SECONDS = 0.5


@click.command()
@as_json
@click.pass_obj
def init(operation: Operation, as_json: bool) -> None:
    """Make a working provider in the home folder: master key, database, signing keys. Safe to repeat.

    \b
    Example:
      IDP_HOME=/var/lib/yitong IDP_ISSUER=https://id.example.gov.cn idp init
    """
    settings = operation.settings
    operation.init()
    show_one(
        {
            "issuer": settings.issuer,
            "home": str(settings.home),
            "master_key": str(settings.master_key),
            "database": "sqlite" if settings.uses_sqlite else "postgresql",
            "next": "keep a copy of the master key away from the backups; then run `idp serve`",
        },
        as_json,
    )


@click.command("migrate")
@click.option("--check", "only_check", is_flag=True, help="Say whether a migration is missing; exit 1 if so.")
@as_json
@click.pass_obj
def migrate_command(operation: Operation, only_check: bool, as_json: bool) -> None:
    """Bring the database to the schema this version needs.

    \b
    Example:
      idp migrate --check --json
    """
    database, metadata = operation.database, operation.product.metadata
    if not only_check:
        migrate.upgrade(database, metadata)
    at, needed = migrate.revisions(database, metadata)
    show_one({"at": at, "needed": needed, "current": at == needed}, as_json)
    if at != needed:
        raise SystemExit(1)


@click.command()
@as_json
@click.pass_obj
def check(operation: Operation, as_json: bool) -> None:
    """Name every fault of the configuration at once; exit 0 when there is none.

    A warning names what is hardly meant and no fault: a loopback issuer at whose port nothing listens.

    \b
    Example:
      idp check --json
    """
    found = faults.find(operation.product)
    warned = [] if found else faults.warnings(operation.settings)
    if as_json:
        click.echo(json.dumps({"ok": not found, "faults": found, "warnings": warned}, ensure_ascii=False))
    else:
        for warning in warned:
            click.echo(f"warning: {warning}", err=True)
        click.echo("\n".join(found) if found else "no faults")
    if found:
        raise SystemExit(UNUSABLE)


@click.command()
@as_json
@click.pass_obj
def serve(operation: Operation, as_json: bool) -> None:
    """Serve the pages and endpoints, and metrics on their own loopback port if one is set.

    Runs until SIGTERM or Ctrl-C. With --json the first line says what is served, where, and by how
    many processes. Exit code 3: the configuration cannot be used, or a port is taken.

    \b
    Example:
      IDP_LISTEN_PORT=8000 IDP_METRICS_PORT=9101 idp serve
    """
    settings = operation.settings
    found = [*taken(_ports(settings), settings.listen_host), *faults.find(operation.product)]
    if found:
        raise unusable(found)
    folder = settings.home / "metrics"
    if settings.metrics_port:
        metrics.listen(folder, settings.metrics_port, Backlog(Database(settings.database_url)))
    if as_json:
        address = f"{settings.listen_host}:{settings.listen_port}"
        show_one({"issuer": settings.issuer, "address": address, "workers": settings.workers}, as_json)
    from idp.cli import server  # the web server itself, which no other command loads

    server.serve(settings)


@click.command()
@click.option("--once", is_flag=True, help="Do what is due and stop.")
@as_json
@click.pass_obj
def worker(operation: Operation, once: bool, as_json: bool) -> None:
    """Deliver what is due, seal the audit trail, purge what the law lets go.

    Runs until SIGTERM or Ctrl-C, which let the message in hand be finished. Several may run at once, on
    several machines. With --json the last line says how much was done; with --once the exit code is 1 if a
    job failed.

    \b
    Example:
      idp worker --once --json
    """
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stopping.set())
    if not once:
        operation.compose_patiently(stopping)
        if stopping.is_set():
            return
    schedule = Schedule(operation.product.jobs(operation.services, stopping.is_set))
    with scope.within(scope.Scope(request_id="worker", actor="worker")):
        while not stopping.is_set():
            done = schedule.round(stopping.is_set)
            if once and not done:
                break
            if not done:
                stopping.wait(IDLE_SECONDS)
    operation.close()
    if as_json:
        click.echo(json.dumps({"done": schedule.done, "failed": schedule.failed}))
    if once and any(schedule.failed.values()):
        raise SystemExit(1)


def _ports(settings: Settings) -> dict[str, int]:
    ports = {"the provider": settings.listen_port}
    return ports | ({"its metrics": settings.metrics_port} if settings.metrics_port else {})
