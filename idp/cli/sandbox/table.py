"""What the sandbox prints: one table of what is where, who can sign in and who may still register."""

from collections.abc import Sequence
from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from connectors.simulator.personas import Persona
from idp.cli.sandbox.people import Told
from idp.cli.sandbox.places import Places

SHOWN_FREE = 5
NARROWEST = 110


def show(places: Places, home: Path, people: Sequence[Told], free: Sequence[Persona]) -> None:
    """Print it."""
    table = Table(box=SIMPLE_HEAD, title="Yitong sandbox: everybody here is made up", title_justify="left")
    for heading in ("what", "where, or who", "with", "which is"):
        table.add_column(heading, overflow="fold")
    for what, where, which in _rows_of_places(places, home):
        table.add_row(what, where, "", which)
    table.add_section()
    for place, one in enumerate(people):
        heading = "" if place else "can sign in"
        table.add_row(heading, f"{one.login}  {one.persona.name}", one.password, _about(one))
    table.add_section()
    for place, may in enumerate(free[:SHOWN_FREE]):
        heading = "" if place else "may still register"
        table.add_row(heading, f"{may.number}  {may.name}", may.phone, may.case)
    if len(free) > SHOWN_FREE:
        table.add_row("", f"and {len(free) - SHOWN_FREE} more in sandbox.json", "", "")
    _console().print(table)


def _console() -> Console:
    """A console that does not squeeze the table when its output is kept in a file."""
    usual = Console()
    return usual if usual.is_terminal else Console(width=max(usual.width, NARROWEST))


def _rows_of_places(places: Places, home: Path) -> list[tuple[str, str, str]]:
    return [
        ("the provider", places.provider, "sign in, register, your account"),
        ("the city portal", places.city_portal, "市民门户"),
        ("the housing fund", places.housing_fund, "住房公积金, asks for level 3"),
        ("text messages", places.simulator, "codes arrive here"),
        ("faults", places.registry_control, "POST {fault, match, times}"),
        ("metrics", places.metrics, "for Prometheus"),
        ("this, for programs", str(home / "sandbox.json"), "and every client's secret"),
        ("logs", str(home / "log"), "one file a part"),
    ]


def _about(one: Told) -> str:
    return f"{one.case} · level {one.ial}"
