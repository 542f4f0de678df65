"""Where people register if nobody does here (`mode = "broker"`, 统分): upstreams that may bring new accounts.

Whatever would begin an account otherwise asks here: the wizard and the interface, a counter, a window's card
reader, a guardian for a child.
"""

from collections.abc import Sequence

from idp.services import current
from idp.sign_in import arrivals, upstreams
from idp.web import languages


def is_elsewhere() -> bool:
    """Whether people register at an upstream and nobody does here."""
    return current().settings.mode == "broker"


def named(ui_locales: Sequence[str] = ()) -> str:
    """What people know those upstreams by, as a page says it; empty where people register here."""
    desk = arrivals.federation()
    if desk is None or not is_elsewhere():
        return ""
    titles = [
        upstreams.title(desk, name, ui_locales)
        for name, table in desk.tables.items()
        if table.trust.may_create
    ]
    return ("、" if languages.of_request(ui_locales) == languages.CHINESE else ", ").join(titles)
