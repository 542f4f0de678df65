"""Sign in with a phone: six digits by text message, or read out on the telephone.

Alone it says who somebody is; after another proof it confirms that it is them, at their own phone. Any phone
gets its code alike: only who has proven one learns that nobody has registered it, and may do so.
"""

from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, redirect, request
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from idp.account import elsewhere, sign_up, wizards
from idp.account.desk import code_seconds, desk
from idp.account.phone_steps import STATUS
from idp.account.records import Registration
from idp.account.wizards import masked
from idp.authenticators import base, sms, throttle
from idp.authenticators.base import Denied, Proven
from idp.authenticators.sms import Asking, NotSent
from idp.notices import texts
from idp.notices.sms import Channel, Message
from idp.persons import hold, lookup
from idp.persons.models import Person
from idp.services import current
from idp.sign_in import proof
from idp.sign_in.proof import Proving
from idp.web import forms, languages
from idp.web.doorway import door
from idp.web.request_scope import now, source

bp = Blueprint("sign_in_sms", __name__, url_prefix="/interaction/<handle>")
WAY = "sms"


@dataclass(frozen=True)
class Sending:
    """The last code that went out here, and how."""

    asking: Asking
    channel: Channel
    at: datetime
    seconds: float
    """How long it is good."""


@bp.get("/sms")
def ask(handle: str) -> ResponseReturnValue:
    """Ask where a code shall go; once it is on its way, ask for the code."""
    proving = proof.asked(handle)
    if not isinstance(proving, Proving):
        return proving
    if proving.confirms is not None and own_phone(proving) is None:
        return door(handle)
    if "new" in request.args and _is_nobodys(proving):
        return _nobodys_page(proving)
    sending = None if "change" in request.args else sending_of(proving)
    return _code_page(proving, sending, forms.Code()) if sending else _phone_page(proving, _begun(proving))


@bp.post("/sms")
def act(handle: str) -> ResponseReturnValue:
    """Send a code (`send`: by which channel), or judge one."""
    proving = proof.asked(handle)
    if not isinstance(proving, Proving):
        return proving
    if proving.confirms is not None and own_phone(proving) is None:
        return door(handle)
    sending, wanted = sending_of(proving), request.form.get("send")
    if not proof.token_fits(proving, WAY):
        return _again(proving, sending, "form_stale", 400)
    if wanted is not None or sending is None:
        return _send(proving, sending, Channel.VOICE if wanted == Channel.VOICE else Channel.TEXT)
    form = forms.Code(request.form)
    if not form.validate():
        return _code_page(proving, sending, form, "", 400)
    return _judge(proving, sending, form)


def _send(proving: Proving, sending: Sending | None, channel: Channel) -> Response:
    """Send a code to the phone that was typed, to the one before, or to the person's own."""
    typed = forms.Phone(request.form)
    phone = own_phone(proving) if proving.confirms else None
    if phone is None and "phone" in request.form:
        phone = lookup.normalise_phone(typed.phone.data) if typed.validate() else None
        if phone is None and not typed.errors:
            forms.refuse(typed.phone, "phone_malformed")
    elif phone is None and sending is not None:
        phone = sending.asking.phone
    if phone is None:
        return _phone_page(proving, typed, "", 400)
    if throttle.pace(current().state, source(), WAY, current().limits):
        return _again(proving, sending, "throttled", 429, typed)
    asking = asking_of(proving, phone)
    refused = sent(proving, asking, channel)
    if refused:
        held_back = sending if sending and sending.asking == asking else None
        return _again(proving, held_back, refused, STATUS[refused], typed)
    return redirect(proving.path(WAY), 303)


def sent(proving: Proving, asking: Asking, channel: Channel) -> NotSent | None:
    """Send a code and note it; or say why none went out."""
    codes, language = desk().codes, languages.of_request(proving.interaction.demand.ui_locales)

    def words(digits: str | None) -> Message:
        if digits is None:
            return texts.message("code.withheld", language)
        return texts.code(asking.purpose, digits, code_seconds(), language, channel)

    refused = codes.send(asking, source(), words, now(), code_seconds())
    if refused is None:
        proof.note(
            proving,
            sms_phone=asking.phone,
            sms_channel=channel,
            sms_at=now().isoformat(),
            sms_for=asking.purpose,
            sms_seconds=str(code_seconds()),
        )
    return refused


def _judge(proving: Proving, sending: Sending, form: forms.Code) -> Response:
    outcome = proven(proving, sending, form.code.data)
    if outcome is None:
        return lead_to_registration(proving, sending)
    return proof.judged(proving, outcome, lambda *said: _code_page(proving, sending, form, *said))


