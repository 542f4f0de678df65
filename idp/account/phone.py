"""
Another phone: a code to the new one, and the old one's word or a second factor against a stolen browser.

A new number that somebody else still holds comes only with an authority's yes; without it the page ends where
a registration with it would, and the number itself is told how to go on.
"""

from datetime import timedelta

from flask import Blueprint, redirect, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import Field

from idp.account import own, registering, wizards
from idp.account.desk import code_seconds, desk
from idp.account.methods.guard import freshly_proven, is_fresh, still
from idp.account.phone_steps import STATUS
from idp.account.records import Checked, Outcome
from idp.assurance import BY_ANOTHER
from idp.authenticators import sms, throttle
from idp.authenticators.sms import PAUSE, Asking, NotSent
from idp.clock import day
from idp.crypto.handles import digest
from idp.notices import texts
from idp.notices.sms import Channel, Message
from idp.notices.telling import tell_phone
from idp.persons import belongings, claim, lookup, phones
from idp.persons.enrolment import Taken
from idp.persons.identifiers import MalformedNumber
from idp.persons.models import Person
from idp.persons.names import MalformedName
from idp.services import current
from idp.web import forms, languages
from idp.web.pages import render
from idp.web.request_scope import now, source
from idp.web.signed_in import who

bp = Blueprint("phone", __name__, url_prefix="/account/phone")
PAGE = "/account/phone"
PURPOSE = "phone"
STEP = "phone"
AN_HOUR = 3600.0
PROVEN_FOR = timedelta(minutes=10)


@bp.get("")
@freshly_proven
def ask() -> ResponseReturnValue:
    """Ask for the new phone."""
    return _ask(forms.Phone(), "")


@bp.post("")
@freshly_proven
def send() -> ResponseReturnValue:
    """Send a code to the new phone, and one to the old unless a second factor stands for it."""
    form = forms.Phone(request.form)
    if not own.token_fits(STEP):
        return _ask(form, "form_stale", 400)
    phone = lookup.normalise_phone(form.phone.data) if form.validate() else None
    if phone is None:
        if not form.errors:
            forms.refuse(form.phone, "phone_malformed")
        return _ask(form, "", 400)
    if phone == _person_phone():
        forms.refuse(form.phone, "phone_same")
        return _ask(form, "", 400)
    if throttle.pace(current().state, source(), STEP, current().limits):
        return _ask(form, "throttled", 429)
    refused = _send(phone)
    if refused:
        return _ask(form, refused, STATUS[refused])
    return _codes(forms.PhoneCodes(data={"phone": phone}), phone, "")


@bp.post("/code")
@freshly_proven
def prove() -> ResponseReturnValue:
    """Judge the codes; what was right once need not be typed again."""
    form = forms.PhoneCodes(request.form)
    phone = lookup.normalise_phone(form.phone.data or "")
    if phone is None or not own.token_fits(STEP):
        return redirect(PAGE, 303)
    if request.form.get("send"):
        refused = _send(phone)
        return _codes(form, phone, refused or "", STATUS[refused] if refused else 200)
    for asking, field in _asked(phone, form):
        if not _is_proven(asking) and not _proves(asking, field.data or ""):
            forms.refuse(field, "code_wrong")
    return _codes(form, phone, "", 400) if form.new.errors or form.old.errors else _change(phone)


def _change(phone: str) -> Response:
    services, reclaims = current(), _is_theirs(phone)
    try:
        with services.database.writing() as db:
            phones.change(db, services.vault, still(db), phone, now(), may_reclaim=reclaims)
    except Taken:
        return _taken(phone)
    return redirect("/account/profile?checked=phone", 303)


def _is_theirs(phone: str) -> bool:
    """Whether an authority says so; asked only where somebody else still holds the number."""
    services = current()
    with services.database.reading() as db:
        holder = belongings.phone_holder(db, services.vault, phone)
        claimed = _claim(db) if holder and holder.id != who().person_id else None
    if claimed is None:
        return False
    answer = registering.ask(claimed, "phone_change", str(who().person_id), phone=phone)
    return isinstance(answer, Checked) and answer.outcome is Outcome.VERIFIED


