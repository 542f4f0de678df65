"""An account behind which two people are, at `/admin/splits`: choosing what goes, and the second eyes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast
from uuid import UUID

from flask import Blueprint, redirect, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import SelectMultipleField, StringField

from admin_ui import citizens, deciding, joining
from admin_ui.access import HOME, Me, needs, who
from admin_ui.deciding import Decision
from admin_ui.finding import Purpose
from admin_ui.joining import DECIDE, LIFETIME, OPEN, Draft
from admin_ui.showing import show
from federation import linking
from idp.account import merging as accounts
from idp.authenticators import credentials
from idp.keys.vault import Vault
from idp.organisations.reviews import Decider
from idp.persons import splitting
from idp.persons.identifiers import mask
from idp.persons.models import Person, Split
from idp.persons.splitting import SplitRefused
from idp.services import current
from idp.storage.state import Collection, StateStore
from idp.web import forms
from idp.web.request_scope import now

bp = Blueprint("splits", __name__, url_prefix=f"{HOME}/splits")
PAGE, NEW = f"{HOME}/splits", f"{HOME}/splits/new"
Rule = Callable[[Session, Decider, str, datetime], object]


@dataclass(frozen=True)
class SplitDraft(Draft):
    """An account that an operator is looking at."""

    person_id: UUID


@dataclass(frozen=True)
class Part:
    """Something that can go to the new account."""

    value: str
    kind: str
    said: str
    since: datetime | None = None


class Whose(forms.Fields):
    """What somebody at the counter gives for the account."""

    typed = StringField(filters=[forms.trimmed], validators=[forms.required("typed_required")])


class Choice(Decision):
    """What belongs to the other person, and why."""

    takes = SelectMultipleField(choices=[], validate_choice=False)


def create_split_drafts(state: StateStore, vault: Vault) -> Collection[SplitDraft]:
    """Where they are; `wsgi.py` keeps it in `Services.extras["split_drafts"]`."""
    return Collection(state, SplitDraft, "split-draft", LIFETIME, vault.sealer("split-draft"))


def _drafts() -> Collection[SplitDraft]:
    return cast("Collection[SplitDraft]", current().extras["split_drafts"])


@bp.get("")
@needs(DECIDE)
def cases() -> ResponseReturnValue:
    """What waits, and what was decided."""
    with current().database.reading() as db:
        found = [joining.row(db, one, one.person_id) for one in seen(db, who())]
        return show("splits", cases=found, may_open=who().may(OPEN))


@bp.route("/new", methods=["GET", "POST"])
@needs(OPEN)
def whose() -> ResponseReturnValue:
    """Find the account."""
    form = Whose(request.form)
    if request.method == "GET" or not form.validate():
        return _whose(form, status=200 if request.method == "GET" else 400)
    try:
        person_id = citizens.find(form.typed.data, Purpose.DISPUTE)
    except citizens.TooOften:
        return _whose(form, "throttled", 429)
    if person_id is None:
        forms.refuse(form.typed, "citizen_unknown")
        return _whose(form, status=400)
    handle = _drafts().add(SplitDraft(who().person_id, joining.top_of(who(), OPEN), person_id))
    return redirect(f"{NEW}/{handle}", 303)


@bp.route("/new/<split_draft>", methods=["GET", "POST"])
@needs(OPEN, fresh=True)
def choose(split_draft: str) -> ResponseReturnValue:
    """Choose what goes, and propose."""
    known = joining.own(_drafts().find(split_draft), OPEN)
    if known is None:
        return redirect(NEW, 303)
    form = Choice(request.form)
    if request.method == "GET" or not form.validate():
        return _choose(known, form, status=200 if request.method == "GET" else 400)
    takes: dict[str, list[str]] = {}
    for value in form.takes.data or []:
        table, _, key = value.partition(":")
        takes.setdefault(table, []).append(key)
    try:
        with current().database.writing() as db:
            department = joining.department_of(db, who())
            operator, reason = deciding.decider(db), form.reason.data
            split = splitting.propose(db, known.person_id, takes, reason, operator, now(), department)
    except SplitRefused as refused:
        return _choose(known, form, f"split_{refused.reason}", 409)
    _drafts().take(split_draft)
    return redirect(f"{PAGE}/{split.id}", 303)


@bp.get("/<uuid:split_id>")
@needs(DECIDE)
def see(split_id: UUID) -> ResponseReturnValue:
    """One case: the account, what goes, who said what."""
    with current().database.reading() as db:
        return _page(db, "split", joining.found(db, Split, split_id, DECIDE))


@bp.route("/<uuid:split_id>/approve", methods=["GET", "POST"])
@needs(DECIDE, fresh=True)
def approve(split_id: UUID) -> ResponseReturnValue:
    """Be the second pair of eyes; it is done at once."""

    def rule(db: Session, operator: Decider, reason: str, at: datetime) -> object:
        services = current()
        return accounts.split(db, services.vault, services.clients, split_id, operator, reason, at)

    return _decide(split_id, "approve", rule)


@bp.route("/<uuid:split_id>/refuse", methods=["GET", "POST"])
@needs(DECIDE, fresh=True)
def refuse(split_id: UUID) -> ResponseReturnValue:
    """Say no; whoever proposed it may, too."""
    return _decide(split_id, "refuse", lambda db, *said: splitting.refuse(db, split_id, *said))


def seen(db: Session, me: Me) -> Sequence[Split]:
    """The cases of an administrator's own part of the country: what waits, then the newest."""
    query = joining.seen(Split, me)
    return db.scalars(query.order_by(Split.decided_at.is_not(None), Split.opened_at.desc())).all()


