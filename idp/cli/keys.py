"""`idp keys`: see the signing keys, rotate them, try them."""

import click

from idp import clock
from idp.cli.listing import Operating, Row, as_json, show, show_one
from idp.crypto import jose
from idp.keys import rotation
from idp.keys.models import Key
from idp.storage.database import Refusal


@click.group()
def keys() -> None:
    """See the signing keys, rotate them, try them."""


@keys.command("list")
@as_json
@click.pass_obj
def list_keys(operating: Operating, as_json: bool) -> None:
    """List the signing keys and where each is in its life.

    \b
    Example:
      idp keys list --json
    """
    with operating.database.reading() as db:
        show([_row(key) for key in rotation.signing_keys(db)], as_json)


@keys.command()
@click.option("--alg", type=click.Choice(jose.OURS), help="Only this algorithm; otherwise all of them.")
@click.option("--force", is_flag=True, help="Do not wait until caches know the next key.")
@as_json
@click.pass_obj
@click.pass_context
def rotate(context: click.Context, operating: Operating, alg: str | None, force: bool, as_json: bool) -> None:
    """Let the next key sign, and retire the one that did; what it signed stays good.

    The next key must have been published for ten minutes and must verify under joserfc and python-jose.
    Exit code 1: at least one algorithm was not rotated, and standard error says why.

    \b
    Example:
      idp keys rotate --alg ES256
    """
    rotated: list[Row] = []
    refused = False
    for name in [alg] if alg else jose.OURS:
        try:
            with operating.database.writing() as db:
                rotated.append(_row(rotation.rotate(db, operating.custody, clock.now(), name, force)))
        except Refusal as refusal:
            refused = True
            click.echo(f"{name}: {refusal}", err=True)
    show(rotated, as_json)
    context.exit(1 if refused else 0)


@keys.command()
@as_json
@click.pass_obj
@click.pass_context
def probe(context: click.Context, operating: Operating, as_json: bool) -> None:
    """Try every published key: sign a probe, verify it with joserfc and with python-jose.

    Exit code 1: some key was rejected.

    \b
    Example:
      idp keys probe
    """
    with operating.database.reading() as db:
        rejections = {key: rotation.rejected_by(key, operating.custody) for key in rotation.signing_keys(db)}
    rows: list[Row] = [
        {"kid": key.kid, "state": key.state, "accepted": not by, "rejected_by": by}
        for key, by in rejections.items()
    ]
    show(rows, as_json)
    context.exit(1 if any(rejections.values()) else 0)


@keys.command()
@click.argument("kid")
@as_json
@click.pass_obj
def withdraw(operating: Operating, kid: str, as_json: bool) -> None:
    """Take a key out of publication at once: nothing it signed is believed any more.

    For a key that leaked or was rejected. An active key must be rotated (with --force) first.

    \b
    Example:
      idp keys withdraw es256-1-mK3x9QaB
    """
    try:
        with operating.database.writing() as db:
            rotation.withdraw(db, kid)
    except (rotation.StillSigning, LookupError) as refusal:
        raise click.ClickException(str(refusal)) from refusal
    show_one({"kid": kid, "withdrawn": True}, as_json)


def _row(key: Key) -> Row:
    return {
        "kid": key.kid,
        "alg": key.algorithm,
        "state": key.state,
        "published_at": key.created_at,
        "active_since": key.activated_at,
        "retired_at": key.retired_at,
    }
