"""What the sandbox prints: what is where, who can sign in and who may still register.

Addresses, paths, logins and passwords are never broken: other words fold, and at last the line is longer.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.measure import Measurement
from rich.table import Table

from connectors.simulator.personas import Persona
from idp.cli.sandbox.admins import Official
from idp.cli.sandbox.offices import Clerk
from idp.cli.sandbox.people import Told
from idp.cli.sandbox.places import Places

SHOWN_FREE = 5
NARROWEST = 110
WIDEST = 1_000


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
        narrowest = Measurement.get(console, console.options.update_width(WIDEST), table).minimum
        console.width = max(usual, narrowest)
        console.print(table)


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
    table.add_column("civil servants")
    table.add_column("", no_wrap=True)
    table.add_column("with", no_wrap=True)
    table.add_column("which is")
    for place, one in enumerate(staff):
        app = f"code of {one.totp_secret}" if one.totp_secret else "takes an app at the first sign-in"
        heading = "" if place else "sign in at /staff"
        table.add_row(heading, f"{one.login}  {one.name}", one.password or "(changed)", app)
    if not staff:
        table.add_row("none", "slapd is not installed", "", "apt-get install slapd")
    return table


def _of_admins(admins: Sequence[Official]) -> Table:
    table = Table(box=SIMPLE_HEAD)
    table.add_column("administrators")
    table.add_column("", no_wrap=True)
    table.add_column("with", no_wrap=True)
    table.add_column("which is")
    for place, one in enumerate(admins):
        heading = "" if place else "sign in at /admin"
        about = f"{one.role} {one.department or 'everything'} · code of {one.totp_secret or '(changed)'}"
        table.add_row(heading, f"{one.login}  {one.name}", one.password or "(changed)", about)
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