def proven(proving: Proving, sending: Sending, typed: str) -> Proven | Denied | None:
    """Who has shown to have the phone; None for somebody who has, and has no account."""
    services, asking = current(), sending.asking
    right = desk().codes.check(asking, typed, source(), now())
    with services.database.writing() as db:
        if not right:
            owner = lookup.phone_owner(db, services.vault, asking.phone)
            return base.deny(db, "sms", "code_wrong", owner, proving.interaction.demand.client_id or None)
        if proving.confirms is not None:
            return Proven(proving.confirms.person_id, sms.AMR_BY[sending.channel])
        person = lookup.by_phone(db, services.vault, asking.phone)
        if person is None or person.realm != proving.interaction.realm:
            return None
        return base.let_in(db, person, sms.AMR_BY[sending.channel], sending.at)


def lead_to_registration(proving: Proving, sending: Sending) -> Response:
    """Begin a registration whose phone is proven already, and say so on a page that can be loaded again."""
    handle = desk().registrations.add(
        Registration(
            phone=sending.asking.phone,
            locale=wizards.language(proving.handle),
            started_at=now(),
            code_sent_at=sending.at,
            interaction=proving.handle,
            phone_proven=True,
            channel=sending.channel,
        )
    )
    proof.note(proving, sms_nobodys=sending.asking.phone)
    return sign_up.WIZARD.keep(redirect(proving.path(f"{WAY}?new=yes"), 303), handle)


def _is_nobodys(proving: Proving) -> bool:
    """Whether the phone that was typed here has been proven, and nobody had it."""
    return proving.confirms is None and "sms_nobodys" in proving.kept


def asking_of(proving: Proving, phone: str) -> Asking:
    """A code is for this interaction, and for whoever is confirmed in it."""
    facts = proving.confirms
    if facts is None:
        return Asking("sign-in", phone, proving.handle)
    return Asking("confirm", phone, f"{proving.handle}|{facts.session_id.hex}")


def sending_of(proving: Proving) -> Sending | None:
    """What went out for this very question; what was sent to somebody else's phone is nothing here."""
    kept = proving.kept
    if "sms_phone" not in kept:
        return None
    asking = asking_of(proving, kept["sms_phone"])
    if asking.purpose != kept["sms_for"] or (proving.confirms and asking.phone != own_phone(proving)):
        return None
    at = datetime.fromisoformat(kept["sms_at"])
    return Sending(asking, Channel(kept["sms_channel"]), at, float(kept["sms_seconds"]))


def own_phone(proving: Proving) -> str | None:
    """The proven phone of whoever is to be confirmed; none while a hold lasts (`catalogue.further`)."""
    assert proving.confirms is not None
    with current().database.reading() as db:
        person = db.get_one(Person, proving.confirms.person_id)
        return None if hold.until(person, now()) else person.phone


def _begun(proving: Proving) -> forms.Phone:
    """The form with what is known: the phone typed before, or the one the application hints at."""
    hint = proving.interaction.demand.login_hint or ""
    known = proving.kept.get("sms_phone", "") if proving.confirms is None else ""
    return forms.Phone(phone=(known or lookup.normalise_phone(hint) or "").removeprefix("+86"))


def _again(
    proving: Proving, sending: Sending | None, refusal: str, status: int, typed: forms.Phone | None = None
) -> Response:
    if sending is not None:
        return _code_page(proving, sending, forms.Code(), refusal, status)
    return _phone_page(proving, typed or _begun(proving), refusal, status)


def _phone_page(proving: Proving, form: forms.Phone, refusal: str = "", status: int = 200) -> Response:
    own = own_phone(proving) if proving.confirms else None
    return proof.page(
        proving,
        WAY,
        "sign_in/sms.html",
        status=status,
        form=form,
        refusal=refusal,
        seconds=int(sms.PAUSE) if refusal == NotSent.TOO_SOON else 0,
        own_phone=masked(own) if own else None,
        speaks=desk().codes.gateway.speaks,
    )


def _code_page(
    proving: Proving,
    sending: Sending,
    form: forms.Code,
    refusal: str = "",
    status: int = 200,
    seconds: int = 0,
) -> Response:
    began = now() if refusal == NotSent.TOO_SOON else sending.at
    waits = sms.PAUSE - (now() - began).total_seconds()
    return proof.page(
        proving,
        WAY,
        "sign_in/sms_code.html",
        status=status,
        form=form,
        refusal=refusal,
        seconds=max(seconds, int(waits), 0),
        phone=masked(sending.asking.phone),
        is_call=sending.channel is Channel.VOICE,
        speaks=desk().codes.gateway.speaks,
        minutes=int(sending.seconds // 60),
        change_url=None if proving.confirms else proving.path(f"{WAY}?change=yes"),
    )


def _nobodys_page(proving: Proving) -> Response:
    there = elsewhere.named(proving.interaction.demand.ui_locales)
    return proof.page(
        proving,
        WAY,
        "sign_in/sms_new.html",
        phone=masked(proving.kept["sms_nobodys"]),
        register_url=f"/register?interaction={proving.handle}"
        if there
        else f"{sign_up.WIZARD.path}/identity",
        registers_at=there,
        change_url=proving.path(f"{WAY}?change=yes"),
    )
