"""`idp clients`: register relying applications, see and stop them."""

import json
from pathlib import Path
from typing import Any

import click
from sqlalchemy.orm import Session

from idp import clock
from idp.cli.listing import Cell, Operating, Row, as_json, show, show_one
from idp.clients import metadata, onboarding
from idp.clients.fields import MetadataFault
from idp.clients.models import ClientClass, ClientRow, ClientStatus
from idp.departments import tree
from idp.departments.models import Department
from idp.oauth import successors
from idp.safe_xml import Untrusted
from idp.saml import registration

JSON_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def clients() -> None:
    """Register relying applications, see and stop them."""


@clients.command()
@click.option("--metadata", "file", type=JSON_FILE, help="JSON file with metadata as in RFC 7591.")
@click.option("--saml-metadata", "saml_file", type=JSON_FILE, help="A SAML system's metadata file (XML).")
@click.option("--name", "client_name", help="What people see.")
@click.option("--name-en", "client_name_en", help="The same in English.")
@click.option("--redirect-uri", "redirect_uris", multiple=True, help="May be given several times.")
@click.option("--post-logout-redirect-uri", "post_logout_redirect_uris", multiple=True)
@click.option("--auth-method", "token_endpoint_auth_method", type=click.Choice(metadata.AUTH_METHODS))
@click.option("--grant-type", "grant_types", multiple=True, type=click.Choice(metadata.GRANT_TYPES))
@click.option("--scope", help="Approved scopes, separated by spaces.")
@click.option("--jwks", type=JSON_FILE, help="JSON file with the client's public keys.")
@click.option(
    "--class",
    "client_class",
    type=click.Choice([kind.value for kind in ClientClass]),
    default=ClientClass.THIRD_PARTY.value,
    help="Decides subject and consent; without it, those of a stranger: third_party.",
)
@click.option("--department", metavar="CODE", help="The department that answers for the client.")
@as_json
@click.pass_obj
def create(
    operating: Operating,
    /,
    file: Path | None,
    saml_file: Path | None,
    jwks: Path | None,
    client_class: str,
    department: str | None,
    as_json: bool,
    **options: Any,
) -> None:
    """Register a client and print its id and, this once, its secret.

    Options are added to what --metadata says and win over it. Every fault is named; the exit code is then 1.

    \b
    Example:
      idp clients create --name 住房公积金 --redirect-uri https://fund.example.gov.cn/callback \\
        --scope "openid profile" --class government --department 330100 --json
      idp clients create --saml-metadata fund.xml --name 住房公积金 --scope profile --class government
    """
    details = _read(file) if file else {}
    if saml_file:
        details |= {"protocol": "saml", "saml": _saml(saml_file) | details.get("saml", {})}
    details |= {
        name.replace("_name_en", "_name#en"): list(value) if isinstance(value, tuple) else value
        for name, value in options.items()
        if value
    }
    if jwks:
        details["jwks"] = _read(jwks)
    try:
        with operating.database.writing() as db:
            owner = _department(db, department)
            row, secret = onboarding.create(
                db, details, ClientClass(client_class), clock.now(), department=owner
            )
            created = _created(row, secret)
    except MetadataFault as fault:
        raise click.ClickException("\n".join(["nothing was registered", *fault.faults])) from fault
    show_one(created, as_json)


@clients.command("list")
@as_json
@click.pass_obj
def list_clients(operating: Operating, as_json: bool) -> None:
    """List the clients.

    \b
    Example:
      idp clients list --json
    """
    with operating.database.reading() as db:
        rows: list[Row] = [
            {
                "client_id": row.id,
                "name": str(row.details.get("client_name", "")),
                "class": row.client_class,
                "status": row.status,
                "created_at": row.created_at,
            }
            for row in onboarding.listed(db)
        ]
    show(rows, as_json)


@clients.command("show")
@click.argument("client_id")
@as_json
@click.pass_obj
def show_client(operating: Operating, client_id: str, as_json: bool) -> None:
    """Show everything about a client except its secret, which nobody knows.

    \b
    Example:
      idp clients show 0f3a9c5b7d21e8640a1b2c3d --json
    """
    with operating.database.reading() as db:
        row = _found(db, client_id)
        shown: dict[str, Any] = {
            "client_id": row.id,
            "class": row.client_class,
            "status": row.status,
            "generation": row.generation,
            "created_at": row.created_at,
            "changed_at": row.changed_at,
        }
        shown |= {n: v if as_json else _flat(v) for n, v in row.details.items()}
    show_one(shown, as_json)


