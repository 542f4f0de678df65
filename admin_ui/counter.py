"""Helping a consenting citizen at `/admin/counter` 免费代办: they confirm on the spot, either ends it.

The operator never sees a password and gets into no account: what is done with the citizen is written down
with who did it, shows in the citizen's own timeline, and a message goes to their phone.
"""

from collections.abc import Sequence
from math import ceil
from typing import cast
from uuid import UUID

from flask import Blueprint, redirect, request
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response
from wtforms import SelectField, StringField

from admin_ui import citizens
from admin_ui.access import HOME, Permission, needs, who
from admin_ui.deciding import decider
from admin_ui.finding import Purpose
from admin_ui.showing import show
from idp.account import elsewhere
from idp.account.desk import desk
from idp.account.enterprises import choices
from idp.account.enterprises.seeking import Seeking
from idp.authenticators.sms import Asking, NotSent
from idp.crypto.handles import digest
from idp.matters import catalogue
from idp.matters.models import Action
from idp.notices import texts
from idp.notices.sms import Message
from idp.persons.models import Person, PersonStatus
from idp.services import current
from idp.web import forms
from idp.web.request_scope import now, source
from idp.windows import attending
from idp.windows.attending import Counter, Noted, Visit

bp = Blueprint("counter", __name__, url_prefix=f"{HOME}/counter")
PAGE = f"{HOME}/counter"
SERVE = Permission.SERVE_AT_COUNTER


class Whom(forms.Fields):
    """Who stands at the counter."""

    typed = StringField(filters=[forms.trimmed], validators=[forms.required("typed_required")])


class Done(Seeking):
    """What was done for them: matters that are ticked, and the step that was taken in each."""

    of = StringField()
    """The visit that the page was drawn for (`Counter.name`)."""
    action = SelectField(choices=[*Action], validators=[forms.required("choose_one")], default=Action.APPLY)

    def only_seeks(self) -> bool:
        """With an empty box as well: nothing is looked over once more before it is written down."""
        return super().only_seeks() or bool(self.find.data)


@bp.route("", methods=["GET", "POST"])
@needs(SERVE)
def begin() -> ResponseReturnValue:
    """Find who stands there, and send a code to their own phone."""
    form = Whom(request.form)
    if request.method == "GET":
        return redirect(f"{PAGE}/visit", 303) if _visit() else _begin(form)
    if not form.validate():
        return _begin(form, status=400)
    try:
        person_id = citizens.find(form.typed.data, Purpose.COUNTER)
    except citizens.TooOften:
        return _begin(form, "throttled", 429)
    phone, locale = _phone(person_id)
    with current().database.reading() as db:
        if decider(db).is_one(person_id):
            forms.refuse(form.typed, "citizen_oneself")
            return _begin(form, status=400)
    if person_id is None or not phone:
        forms.refuse(form.typed, "citizen_unreachable" if person_id else "citizen_unknown")
        return _begin(form, status=400)
    with current().database.writing() as db:
        counter().end(db, who().session_id, now())
    handle = counter().open(who().session_id, Visit(who().person_id, person_id, now()))
    refused = _send(handle, phone, locale)
    return _begin(form, refused, 429) if refused else redirect(f"{PAGE}/visit", 303)


@bp.route("/visit", methods=["GET", "POST"])
@needs(SERVE)
def visit() -> ResponseReturnValue:
    """Before the citizen's code: ask for it. After it: write down what is done for them."""
    known = _visit()
    if known is None:
        return redirect(PAGE if request.method == "GET" else f"{PAGE}?over=yes", 303)
    return _confirm(known) if known.confirmed_at is None else _help(known)


@bp.post("/end")
@needs(SERVE)
def end() -> ResponseReturnValue:
    """The visit is over."""
    with current().database.writing() as db:
        counter().end(db, who().session_id, now())
    return redirect(PAGE, 303)


def counter() -> Counter:
    """The visits of this instance."""
    return cast(Counter, current().extras["counter"])


def _visit() -> Visit | None:
    return counter().find(who().session_id)


