"""`idp departments`: the tree of government units."""

import click

from idp import clock
from idp.cli.listing import Operating, as_json, show, show_one
from idp.departments import tree


@click.group()
def departments() -> None:
    """Load and list government units."""


@departments.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
@as_json
@click.pass_obj
def load(operating: Operating, file: str, as_json: bool) -> None:
    """Add departments from a CSV file with the columns code,name,name_en,level,parent.

    Levels are province, city, county, town, village; parent is a code, empty for a province. Known codes take
    the file's names. Nothing changes if any row is wrong; every wrong row is named, and the exit code is 1.

    \b
    Example:
      idp departments load departments.csv
    """
    try:
        with (
            click.open_file(file, encoding="utf-8-sig") as rows,
            operating.database.writing() as db,
        ):
            loaded = tree.load(db, rows, clock.now())
    except tree.DepartmentFault as fault:
        raise click.ClickException("\n".join(["nothing was loaded", *fault.faults])) from fault
    except UnicodeDecodeError as fault:
        raise click.ClickException("nothing was loaded: the file is not UTF-8") from fault
    counts = {"added": loaded.added, "changed": loaded.changed, "unchanged": loaded.unchanged}
    show_one(counts, as_json)


@departments.command("list")
@click.option("--below", metavar="CODE", help="Only this department and what lies below it.")
@as_json
@click.pass_obj
def list_departments(operating: Operating, below: str | None, as_json: bool) -> None:
    """List departments, parents before children.

    \b
    Example:
      idp departments list --below 330100
    """
    with operating.database.reading() as db:
        top = tree.find(db, below) if below else None
        if below and top is None:
            raise click.ClickException(f"no department {below}")
        rows = [
            {
                "code": row.code,
                "level": row.level,
                "name": row.name,
                "name_en": row.name_en,
                "path": row.path,
            }
            for row in (tree.subtree(db, top) if top else tree.listed(db))
        ]
    show(rows, as_json)