@clients.command()
@click.argument("client_id")
@as_json
@click.pass_obj
def suspend(operating: Operating, client_id: str, as_json: bool) -> None:
    """Stop serving a client; what it was given stops working.

    \b
    Example:
      idp clients suspend 0f3a9c5b7d21e8640a1b2c3d
    """
    with operating.database.writing() as db:
        onboarding.suspend(db, _found(db, client_id).id, clock.now())
    show_one({"client_id": client_id, "status": ClientStatus.SUSPENDED}, as_json)


@clients.command()
@click.argument("client_id")
@as_json
@click.pass_obj
def resume(operating: Operating, client_id: str, as_json: bool) -> None:
    """Serve a suspended client again.

    \b
    Example:
      idp clients resume 0f3a9c5b7d21e8640a1b2c3d
    """
    with operating.database.writing() as db:
        onboarding.resume(db, _found(db, client_id).id, clock.now())
    show_one({"client_id": client_id, "status": ClientStatus.ONLINE}, as_json)


@clients.command("renew-secret")
@click.argument("client_id")
@as_json
@click.pass_obj
def renew_secret(operating: Operating, client_id: str, as_json: bool) -> None:
    """Print a new secret; the old one stops working within a second.

    \b
    Example:
      idp clients renew-secret 0f3a9c5b7d21e8640a1b2c3d --json
    """
    try:
        with operating.database.writing() as db:
            secret = onboarding.renew_secret(db, _found(db, client_id).id, clock.now())
    except MetadataFault as fault:
        raise click.ClickException(str(fault)) from fault
    show_one({"client_id": client_id, "client_secret": secret}, as_json)


@clients.command("subject-changes")
@click.argument("client_id")
@as_json
@click.pass_obj
def subject_changes(operating: Operating, client_id: str, as_json: bool) -> None:
    """List which of a client's subjects were joined, parted or split, for a system that cannot ask itself.

    A system that speaks SAML or CAS, or a client without a secret, has no token of its own for
    /api/v1/subjects/changes: hand it this list, and nobody else.

    \b
    Example:
      idp clients subject-changes 0f3a9c5b7d21e8640a1b2c3d --json
    """
    with operating.database.reading() as db:
        _found(db, client_id)
        found = successors.changes(db, client_id, None, None, None)
        shown: list[Row] = [
            {"at": one.at, "sub": one.sub, "reason": one.reason, "other": one.other} for one in found
        ]
    show(shown, as_json)


def _created(row: ClientRow, secret: str | None) -> dict[str, Cell]:
    """What whoever registered a client goes on with, which differs by what the client speaks."""
    client = metadata.client_of(row)
    named: dict[str, Cell] = {"name": client.name, "client_id": client.id}
    return named | _by_protocol(client, secret) | {"scopes": sorted(client.scopes)}


def _by_protocol(client: metadata.Client, secret: str | None) -> dict[str, Cell]:
    if client.saml is not None:
        consumers = [one.location for one in client.saml.consumers]
        return {"entity_id": client.saml.entity_id, "assertion_consumer_services": consumers}
    if client.protocol == "cas":
        return {
            "services": [f"{one.url}{'*' if one.is_prefix else ''}" for one in client.services],
            "proxy_callbacks": list(client.proxy_callbacks),
        }
    if client.protocol == "proxy":
        return {"protects": list(client.protects), "paths": [one.path for one in client.paths]}
    return {
        "client_secret": secret,
        "token_endpoint_auth_method": client.auth_method,
        "grant_types": sorted(client.grant_types),
        "redirect_uris": list(client.redirect_uris),
        "post_logout_redirect_uris": list(client.post_logout_redirect_uris),
    }


def _read(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as failure:
        raise click.ClickException(f"{path}: not JSON ({failure})") from failure
    if not isinstance(value, dict):
        raise click.ClickException(f"{path}: must hold one JSON object")
    return value


def _saml(path: Path) -> dict[str, Any]:
    try:
        return registration.section(path.read_bytes())
    except (OSError, Untrusted) as failure:
        raise click.ClickException(f"{path}: not a service provider's metadata ({failure})") from failure


def _found(db: Session, client_id: str) -> ClientRow:
    try:
        return onboarding.find(db, client_id)
    except LookupError as failure:
        raise click.ClickException(str(failure)) from failure


def _department(db: Session, code: str | None) -> Department | None:
    department = tree.find(db, code) if code else None
    if code and department is None:
        raise click.ClickException(f"no department {code}: `idp departments list` shows them")
    return department


def _flat(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
