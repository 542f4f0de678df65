"""A person's accounts at upstreams at `/admin/upstreams/persons`: found by what they give, seen, taken back.

Who was found is a draft of this operator's, for half an hour: no address says who it is.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import cast
from uuid import UUID

from flask import Blueprint, abort, redirect, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import SelectField, StringField

from admin_ui import citizens, deciding, joining, upstreams
from admin_ui.access import HOME, Permission, needs, who
from admin_ui.deciding import Decision
from admin_ui.finding import Purpose
from admin_ui.joining import LIFETIME, OPEN, Draft
from admin_ui.showing import show
from federation import cases, linking
from federation.linking import BY_OPERATOR, LinkKept
from federation.models import UpstreamLink
from idp.account.ending import end_everything
from idp.keys.vault import Vault
from idp.persons import locking
from idp.services import current
from idp.storage.state import Collection, StateStore
from idp.web import forms
from idp.web.request_scope import now

bp = Blueprint("upstream_links", __name__, url_prefix=f"{HOME}/upstreams/persons")
PAGE = f"{HOME}/upstreams/persons"
FIND = Permission.FIND_PERSONS


@dataclass(frozen=True)
class UpstreamVisitor(Draft):
    """Somebody whose links an operator is looking at."""

    person_id: UUID


class Whose(forms.Fields):
    """What the person gives, and why they are looked for."""

    typed = StringField(filters=[forms.trimmed], validators=[forms.required("typed_required")])
    purpose = SelectField(choices=[*Purpose], validators=[forms.required("purpose_required")])


@dataclass(frozen=True)
class Link:
    """One account elsewhere, as operators see it: never by its number there."""

    id: UUID
    title: str
    proven_by: str
    linked_at: datetime
    last_at: datetime


def create_upstream_visitors(state: StateStore, vault: Vault) -> Collection[UpstreamVisitor]:
    """Where they are; `wsgi.py` keeps it in `Services.extras["upstream_visitors"]`."""
    return Collection(state, UpstreamVisitor, "upstream-visitor", LIFETIME, vault.sealer("upstream-visitor"))


def _visitors() -> Collection[UpstreamVisitor]:
    return cast("Collection[UpstreamVisitor]", current().extras["upstream_visitors"])


@bp.route("", methods=["GET", "POST"])
@needs(FIND)
def whose() -> ResponseReturnValue:
    """Find somebody by exactly what they give, and for a purpose; they read of it."""
    form = Whose(request.form)
    if request.method == "GET" or not form.validate():
        return _whose(form, status=200 if request.method == "GET" else 400)
    try:
        person_id = citizens.find(form.typed.data, Purpose(form.purpose.data))
    except citizens.TooOften:
        return _whose(form, "throttled", 429)
    if person_id is None:
        forms.refuse(form.typed, "citizen_unknown")
        return _whose(form, status=400)
    handle = _visitors().add(UpstreamVisitor(who().person_id, joining.top_of(who(), FIND), person_id))
    return redirect(f"{PAGE}/{handle}", 303)


@bp.get("/<upstream_visitor>")
@needs(FIND)
def see(upstream_visitor: str) -> ResponseReturnValue:
    """Their links, and the open cases about them."""
    known = joining.own(_visitors().find(upstream_visitor), FIND)
    if known is None:
        return redirect(PAGE, 303)
    with current().database.reading() as db:
        return show(
            "upstream_links",
            account=joining.account(db, known.person_id),
            links=[_shown(one) for one in linking.living(db, known.person_id)],
            cases=[upstreams.shown(one) for one in cases.about(db, known.person_id)],
            sees_cases=who().sees(joining.DECIDE, None),
            may_end=who().may(OPEN),
            url=f"{PAGE}/{upstream_visitor}",
        )


@bp.route("/<upstream_visitor>/<uuid:upstream_link>/end", methods=["GET", "POST"])
@needs(OPEN, fresh=True)
def end(upstream_visitor: str, upstream_link: UUID) -> ResponseReturnValue:
    """End a link that is not theirs: what was believed by it, and every sign-in, ends too; they are told."""
    known = joining.own(_visitors().find(upstream_visitor), OPEN)
    if known is None:
        return redirect(PAGE, 303)
    back, form = f"{PAGE}/{upstream_visitor}", Decision(request.form)
    with current().database.reading() as db:
        link = _theirs(db, known, upstream_link)
        if request.method == "GET" or not form.validate():
            status = 200 if request.method == "GET" else 400
            return _end(db, known, link, form, back, status=status)
    try:
        with current().database.writing() as db:
            locking.alone(db, known.person_id)
            linking.take_back(db, upstream_link, deciding.decider(db), form.reason.data, now())
            end_everything(db, known.person_id, BY_OPERATOR, now())
    except LinkKept as kept:
        with current().database.reading() as db:
            link = _theirs(db, known, upstream_link)
            return _end(db, known, link, form, back, f"upstream_link_{kept.reason}", 409)
    return redirect(back, 303)


def _theirs(db: Session, known: UpstreamVisitor, link_id: UUID) -> UpstreamLink:
    link = db.get(UpstreamLink, link_id)
    if link is None or link.person_id != known.person_id:
        abort(404)
    return link


def _shown(link: UpstreamLink) -> Link:
    return Link(link.id, upstreams.titled(link.upstream), link.proven_by, link.linked_at, link.last_at)


def _whose(form: Whose, refusal: str = "", status: int = 200) -> Response:
    return show("upstream_whose", status=status, form=form, refusal=refusal, purposes=[*Purpose], action=PAGE)


def _end(
    db: Session,
    known: UpstreamVisitor,
    link: UpstreamLink,
    form: Decision,
    back: str,
    refusal: str = "",
    status: int = 200,
) -> Response:
    return show(
        "upstream_link_end",
        status=status,
        account=joining.account(db, known.person_id),
        link=_shown(link),
        form=form,
        refusal=refusal,
        action=request.path,
        back_url=back,
    )
