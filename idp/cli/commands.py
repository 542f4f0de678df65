"""Every command of `idp`, in the order its help names them."""

from click import Command

from idp.cli import operate
from idp.cli.admins import admins
from idp.cli.audit import audit
from idp.cli.clients import clients
from idp.cli.departments import departments
from idp.cli.keys import keys
from idp.cli.matters import matters
from idp.cli.moved import MOVING
from idp.cli.numbers import numbers
from idp.cli.organisations import organisations
from idp.cli.passwords import import_passwords
from idp.cli.persons import persons
from idp.cli.sandbox.command import sandbox
from idp.cli.settings import settings as settings_commands
from idp.cli.staff import staff
from idp.cli.upstreams import upstreams
from idp.cli.window import window as window_commands

persons.add_command(import_passwords)

COMMANDS: tuple[Command, ...] = (
    operate.init,
    operate.migrate_command,
    operate.check,
    operate.serve,
    operate.worker,
    sandbox,
    admins,
    audit,
    clients,
    departments,
    upstreams,
    keys,
    matters,
    numbers,
    organisations,
    persons,
    settings_commands,
    staff,
    window_commands,
    *MOVING,
)
