"""您的可信等级: what is known of the person and since when, what each service asks, the shortest way up."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint
from flask.typing import ResponseReturnValue

from idp.account import own
from idp.assurance import Level
from idp.clients.metadata import Client
from idp.evidence import levels, ways
from idp.evidence.models import Evidence
from idp.evidence.ways import Way
from idp.persons import pending
from idp.services import current
from idp.sessions.models import SignInSession
from idp.sign_in import further
from idp.web import languages, showing
from idp.web.request_scope import now
from idp.web.signed_in import login_required, who

bp = Blueprint("levels", __name__, url_prefix="/account/levels")
PAGES = {
    "registry": "/account/verify",
    "real_person": "/account/real-person",
    "certificate": "/account/methods/certificate",
    "window": "/account/window",
}
"""Where a way begins."""


@dataclass(frozen=True)
class Known:
    """One verification, as its person sees it."""

    method: str
    level: int
    at: datetime
    expires_at: datetime | None


@dataclass(frozen=True)
class Wanted:
    """What a service asks of whoever enters it, and the first step there; `way` is empty when nothing is."""

    name: str
    level: Level
    enough: bool
    way: str = ""


@bp.get("")
@login_required  # type: ignore[untyped-decorator]  # flask-login has no types
def show() -> ResponseReturnValue:
    """Both axes, the services, and the ways up."""
    user = who()
    with current().database.reading() as db:
        records = levels.of_person(db, user.person_id, now())
        session = db.get_one(SignInSession, user.session_id)
        reached = Level(levels.level_of(records, now()), session.aal)
        asking = own.entrances(db)
        waits = pending.is_waiting(db, user.person_id)
        amr, shown = session.amr, session.amr | session.let_in_by
    return own.show(
        "account/levels.html",
        reached=reached,
        known=_strongest(records),
        amr=sorted(shown),
        held=further.held(user.person_id, amr),
        services=[_wanted(client, reached) for client in sorted(asking, key=lambda one: one.minimum.ial)],
        ways=[_shown(way, reached) for way in ways.up(reached.ial, reached.ial + 1, current().extras)],
        pending=waits,
    )


def _strongest(records: Sequence[Evidence]) -> list[Known]:
    """The newest valid record of each method, the strongest first."""
    newest = {record.method: record for record in reversed(records)}
    found = [Known(one.method, one.level, one.at, one.expires_at) for one in newest.values()]
    return sorted(found, key=lambda one: (-one.level, one.method))


def _wanted(client: Client, reached: Level) -> Wanted:
    way = ways.first(reached.ial, client.minimum.ial, current().extras)
    return Wanted(
        name=showing.client_name(client, languages.of_request()),
        level=Level(max(1, client.minimum.ial), client.minimum.aal),
        enough=reached.covers(client.minimum),
        way=way.name if way else "second_factor" if reached.aal < client.minimum.aal else "",
    )


def _shown(way: Way, reached: Level) -> tuple[str, int, str]:
    """Its name, the level it leads to, and where it begins if it can begin now."""
    return way.name, way.reaches, PAGES.get(way.name, "") if way.after <= reached.ial else ""
