"""Proposing to join two accounts at `/admin/merges/new`: which two, then both side by side, and why.

Between the steps the two are a draft of this operator's, for half an hour: no address says who was found.
"""

from dataclasses import dataclass
from typing import cast
from uuid import UUID

from flask import Blueprint, redirect, request
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response
from wtforms import StringField

from admin_ui import citizens, deciding, joining
from admin_ui.access import HOME, needs, who
from admin_ui.deciding import Decision
from admin_ui.finding import Purpose
from admin_ui.joining import LIFETIME, OPEN, Draft
from admin_ui.showing import show
from idp.keys.vault import Vault
from idp.persons import merge_rules, merging, moving
from idp.persons.merge_rules import MergeRefused
from idp.services import current
from idp.storage.state import Collection, StateStore
from idp.web import forms
from idp.web.request_scope import now

bp = Blueprint("merge_drafts", __name__, url_prefix=f"{HOME}/merges/new")
PAGE, NEW = f"{HOME}/merges", f"{HOME}/merges/new"


@dataclass(frozen=True)
class MergeDraft(Draft):
    """Two accounts that an operator is looking at."""

    one_id: UUID
    other_id: UUID


class Which(forms.Fields):
    """What the person gives for each of the two."""

    one = StringField(filters=[forms.trimmed], validators=[forms.required("typed_required")])
    other = StringField(filters=[forms.trimmed], validators=[forms.required("typed_required")])


def create_merge_drafts(state: StateStore, vault: Vault) -> Collection[MergeDraft]:
    """Where they are; `wsgi.py` keeps it in `Services.extras["merge_drafts"]`."""
    return Collection(state, MergeDraft, "merge-draft", LIFETIME, vault.sealer("merge-draft"))


def _drafts() -> Collection[MergeDraft]:
    return cast("Collection[MergeDraft]", current().extras["merge_drafts"])


@bp.route("", methods=["GET", "POST"])
@needs(OPEN)
def which() -> ResponseReturnValue:
    """Find both, by exactly what the person at the counter gives for each."""
    form = Which(request.form)
    if request.method == "GET":
        return _which(form)
    if not form.validate():
        return _which(form, status=400)
    try:
        found = [citizens.find(typed.data, Purpose.DISPUTE) for typed in (form.one, form.other)]
    except citizens.TooOften:
        return _which(form, "throttled", 429)
    for field, person_id in zip((form.one, form.other), found, strict=True):
        if person_id is None:
            forms.refuse(field, "citizen_unknown")
    one, other = found
    if one is None or other is None:
        return _which(form, status=400)
    handle = _drafts().add(MergeDraft(who().person_id, joining.top_of(who(), OPEN), one, other))
    return redirect(f"{NEW}/{handle}", 303)


@bp.route("/<merge_draft>", methods=["GET", "POST"])
@needs(OPEN, fresh=True)
def look(merge_draft: str) -> ResponseReturnValue:
    """Show both side by side and what would move; take the reason, and propose."""
    known = joining.own(_drafts().find(merge_draft), OPEN)
    if known is None:
        return redirect(NEW, 303)
    form = Decision(request.form)
    if request.method == "GET" or not form.validate():
        return _look(known, form, status=200 if request.method == "GET" else 400)
    try:
        with current().database.writing() as db:
            operator, at = deciding.decider(db), now()
            merge = merging.propose(
                db,
                known.one_id,
                known.other_id,
                form.reason.data,
                at,
                proposer=operator,
                department_id=joining.department_of(db, who()),
            )
    except MergeRefused as refused:
        return _look(known, form, f"merge_{refused.reason}", 409)
    _drafts().take(merge_draft)
    return redirect(f"{PAGE}/{merge.id}", 303)


def _which(form: Which, refusal: str = "", status: int = 200) -> Response:
    return show("merge_which", status=status, form=form, refusal=refusal, action=NEW)


def _look(known: MergeDraft, form: Decision, refusal: str = "", status: int = 200) -> Response:
    with current().database.reading() as db:
        survivor, merged = merging.in_order(db, known.one_id, known.other_id, now())
        return show(
            "merge_look",
            status=status,
            form=form,
            refusal=refusal,
            accounts=[joining.account(db, one.id) for one in (survivor, merged)],
            moves=moving.count(db, merged.id, survivor.id) if survivor.id != merged.id else {},
            obstacle=merge_rules.unfit(db, survivor, merged, now()),
            action=request.path,
            back_url=NEW,
        )
