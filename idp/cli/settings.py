"""`idp settings`: what can be set, and what is set."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import click
from pydantic import BaseModel

from idp.cli.context import Operation
from idp.cli.listing import as_json
from idp.settings import Settings
from idp.settings_tables import (
    Certificates,
    Exchange,
    NetworkZone,
    OrganisationServices,
    SmsCloud,
    StaffDirectory,
)
from idp.settings_upstreams import Trust, UpstreamTable

HIDDEN = "(hidden)"
PASSWORD_IN_ADDRESS = re.compile(r"(?<=://)(?P<who>[^/?#@:]*:).*(?=@)|(?P<name>[?&]password=)[^&#]+")
"""Between the name and the last @, or named in the query; a port is no password."""
PREFACE = """# Settings

This page is printed by `idp settings describe`; do not edit it.

A setting is an environment variable, `IDP_` and its name in capitals, or a line of the settings file, its
name in small letters. The file is TOML: the one that `IDP_SETTINGS` names, or `settings.toml` in the home
folder. The environment wins. Lists and tables in the environment are JSON. An unknown name is a fault.
`idp settings show` prints what is in force, secrets hidden; `idp check` names everything that is wrong.

| name | default | meaning |
| --- | --- | --- |"""
TABLE = """
The table `{}`:

| name | default | meaning |
| --- | --- | --- |"""


TABLES: Mapping[str, type[BaseModel]] = {
    "zones.<name>": NetworkZone,
    "exchange": Exchange,
    "organisation_services": OrganisationServices,
    "directory": StaffDirectory,
    "certificates": Certificates,
    "sms_account": SmsCloud,
    "upstreams.<name>": UpstreamTable,
    "upstreams.<name>.trust": Trust,
}


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
    described = _described(Settings)
    if as_json:
        rows = [{**row, "name": f"IDP_{row['name'].upper()}"} for row in described]
        click.echo(json.dumps(rows, ensure_ascii=False))
        return
    click.echo(PREFACE)
    for row in described:
        click.echo(f"| `{row['name']}` | {_code(row['default'])} | {row['meaning']} |")
    for table, model in TABLES.items():
        click.echo(TABLE.format(table))
        for row in _described(model):
            click.echo(f"| `{row['name']}` | {_code(row['default'])} | {row['meaning']} |")


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
    for name, value in _lines(values):
        click.echo(f"{name:<30} {value}")


def _lines(values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What people read: a line a setting, those of a table by their dotted names."""
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from ((f"{name}.{inner}", text) for inner, text in _lines(value))
        elif isinstance(value, list | tuple):
            yield name, ", ".join(map(str, value))
        else:
            yield name, "" if value is None else str(value)


def _described(model: type[BaseModel]) -> list[dict[str, str]]:
    return [
        {
            "name": name,
            "default": "" if field.is_required() else _default(field.default),
            "meaning": " ".join((field.description or "").split()),
        }
        for name, field in model.model_fields.items()
    ]


def _default(value: Any) -> str:
    if isinstance(value, BaseModel):
        return ""
    return (
        "" if value is None or value == "" else str(value).lower() if value in (True, False) else str(value)
    )


def _code(value: str) -> str:
    return f"`{value}`" if value else ""


def _shown(value: Any, open_: bool) -> Any:
    if not open_ and value:
        return HIDDEN
    if isinstance(value, BaseModel):
        return {
            name: _shown(getattr(value, name), field.repr) for name, field in type(value).model_fields.items()
        }
    if isinstance(value, Mapping):
        return {name: _shown(inner, open_) for name, inner in value.items()}
    if isinstance(value, str):
        return PASSWORD_IN_ADDRESS.sub(lambda found: f"{found['who'] or found['name']}{HIDDEN}", value)
    return value if isinstance(value, int | bool | list | tuple) or value is None else str(value)
