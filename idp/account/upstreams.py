"""The accounts at upstreams that are a person's: list them, link another, take one back.

Changing them takes a fresh proof, as every way of signing in does. An account that is linked from here is
shown before it is: whoever led this browser to sign in as somebody else there gains nothing by it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from flask import Blueprint, abort, redirect, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from federation import accounts, arriving, linking, reminding, views
from federation.desk import Arrival, Federation, Visit
from federation.linking import How
from federation.matching import Conflict, Enter, ProveOneself
from federation.models import UpstreamLink
from federation.trust import SKEW
from idp.account import own
from idp.account.methods.guard import freshly_proven, still
from idp.authenticators import catalogue
from idp.interaction.record import Demand
from idp.persons.models import Person
from idp.services import current
from idp.sign_in import arrivals, upstreams
from idp.web import showing
from idp.web.request_scope import now
from idp.web.signed_in import login_required, who

bp = Blueprint("upstreams", __name__, url_prefix="/account/upstreams")
PAGE = "/account/upstreams"
STEP = "upstreams"


@dataclass(frozen=True)
class Linked:
    """One account elsewhere, as its person sees it."""

    id: UUID
    title: str
    linked_at: datetime
    last_at: datetime


@bp.get("")
@login_required  # type: ignore[untyped-decorator]  # flask-login has no types
def overview() -> ResponseReturnValue:
    """List them, and the upstreams that could be added."""
    federation = views.desk()
    with current().database.reading() as db:
        links = linking.living(db, who().person_id)
        only_way = _is_only_way(db, links)
    shown = [
        Linked(one.id, upstreams.title(federation, one.upstream), one.linked_at, one.last_at) for one in links
    ]
    name, _, reason = request.args.get("failed", "").partition(".")
    failed = (
        upstreams.Failed(name, upstreams.title(federation, name), reason)
        if name in federation.tables
        else None
    )
    return own.show(
        "account/upstreams.html",
        links=shown,
        addable=[
            (f"{PAGE}/add/{name}", upstreams.title(federation, name))
            for name in federation.offered(Demand())
            if name not in {one.upstream for one in links}
        ],
        only_way=only_way,
        failed=failed,
        csrf_token=own.token(STEP),
        action=PAGE,
    )


@bp.post("")
@freshly_proven
def change() -> ResponseReturnValue:
    """Take one back (`end=<id>`), unless nothing would let its person in afterwards."""
    if not own.token_fits(STEP):
        return redirect(PAGE, 303)
    user = who()
    with current().database.writing() as db:
        still(db)
        links = linking.living(db, user.person_id)
        for link in links:
            if str(link.id) == request.form.get("end") and not _is_only_way(db, links):
                linking.end(db, link, "unlinked", now())
    return redirect(PAGE, 303)


def _is_only_way(db: Session, links: Sequence[UpstreamLink]) -> bool:
    """Whether one account elsewhere is all there is; without it nobody could prove the account here again."""
    return len(links) == 1 and not _has_own_way(db)


def lets_in_alone(db: Session) -> bool:
    """Whether the person gets in by accounts elsewhere and by nothing of their own."""
    return bool(linking.living(db, who().person_id)) and not _has_own_way(db)


def unlinked(db: Session) -> list[tuple[str, str]]:
    """Where the person may link the accounts elsewhere that they came by lately: address and title."""
    federation = arrivals.federation()
    if federation is None:
        return []
    offered = federation.offered(Demand())
    names = [one for one in reminding.due(db, who().person_id, now()) if one in offered]
    return [(f"{PAGE}/add/{name}", upstreams.title(federation, name)) for name in names]


def _has_own_way(db: Session) -> bool:
    return catalogue.begins_by_own(db, db.get_one(Person, who().person_id), current().extras)


@bp.get("/add/<name>")
@freshly_proven
def add(name: str) -> ResponseReturnValue:
    """
    Go to an upstream to link an account there; nothing is linked before its person has seen and said so.

    A link and no form, because browsers hold a form to where its redirects end (CSP form-action); the pages
    on which somebody proves themselves first name where this one leads (`showing.origins`).
    """
    federation, user = views.desk(), who()
    if name not in federation.offered(Demand()):
        return redirect(PAGE, 303)
    visit = Visit(name, "", {}, now(), fresh=True, person_id=user.person_id, session_id=user.session_id)
    return views.depart(visit, federation.hops(Demand()))


@bp.get("/confirm")
@freshly_proven
def ask() -> ResponseReturnValue:
    """Show whom the upstream asserts, and ask whether that account shall be linked."""
    federation, arrival = views.desk(), _arrival()
    if arrival is None:
        return redirect(PAGE, 303)
    return own.show(
        "account/upstream_confirm.html",
        upstream=upstreams.title(federation, arrival.asserted.upstream),
        person=showing.masked_name(arrival.asserted.name),
        refusal=_refusal(federation, arrival),
        csrf_token=own.token(STEP),
        arrival=request.args["arrival"],
        action=f"{PAGE}/confirm",
        back_url=PAGE,
    )


@bp.post("/confirm")
@freshly_proven
def confirm() -> ResponseReturnValue:
    """Link it, once."""
    federation, services, arrival = views.desk(), current(), _arrival()
    if arrival is None or not own.token_fits(STEP) or _refusal(federation, arrival):
        return redirect(PAGE, 303)
    federation.arrivals.take(request.form.get("arrival"))
    judged, asserted = arriving.judge(services, federation, arrival, now()), arrival.asserted
    try:
        with services.database.writing() as db:
            still(db)
            linking.link(
                db, services.vault, asserted.upstream, asserted.subject, who().person_id, How.OWN_PAGE, now()
            )
            accounts.refresh(db, db.get_one(Person, who().person_id), judged.said, now())
    except linking.Taken:
        return redirect(PAGE, 303)
    return redirect(PAGE, 303)


def _arrival() -> Arrival | None:
    """Who arrived for this very person and session; anybody else's is none."""
    handle = request.form.get("arrival") or request.args.get("arrival")
    arrival = views.desk().arrivals.find(handle)
    if arrival is None:
        return None
    if (arrival.person_id, arrival.session_id) != (who().person_id, who().session_id):
        abort(403)
    return arrival


def _refusal(federation: Federation, arrival: Arrival) -> str:
    """
    Why this account cannot be linked here: nobody proved themselves there just now, though that was asked
    for, it is an organisation's or somebody's already, or shows somebody else's document.

    Whoever sat at this machine before may still be signed in there.
    """
    services, asserted = current(), arrival.asserted
    judged = arriving.judge(services, federation, arrival, now())
    with services.database.reading() as db:
        here = accounts.here(db, services.vault, asserted, judged.claim)
        person = db.get_one(Person, who().person_id)
        mine = {one.kind for one in person.documents if one.verified_at and not one.displaced_at}
    if arrival.asserted.at < arrival.began_at - SKEW:
        return "not_fresh"
    if isinstance(judged.decision, ProveOneself):
        return "organisation"
    if isinstance(judged.decision, Enter | Conflict):
        return "linked_already"
    if here.holder is not None:
        return "" if here.holder.id == who().person_id else "other_person"
    return "other_person" if judged.claim is not None and judged.claim.kind in mine else ""
