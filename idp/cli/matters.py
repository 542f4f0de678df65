"""`idp matters`: the catalogue of service matters."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace

import click
from sqlalchemy.orm import Session

from idp import clock
from idp.assurance import Level
from idp.cli.listing import Operating, Row, as_json, show, show_one
from idp.departments.models import Department
from idp.matters import catalogue, stock
from idp.matters.entries import MatterFault
from idp.matters.models import Matter

CSV_FILE = click.Path(exists=True, dir_okay=False)


@click.group()
def matters() -> None:
    """Load, find and change service matters; no change ever widens what somebody was granted.

    Exit codes: 0 done, 1 refused (the message names each reason), 2 wrong usage, 3 unusable configuration.
    """


@matters.command()
@click.argument("file", type=CSV_FILE)
@click.option(
    "--groups", "group_file", type=CSV_FILE, help="Groups to load first: code,name,name_en,position."
)
@click.option("--complete", is_flag=True, help="Withdraw the matters that the file leaves out.")
@as_json
@click.pass_obj
def load(operating: Operating, file: str, group_file: str | None, complete: bool, as_json: bool) -> None:
    """Add matters from a CSV file, and let known codes take what it says.

    Columns: code, name, name_en, group, department, actions, minimum_acr, high_risk, winds_up, split_from.
    Actions are apply query pay sign receive, with spaces; minimum_acr is ial3.aal1 where empty; high_risk and
    winds_up (open to an organisation that lost its licence) are yes or no; a new row with split_from makes
    that matter a whole that was split. No code comes back that ended.
    Nothing changes if any row is wrong; every wrong row is named, and the exit code is 1.

    \b
    Example:
      idp matters load matters.csv --groups matter_groups.csv --json
    """
    try:
        with (
            click.open_file(file, encoding="utf-8-sig") as rows,
            click.open_file(group_file, encoding="utf-8-sig")
            if group_file
            else nullcontext(()) as group_rows,
            operating.database.writing() as db,
        ):
            groups = catalogue.load_groups(db, group_rows, clock.now()) if group_file else None
            loaded = catalogue.load(db, rows, clock.now(), complete)
    except MatterFault as fault:
        raise click.ClickException("\n".join(["nothing was loaded", *fault.faults])) from fault
    except UnicodeDecodeError as fault:
        raise click.ClickException("nothing was loaded: the file is not UTF-8") from fault
    counts = {"groups_added": groups.added, "groups_changed": groups.changed} if groups else {}
    show_one(counts | vars(loaded), as_json)


@matters.command("list")
@click.option("--group", metavar="CODE", help="Only this group.")
@click.option(
    "--find", "text", metavar="TEXT", help="Only codes that begin so, or names that hold it; at most 50."
)
@click.option("--all", "every", is_flag=True, help="Those that ended, too.")
@as_json
@click.pass_obj
def list_matters(
    operating: Operating, group: str | None, text: str | None, every: bool, as_json: bool
) -> None:
    """List matters in the order of their groups and codes.

    \b
    Example:
      idp matters list --group gjj
    """
    if text is not None and (group or every):
        raise click.UsageError("--find looks through all live matters; leave out --group and --all")
    with operating.database.reading() as db:
        if group and group not in {one.code for one in catalogue.groups(db)}:
            raise click.ClickException(f"no group {group}")
        found = catalogue.search(db, text) if text is not None else catalogue.listed(db, group, not every)
    show([_row(matter) for matter in found], as_json)


@matters.command()
@as_json
@click.pass_obj
def groups(operating: Operating, as_json: bool) -> None:
    """List the groups, in the order people see.

    \b
    Example:
      idp matters groups
    """
    with operating.database.reading() as db:
        rows = [
            {"code": one.code, "name": one.name, "name_en": one.name_en, "position": one.position}
            for one in catalogue.groups(db)
        ]
    show(rows, as_json)


@matters.command("show")
@click.argument("code")
@as_json
@click.pass_obj
def show_matter(operating: Operating, code: str, as_json: bool) -> None:
    """Show everything about a matter, also one that ended, and the wholes it was split from.

    \b
    Example:
      idp matters show 210100-gjj-001 --json
    """
    with operating.database.reading() as db:
        matter = catalogue.find(db, code)
        if matter is None:
            raise click.ClickException(f"no matter {code}")
        show_one(_everything(db, matter), as_json)


@matters.command()
@click.argument("code")
@as_json
@click.pass_obj
def withdraw(operating: Operating, code: str, as_json: bool) -> None:
    """Offer a matter no longer. Its code never comes back.

    \b
    Example:
      idp matters withdraw 210100-gjj-001
    """
    with _changing(operating) as db:
        show_one(_everything(db, catalogue.withdraw(db, code, clock.now())), as_json)


@matters.command()
@click.argument("code")
@click.option(
    "--part",
    "parts",
    nargs=3,
    multiple=True,
    required=True,
    metavar="CODE NAME ENGLISH",
    help='May be given several times; "" for no English name.',
)
@as_json
@click.pass_obj
def split(operating: Operating, code: str, parts: tuple[tuple[str, str, str], ...], as_json: bool) -> None:
    """Put parts in the place of a matter: whoever was granted the whole may do each.

    The parts are like the whole but for code and name; load a file afterwards to change more.

    \b
    Example:
      idp matters split 210100-gjj-004 --part 210100-gjj-041 购房 "Buying" --part 210100-gjj-042 租房 ""
    """
    with _changing(operating) as db:
        whole = stock.live(db, code)
        made = catalogue.split(db, code, [stock.like(db, whole, *part) for part in parts], clock.now())
        show([_row(part) for part in made], as_json)


@matters.command()
@click.argument("codes", nargs=-1, required=True)
@click.option("--into", nargs=3, required=True, metavar="CODE NAME ENGLISH", help='"" for no English name.')
@click.option("--group", metavar="CODE", help="Needed where the merged stand in different groups.")
@as_json
@click.pass_obj
def merge(
    operating: Operating, codes: tuple[str, ...], into: tuple[str, str, str], group: str | None, as_json: bool
) -> None:
    """Put a new matter in the place of several: it has to be granted anew.

    It offers what any of them did, asks what the strictest did, and belongs to the first one's department.

    \b
    Example:
      idp matters merge 210100-gjj-001 210100-gjj-002 --into 210100-gjj-050 单位缴存业务 ""
    """
    with _changing(operating) as db:
        merged = [stock.live(db, code) for code in codes]
        if group is None and len({matter.group_code for matter in merged}) > 1:
            raise click.UsageError("these stand in different groups; say --group")
        new = stock.together([stock.like(db, matter, *into) for matter in merged])
        made = catalogue.merge(db, codes, replace(new, group=group or new.group), clock.now())
        show_one(_everything(db, made), as_json)


@matters.command()
@click.argument("code")
@click.argument("group")
@as_json
@click.pass_obj
def regroup(operating: Operating, code: str, group: str, as_json: bool) -> None:
    """Move a matter to another group: whoever was granted that group before may not do it for that.

    \b
    Example:
      idp matters regroup 210100-gjj-001 sb
    """
    with _changing(operating) as db:
        show_one(_everything(db, catalogue.regroup(db, code, group, clock.now())), as_json)


@contextmanager
def _changing(operating: Operating) -> Iterator[Session]:
    """One change of the catalogue; what is refused ends the command with every reason."""
    try:
        with operating.database.writing() as db:
            yield db
    except MatterFault as fault:
        raise click.ClickException("\n".join(fault.faults)) from fault


def _row(matter: Matter) -> Row:
    return {
        "code": matter.code,
        "group": matter.group_code,
        "name": matter.name,
        "name_en": matter.name_en,
        "actions": sorted(matter.actions),
        "minimum_acr": Level(matter.minimum_ial, matter.minimum_aal).acr,
        "high_risk": matter.high_risk,
        "withdrawn": matter.withdrawn_because,
    }


def _everything(db: Session, matter: Matter) -> Row:
    department = db.get(Department, matter.department_id) if matter.department_id else None
    return {
        **_row(matter),
        "winds_up": matter.winds_up,
        "department": department.code if department else None,
        "split_from": catalogue.lineage(db, matter.code)[1:],
        "listed_since": matter.listed_since,
        "grouped_since": matter.grouped_since,
        "withdrawn_at": matter.withdrawn_at,
        "version": matter.version,
        "changed_at": matter.changed_at,
    }
