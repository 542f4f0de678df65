"""The start page: how well the person is known, and the services they may enter."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Blueprint, redirect
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from idp.account import own, upstreams, window
from idp.account.enterprises import listing
from idp.account.verify import REACHABLE
from idp.clients.metadata import Client
from idp.mandates import holdings
from idp.oauth.models import Authorization
from idp.persons import lifecycle, merging
from idp.persons.models import Person
from idp.services import current
from idp.web import languages, showing
from idp.web.request_scope import now
from idp.web.signed_in import login_required, who

bp = Blueprint("home", __name__)
NEWS = timedelta(days=7)
"""How long the start page says that the account is no longer being closed."""


@dataclass(frozen=True)
class Service:
    """A service as its tile shows it."""

    name: str
    department: str | None
    url: str
    level: int
    entered_at: datetime | None


@bp.get("/")
def front() -> ResponseReturnValue:
    """The address people type leads to the start page."""
    return redirect("/account", 303)


@bp.get("/account")
@login_required  # type: ignore[untyped-decorator]  # flask-login has no types
def home() -> ResponseReturnValue:
    """The level and the services."""
    known = holdings.everywhere(current().prepared, who().person_id, now())
    with current().database.reading() as db:
        standing, services = own.standing(db), _services(db)
        entries = listing.entries_of(db, known)
        invited = len(listing.invitations_of(db, entries))
        elsewhere_only = upstreams.lets_in_alone(db)
        held_until = own.held_until(db)
        joined = bool(merging.announced_to(db, who().person_id))
        unlinked = upstreams.unlinked(db)
        kept_at = _kept_at(db.get_one(Person, who().person_id))
    visit = window.counter().attending(who().person_id)
    return own.show(
        "account/home.html",
        services=services,
        organisations=[one for one in entries if one.url],
        invited=invited,
        joined=joined,
        held_until=held_until,
        attended_until=visit and visit.ends_at,
        kept_at=kept_at,
        unlinked=unlinked,
        pending=standing.pending,
        elsewhere_only=elsewhere_only,
        verify_url="/account/verify" if standing.level < REACHABLE else None,
    )


def _kept_at(person: Person) -> datetime | None:
    """When a sign-in took the closing of the account back, as long as that is news."""
    at = person.status_changed_at
    is_news = person.status_reason == lifecycle.REOPENED and at is not None and now() - at < NEWS
    return at if is_news else None


def _services(db: Session) -> list[Service]:
    """What citizens may enter, those entered last first."""
    query = (
        select(Authorization.client_id, func.max(Authorization.created_at).label("at"))
        .where(Authorization.person_id == who().person_id)
        .group_by(Authorization.client_id)
    )
    entered = {row.client_id: row.at for row in db.execute(query)}
    found = [_tile(client, entered.get(client.id)) for client in own.entrances(db)]
    return sorted(found, key=lambda one: (-one.entered_at.timestamp() if one.entered_at else 0, one.name))


def _tile(client: Client, entered_at: datetime | None) -> Service:
    language = languages.of_request()
    return Service(
        name=showing.client_name(client, language),
        department=showing.department_name(client, language),
        url=client.homepage or "",
        level=max(1, client.minimum.ial),
        entered_at=entered_at,
    )