def _decide(split_id: UUID, act: str, rule: Rule) -> ResponseReturnValue:
    form = Decision(request.form)
    with current().database.reading() as db:
        case = joining.found(db, Split, split_id, DECIDE)
        if request.method == "GET" or not form.validate():
            status = 200 if request.method == "GET" else 400
            return _page(db, "split_decide", case, act=act, form=form, status=status)
    try:
        with current().database.writing() as db:
            rule(db, deciding.decider(db), form.reason.data, now())
    except SplitRefused as refused:
        with current().database.reading() as db:
            case, refusal = joining.found(db, Split, split_id, DECIDE), f"split_{refused.reason}"
            return _page(db, "split_decide", case, act=act, form=form, refusal=refusal, status=409)
    return redirect(f"{PAGE}/{split_id}", 303)


def _parts(db: Session, person_id: UUID) -> list[Part]:
    """What the account consists of, masked."""
    person = db.get_one(Person, person_id)
    found = [
        Part(f"credentials:{one.id}", one.kind, one.name, one.created_at)
        for one in credentials.living(db, person_id)
    ]
    found += [
        Part(f"documents:{one.id}", "document", f"{one.kind}|{mask(one.number or '')}", one.verified_at)
        for one in person.documents
        if one.verified_at and not one.displaced_at
    ]
    found += [
        Part(f"upstream_links:{one.id}", "upstream_link", one.upstream, one.linked_at)
        for one in linking.living(db, person_id)
    ]
    if person.phone:
        found.append(Part("persons:phone", "phone", mask(person.phone)))
    if person.login_name:
        found.append(Part("persons:login_name", "login_name", mask(person.login_name)))
    return found


def _whose(form: Whose, refusal: str = "", status: int = 200) -> Response:
    return show("split_whose", status=status, form=form, refusal=refusal, action=NEW)


def _choose(known: SplitDraft, form: Choice, refusal: str = "", status: int = 200) -> Response:
    with current().database.reading() as db:
        return show(
            "split_choose",
            status=status,
            form=form,
            refusal=refusal,
            account=joining.account(db, known.person_id),
            parts=_parts(db, known.person_id),
            chosen=form.takes.data or [],
            action=request.path,
            back_url=NEW,
        )


def _page(
    db: Session,
    page: str,
    split: Split,
    *,
    act: str = "",
    form: Decision | None = None,
    refusal: str = "",
    status: int = 200,
) -> Response:
    holders = [one for one in (split.person_id, split.new_person_id) if one is not None]
    values = {f"{table}:{key}" for table, keys in split.takes.items() for key in keys}
    return show(
        page,
        status=status,
        case=split,
        accounts=[joining.account(db, one) for one in holders],
        parts=[part for one in holders for part in _parts(db, one) if part.value in values],
        opened_by=joining.staff_name(db, split.opened_by),
        decided_by=joining.staff_name(db, split.decided_by),
        is_own=split.opened_by == who().person_id,
        act=act,
        form=form,
        refusal=refusal,
        url=f"{PAGE}/{split.id}",
        action=request.path,
    )
