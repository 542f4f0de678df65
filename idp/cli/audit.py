"""`idp audit`: verify the chain and read the trail."""

import json
from uuid import UUID

import click
from sqlalchemy import select

from idp.audit import chain
from idp.audit.models import AuditEvent
from idp.cli.context import Operation
from idp.cli.listing import Row, as_json, show, show_one


@click.group()
def audit() -> None:
    """Verify the chain of the audit trail and read it."""


@audit.command()
@click.option("--since", default=0, help="Sequence number to begin after.")
@as_json
@click.pass_obj
def verify(operation: Operation, since: int, as_json: bool) -> None:
    """Recompute every digest; exit 1 at the first event that does not fit.

    \b
    Example:
      idp audit verify --json
    """
    key = operation.services.vault.service_key("audit")
    with operation.database.reading() as db:
        report = chain.verify(db, key, since)
    show_one(
        {
            "ok": report.fault is None,
            "verified": report.verified,
            "unsealed": report.unsealed,
            "first_fault": report.first_fault,
            "fault": report.fault,
            "last_digest": report.last_digest,
        },
        as_json,
    )
    if report.fault:
        raise SystemExit(1)


@audit.command("list")
@click.option("--topic", help="Only this topic, for example session.begun.")
@click.option("--person", help="Only events of this person's id.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 10_000))
@as_json
@click.pass_obj
def list_events(
    operation: Operation, topic: str | None, person: str | None, limit: int, as_json: bool
) -> None:
    """Show the newest events.

    \b
    Example:
      idp audit list --topic sign_in.refused --limit 20 --json
    """
    query = select(AuditEvent).order_by(AuditEvent.id.desc()).limit(limit)
    if topic:
        query = query.where(AuditEvent.topic == topic)
    if person:
        query = query.where(AuditEvent.person_id == _identifier(person))
    with operation.database.reading() as db:
        rows: list[Row] = [_row(event) for event in db.scalars(query)]
    show(rows, as_json)


def _row(event: AuditEvent) -> Row:
    return {
        "at": event.at,
        "topic": event.topic,
        "person": event.person_id.hex if event.person_id else None,
        "client": event.client_id,
        "actor": event.actor,
        "source": event.source,
        "request": event.request_id,
        "details": json.dumps(event.details, ensure_ascii=False),
        "sequence": event.sequence,
    }


def _identifier(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as fault:
        raise click.BadParameter("a person's id is 32 hexadecimal digits") from fault
