"""Who came from an upstream in a sign-in: where that is kept, and who is reminded of it once they are in."""

from urllib.parse import urlsplit
from uuid import UUID

from federation import reminding
from federation.desk import Federation
from idp.services import current
from idp.web.request_scope import now

ARRIVED, FORMER = "upstream_arrival", "upstream_former"
"""Under these names an interaction keeps the handle of an `Arrival`, and of the one before, from another."""

ADDING = "/account/upstreams/add/"
"""Where a person's own page that leads on to an upstream begins; its name follows."""


def federation() -> Federation | None:
    """The upstreams of this instance, if it has any."""
    found: Federation | None = current().extras.get("federation")
    return found


def beyond(page: str) -> tuple[str, ...]:
    """The origins that one of a person's own pages leads on to at once, without showing anything."""
    desk, path = federation(), urlsplit(page).path
    name = path.removeprefix(ADDING)
    return desk.origins(name) if desk and name != path and name in desk.tables else ()


def remind(arrived: str | None, person_id: UUID) -> None:
    """Leave word for who has signed in that they came by an account elsewhere and have not linked it."""
    desk = federation()
    arrival = desk.arrivals.find(arrived) if desk and arrived else None
    if desk is not None and arrival is not None:
        reminding.remind(current(), desk, arrival, person_id, now())