def _claim(db: Session) -> claim.Claim | None:
    """Name and number the person has proven."""
    person = db.get_one(Person, who().person_id)
    for document in person.documents:
        if document.verified_at is not None and document.displaced_at is None:
            try:
                return claim.read(
                    document.kind, document.number or "", person.name or "", document.country, day(now())
                )
            except (MalformedNumber, MalformedName):
                continue
    return None


def _taken(phone: str) -> Response:
    """As a registration with this number ends: its messages say how to go on."""
    services, language = current(), languages.of_request()
    if services.state.once(f"told:{digest(phone)}:phone_in_use", AN_HOUR):
        with services.database.writing() as db:
            tell_phone(db, phone, "registration.phone_in_use", language)
    masked = wizards.masked(phone)
    return render("register/check_messages.html", destination=None, phone=masked, back_url="/account/profile")


def _asked(phone: str, form: forms.PhoneCodes) -> list[tuple[Asking, Field]]:
    """Each code that is asked for, with the field it is typed into."""
    session = who().session_id.hex
    asked = [(Asking(PURPOSE, phone, session), form.new)]
    with current().database.reading() as db:
        old = db.get_one(Person, who().person_id).phone
        # The phone does not stand for itself, nor an upstream for the person's own second factor.
        second_factor = is_fresh(db, 2, without=sms.AMR | sms.SPOKEN | BY_ANOTHER)
    if old and not second_factor:
        asked.append((Asking(PURPOSE, old, f"{session}|{phone}"), form.old))
    return asked


def _is_proven(asking: Asking) -> bool:
    return current().state.get(f"phone-proven:{asking.name}") is not None


def _proves(asking: Asking, typed: str) -> bool:
    if not forms.CODE.fullmatch(typed) or not desk().codes.check(asking, typed, source(), now()):
        return False
    current().state.put(f"phone-proven:{asking.name}", b"1", PROVEN_FOR.total_seconds())
    return True


def _send(phone: str) -> NotSent | None:
    """A code to each that has not been proven, read out if so asked; the first refusal, if there is one."""
    codes, language, channel = desk().codes, languages.of_request(), _channel()

    def words(digits: str | None) -> Message:
        if digits is None:
            return texts.message("code.withheld", language)
        return texts.code(PURPOSE, digits, code_seconds(), language, channel)

    for asking, _ in _asked(phone, forms.PhoneCodes()):
        if not _is_proven(asking):
            refused = codes.send(asking, source(), words, now(), code_seconds())
            if refused:
                return refused
    return None


def _channel() -> Channel:
    """As a message, unless the person asks for calls."""
    return Channel.VOICE if request.form.get("send") == Channel.VOICE else Channel.TEXT


def _person_phone() -> str | None:
    with current().database.reading() as db:
        return db.get_one(Person, who().person_id).phone


def _ask(form: forms.Phone, refusal: str, status: int = 200) -> Response:
    phone = _person_phone()
    return own.show(
        "account/phone.html",
        status=status,
        form=form,
        refusal=refusal,
        phone=wizards.masked(phone) if phone else None,
        seconds=int(PAUSE) if refusal == NotSent.TOO_SOON else 0,
        speaks=desk().codes.gateway.speaks,
        csrf_token=own.token(STEP),
        action=PAGE,
    )


def _codes(form: forms.PhoneCodes, phone: str, refusal: str, status: int = 200) -> Response:
    asked = [asking.phone for asking, _ in _asked(phone, form) if not _is_proven(asking)]
    return own.show(
        "account/phone_code.html",
        status=status,
        form=form,
        refusal=refusal,
        new=wizards.masked(phone) if phone in asked else None,
        old=next((wizards.masked(one) for one in asked if one != phone), None),
        phone=phone,
        first=_person_phone() is None,
        minutes=int(code_seconds() // 60),
        speaks=desk().codes.gateway.speaks,
        is_call=_channel() is Channel.VOICE,
        seconds=int(PAUSE) if refusal == NotSent.TOO_SOON or not status >= 400 else 0,
        csrf_token=own.token(STEP),
        action=f"{PAGE}/code",
    )