def _confirm(known: Visit) -> ResponseReturnValue:
    form = forms.Code(request.form)
    if request.method == "GET" or not form.validate():
        return _code(known, form, status=200 if request.method == "GET" else 400)
    phone, _ = _phone(known.person_id)
    asking = _asking(counter().handle(who().session_id), phone)
    if not desk().codes.check(asking, form.code.data, source(), now()):
        return _code(known, form, "code_wrong", 400)
    with current().database.writing() as db:
        counter().confirm(db, who().session_id, known, now())
    return redirect(f"{PAGE}/visit", 303)


def _help(known: Visit) -> ResponseReturnValue:
    form = Done(request.form)
    if request.method == "GET":
        return _helping(known, form)
    if form.of.data != counter().name(who().session_id):
        return _helping(known, Done(), "visit_another", 409)
    if form.only_seeks():
        return _helping(known, form, *form.paced(who().person_id.hex))
    form.validate()
    named, without = sorted(form.named()), list[str]()
    if not named:
        forms.refuse(form.matter, "visit_nothing_named")
    elif len(named) > attending.MOST_AT_ONCE:
        forms.refuse(form.matter, "visit_too_many")
    elif without := _without(named, form.action.data):
        forms.refuse(form.matter, "visit_step_missing")
    if form.errors:
        return _helping(known, form, status=400, without=without)
    if not current().state.once(f"counter-sent:{digest(request.form['csrf_token'])}", attending.LIFETIME):
        return _helping(known, form, "visit_sent", 409)
    with current().database.writing() as db:
        done = [Noted(code, Action(form.action.data), now()) for code in named]
        noted = counter().note(db, who().session_id, form.of.data, done)
    return redirect(f"{PAGE}/visit?noted=yes" if noted else f"{PAGE}?over=yes", 303)


def _without(named: Sequence[str], action: str) -> list[str]:
    """The codes of no matter that can be done now, or of one without this step."""
    with current().database.reading() as db:
        found = {code: catalogue.find(db, code) for code in named}
    return [
        code
        for code, one in found.items()
        if one is None or one.withdrawn_at is not None or action not in one.actions
    ]


def _phone(person_id: UUID | None) -> tuple[str, str]:
    """Where a citizen's own code goes, and in which language; nothing for who may not be helped here."""
    if person_id is None:
        return "", ""
    with current().database.reading() as db:
        person = db.get_one(Person, person_id)
        if person.status != PersonStatus.ACTIVE:
            return "", ""
        return person.phone or "", person.locale


def _asking(handle: str, phone: str) -> Asking:
    return Asking("visit", phone, handle)


def _send(handle: str, phone: str, locale: str) -> NotSent | None:
    codes = desk().codes

    def words(digits: str | None) -> Message:
        if digits is None:
            return texts.message("code.withheld", locale)
        return texts.code("visit", digits, codes.limits.lifetime, locale)

    return codes.send(_asking(handle, phone), source(), words, now())


def _begin(form: Whom, refusal: str = "", status: int = 200) -> Response:
    return show(
        "counter",
        status=status,
        form=form,
        refusal=refusal,
        elsewhere=elsewhere.is_elsewhere(),
        there=elsewhere.named(),
        over="over" in request.args,
        action=PAGE,
    )


def _code(known: Visit, form: forms.Code, refusal: str = "", status: int = 200) -> Response:
    with current().database.reading() as db:
        return show(
            "counter_code",
            status=status,
            form=form,
            refusal=refusal,
            citizen=citizens.shown(db, known.person_id),
            action=f"{PAGE}/visit",
            end_action=f"{PAGE}/end",
        )


def _helping(
    known: Visit, form: Done, refusal: str = "", status: int = 200, without: Sequence[str] = ()
) -> Response:
    assert known.ends_at is not None
    with current().database.reading() as db:
        offered, citizen = choices.one_by_one(db), citizens.shown(db, known.person_id)
    names = {one.code: one.name for group in offered.groups for one in group.matters}
    return show(
        "counter_visit",
        status=status,
        form=form,
        refusal=refusal,
        of=counter().name(who().session_id),
        citizen=citizen,
        choices=offered,
        picking=form.picking(offered),
        names=names,
        without=without,
        actions=[*Action],
        noted=known.noted,
        ends_at=known.ends_at,
        minutes=max(1, ceil((known.ends_at - now()).total_seconds() / 60)),
        opened="opened" in request.args,
        just_noted="noted" in request.args,
        action=f"{PAGE}/visit",
        end_action=f"{PAGE}/end",
    )
