"""`idp settings`: what can be set, and what is set."""

import json
from typing import Any

import click

from idp.cli.context import Operation
from idp.cli.listing import as_json
from idp.settings import Settings

HIDDEN = "(hidden)"


@click.group()
def settings() -> None:
    """Show what can be set and what is set."""


@settings.command()
@as_json
def describe(as_json: bool) -> None:
    """Print every setting, its meaning and its default, as the reference page.

    \b
    Example:
      idp settings describe > docs/settings.md
    """
    described = [
        {
            "name": f"IDP_{name.upper()}",
            "default": _default(field.default),
            "meaning": " ".join((field.description or "").split()),
        }
        for name, field in Settings.model_fields.items()
    ]
    if as_json:
        click.echo(json.dumps(described, ensure_ascii=False))
        return
    click.echo("# Settings\n\n| name | default | meaning |\n| --- | --- | --- |")
    for row in described:
        click.echo(f"| `{row['name']}` | {row['default']} | {row['meaning']} |")


@settings.command("show")
@as_json
@click.pass_obj
def show_settings(operation: Operation, as_json: bool) -> None:
    """Print the settings in force; secrets are hidden.

    \b
    Example:
      idp settings show --json
    """
    values = {
        name: _shown(getattr(operation.settings, name), field.repr)
        for name, field in Settings.model_fields.items()
    }
    if as_json:
        click.echo(json.dumps(values, ensure_ascii=False))
        return
    for name, value in values.items():
        click.echo(f"{name:<30} {value}")


def _default(value: Any) -> str:
    return "" if value is None or value == "" else f"`{value}`"


def _shown(value: Any, open_: bool) -> Any:
    if not open_ and value:
        return HIDDEN
    if hasattr(value, "model_fields"):
        return {
            name: _shown(getattr(value, name), field.repr) for name, field in type(value).model_fields.items()
        }
    return value if isinstance(value, str | int | bool | list | tuple) or value is None else str(value)
