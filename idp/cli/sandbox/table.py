"""What the sandbox prints: what is where, who can sign in and who may still register.

Addresses, paths, logins, passwords and secrets are never broken and nothing is cut: other words fold, Chinese
ones anywhere, and at last the line is longer.
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.cells import cell_len
from rich.console import Console
from rich.table import Column, Table

from connectors.simulator.personas import Persona
from idp.cli.sandbox.admins import Official
from idp.cli.sandbox.offices import Clerk
from idp.cli.sandbox.people import Told
from idp.cli.sandbox.places import Places

SHOWN_FREE = 5
NARROWEST = 110
UNBROKEN = re.compile(r"[!-~]+")
"""What one must type, and words of other letters than Chinese."""


def show(
    places: Places,
    home: Path,
    people: Sequence[Told],
    free: Sequence[Persona],
    console: Console | None = None,
    staff: Sequence[Clerk] = (),
    admins: Sequence[Official] = (),
    told: Mapping[str, Any] | None = None,
) -> None:
    """Print it; organisations are shown as `told`, which is `sandbox.json`, has them."""
    console = console or _console()
    usual = console.width
    tables = (
        _of_places(places, home),
        _of_people(people, free),
        _of_organisations(told or {}, people),
        _of_staff(staff),
        _of_admins(admins),
    )
    for table in tables:
        console.width = max(usual, _hold_together(table, usual))
        console.print(table)


def _hold_together(table: Table, width: int) -> int:
    """Let words fold but never break; returns the narrowest line on which the table then fits."""
    least = [_longest(column) for column in table.columns]
    for column, one in zip(table.columns, least, strict=True):
        column.min_width, column.overflow = one, "fold"
    around = 3 * len(least) + 1
    first = _whole(table.columns[0])
    if first + sum(least[1:-1]) + max(least[-1], first) + around > width:
        table.columns[0].max_width = least[0]
    return sum(least) + around


def _longest(column: Column) -> int:
    """What of a column stays on one line, in terminal cells."""
    if column.no_wrap:
        return _whole(column)
    return max((len(word) for text in _texts(column) for word in UNBROKEN.findall(text)), default=1)


def _whole(column: Column) -> int:
    return max(map(cell_len, _texts(column)))


def _texts(column: Column) -> list[str]:
    return [str(column.header), *map(str, column.cells)]


def _of_places(places: Places, home: Path) -> Table:
    table = Table(box=SIMPLE_HEAD, title="Yitong sandbox: everybody here is made up", title_justify="left")
    table.add_column("what")
    table.add_column("where", no_wrap=True)
    table.add_column("which is")
    for row in _rows_of_places(places, home):
        table.add_row(*row)
    return table


def _of_people(people: Sequence[Told], free: Sequence[Persona]) -> Table:
    table = Table(box=SIMPLE_HEAD)
    table.add_column("who")
    table.add_column("", no_wrap=True)
    table.add_column("with", no_wrap=True)
    table.add_column("which is")
    for place, one in enumerate(people):
        heading = "" if place else "can sign in"
        secret = one.password or "(changed)"
        table.add_row(heading, f"{one.login}  {one.persona.name}", secret, _about(one))
    table.add_section()
    for place, may in enumerate(free[:SHOWN_FREE]):
        heading = "" if place else "may still register"
        table.add_row(heading, f"{may.number}  {may.name}", may.phone, may.case)
    if len(free) > SHOWN_FREE:
        table.add_row("", f"and {len(free) - SHOWN_FREE} more in sandbox.json", "", "")
    return table


def _of_organisations(told: Mapping[str, Any], people: Sequence[Told]) -> Table:
    logins = {one.persona.key: one.login for one in people}
    table = Table(box=SIMPLE_HEAD)
    table.add_column("for whom")
    table.add_column("", no_wrap=True)
    table.add_column("represented by", no_wrap=True)
    table.add_column("which is")
    for place, one in enumerate(told.get("organisations", [])):
        heading = "" if place else "people act"
        who = logins.get(one["legal_representative"]["persona"], "")
        table.add_row(heading, one["uscc"], who, f"{one['name']} · {one['case']}")
    table.add_section()
    free = told.get("unregistered_organisations", [])
    for place, one in enumerate(free[:SHOWN_FREE]):
        heading = "" if place else "may still register"
        table.add_row(
            heading, one["uscc"], logins.get(one["legal_representative"]["persona"], ""), one["name"]
        )
    if len(free) > SHOWN_FREE:
        table.add_row("", f"and {len(free) - SHOWN_FREE} more", "", "in sandbox.json")
    return table


def _of_staff(staff: Sequence[Clerk]) -> Table:
    table = Table(box=SIMPLE_HEAD)
    table.add_column("civil servants, at /staff")
    table.add_column("with", no_wrap=True)
    table.add_column("which is")
    for one in staff:
        app = f"code of {one.totp_secret}" if one.totp_secret else "takes an app at the first sign-in"
        table.add_row(one.login, one.password or "(changed)", f"{one.name} · {app}")
    if not staff:
        table.add_row("none: slapd is not installed", "", "apt-get install slapd")
    return table


def _of_admins(admins: Sequence[Official]) -> Table:
    table = Table(box=SIMPLE_HEAD)
    table.add_column("administrators, at /admin")
    table.add_column("with", no_wrap=True)
    table.add_column("which is")
    for one in admins:
        what = f"{one.name} · {one.role} {one.department or 'everything'}"
        app = f"code of {one.totp_secret or '(changed)'}"
        table.add_row(one.login, one.password or "(changed)", f"{what} · {app}")
    return table


def _console() -> Console:
    """A console that does not squeeze the tables when its output is kept in a file."""
    usual = Console()
    return usual if usual.is_terminal else Console(width=max(usual.width, NARROWEST))


def _rows_of_places(places: Places, home: Path) -> list[tuple[str, str, str]]:
    return [
        ("the provider", places.provider, "sign in, register, your account"),
        ("the console", f"{places.provider}/admin", "管理后台, for administrators"),
        ("the province", places.province, "省政务服务网, another way to sign in"),
        ("the city portal", places.city_portal, "市民门户"),
        ("the housing fund", places.housing_fund, "住房公积金, asks for level 3"),
        ("an office for staff", places.approvals, "审批系统, deciding takes aal3"),
        ("another office", places.archive, "档案系统"),
        ("an old CAS system", places.pension, "养老保险"),
        ("one behind a proxy", places.property_records, "不动产查询, certificates take aal2"),
        ("a system by SAML", places.estate, "不动产登记"),
        ("text messages", places.simulator, "codes arrive here"),
        ("faults", places.registry_control, "POST {fault, match, times}"),
        ("metrics", places.metrics, "for Prometheus"),
        ("this, for programs", str(home / "sandbox.json"), "and every client's secret"),
        ("logs", str(home / "log"), "one file a part"),
    ]


def _about(one: Told) -> str:
    return f"{one.case} · level {one.ial}"
