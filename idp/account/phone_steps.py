"""The first two steps of every wizard: a phone, and the code that was sent to it.

Any phone gets its code alike, whether it has an account or not; what is refused is refused to both alike.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Generic

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from idp.account import wizards
from idp.account.desk import code_seconds, desk
from idp.account.wizards import T, Visit, Wizard
from idp.authenticators import sms, throttle
from idp.authenticators.sms import Asking, NotSent
from idp.moving import arriving
from idp.notices import texts
from idp.notices.sms import Channel, Message
from idp.persons import lookup
from idp.services import current
from idp.web import forms
from idp.web.pages import render
from idp.web.request_scope import now, source

STATUS = {reason: 503 if reason is NotSent.UNAVAILABLE else 429 for reason in NotSent}


@dataclass(frozen=True)
class PhoneSteps(Generic[T]):
    """Both steps as one wizard has them."""

    wizard: Wizard[T]
    begun: Callable[[str, str, datetime, datetime, str | None], T]
    """Makes the wizard's record of phone, language, when it began, when the code went out, interaction."""
    template: str
    """The page that asks for the phone."""

    def install(self, bp: Blueprint) -> None:
        """Put the four views where the wizard lives."""
        at_code = self.wizard.at("code")
        bp.add_url_rule("", "start", self.start)
        bp.add_url_rule("", "send_code", self.send_code, methods=["POST"])
        bp.add_url_rule("/code", "code", at_code(self.code))
        bp.add_url_rule("/code", "prove_phone", at_code(self.prove_phone), methods=["POST"])

    def start(self) -> ResponseReturnValue:
        """Ask for a phone."""
        return self._phone_page(forms.Phone())

    def send_code(self) -> ResponseReturnValue:
        """Send a code to any phone alike, and begin the wizard."""
        form = forms.Phone(request.form)
        if not self.wizard.token_fits(self.wizard.handle, "phone"):
            return self._phone_page(form, "form_stale", 400)
        phone = lookup.normalise_phone(form.phone.data) if form.validate() else None
        if phone is None:
            if not form.errors:
                forms.refuse(form.phone, "phone_malformed")
            return self._phone_page(form, "", 400)
        if throttle.pace(current().state, source(), self.wizard.name, current().limits):
            return self._phone_page(form, "throttled", 429)
        handle, refused = self.begin(phone, _wanted(), wizards.asked_interaction())
        if refused:
            return self._phone_page(form, refused, STATUS[refused])
        return self.wizard.keep(self.wizard.to("code"), handle)

    def begin(self, phone: str, channel: Channel, interaction: str | None) -> tuple[str, NotSent | None]:
        """A new record of the wizard, with a code on its way: its handle, or why none went out."""
        begun = self.begun(phone, wizards.language(interaction), now(), now(), interaction)
        record = _sending(begun, channel)
        handle = self.wizard.records.add(record)
        return handle, self._send(handle, record)

    def code(self, visit: Visit[T]) -> ResponseReturnValue:
        """Ask for the code."""
        return self._code_page(visit, forms.Code())

    def prove_phone(self, visit: Visit[T]) -> ResponseReturnValue:
        """Judge the code, or send another."""
        form = forms.Code(request.form)
        if visit.is_stale:
            return self._code_page(visit, form, "form_stale", 400)
        if request.form.get("send"):
            return self._send_again(visit)
        if not form.validate():
            return self._code_page(visit, form, "", 400)
        if not self.is_right(visit.handle, visit.record, form.code.data):
            return self._code_page(visit, form, "code_wrong")
        return visit.go_on(replace(visit.record, phone_proven=True), "identity")

    def _send_again(self, visit: Visit[T]) -> Response:
        record = _sending(visit.record, _wanted())
        refused = self._send(visit.handle, record)
        if refused:
            return self._code_page(visit, forms.Code(), refused, STATUS[refused])
        return visit.go_on(record, "code")

    def is_right(self, handle: str, record: T, typed: str) -> bool:
        """Whether this is the code that was sent last."""
        return desk().codes.check(Asking(self.wizard.name, record.phone, handle), typed, source(), now())

    def _send(self, handle: str, record: T) -> NotSent | None:
        """Send the code of a record; or say why none went out."""

        def words(digits: str | None) -> Message:
            if digits is None:
                return texts.message("code.withheld", record.locale)
            return texts.code(self.wizard.name, digits, record.code_seconds, record.locale, record.channel)

        asking = Asking(self.wizard.name, record.phone, handle)
        return desk().codes.send(asking, source(), words, now(), record.code_seconds)

    def _phone_page(self, form: forms.Phone, refusal: str = "", status: int = 200) -> Response:
        handle, interaction = self.wizard.begin(), wizards.asked_interaction()
        page = render(
            self.template,
            status=status,
            form=form,
            refusal=refusal,
            seconds=int(sms.PAUSE) if refusal == NotSent.TOO_SOON else 0,
            speaks=desk().codes.gateway.speaks,
            minutes=wizards.minutes(),
            old_system=_old_system(interaction),
            sign_in_url=wizards.sign_in_url(interaction),
            carried=wizards.carried(interaction),
            csrf_token=self.wizard.token(handle, "phone"),
            action=f"{self.wizard.path}{wizards.carried(interaction)}",
            **wizards.surroundings(interaction),
        )
        return self.wizard.keep(page, handle)

    def _code_page(self, visit: Visit[T], form: forms.Code, refusal: str = "", status: int = 200) -> Response:
        record = visit.record
        sent_at = now() if refusal == NotSent.TOO_SOON else record.code_sent_at
        waits = sms.PAUSE - (now() - sent_at).total_seconds()
        return visit.show(
            form,
            refusal,
            status,
            phone=wizards.masked(record.phone),
            is_call=record.channel is Channel.VOICE,
            speaks=desk().codes.gateway.speaks,
            minutes=int(record.code_seconds // 60),
            seconds=max(0, int(waits)),
            change_url=f"{self.wizard.path}{wizards.carried(record.interaction)}",
        )


def _old_system(interaction: str | None) -> str:
    """The system whose account led here; empty if none did."""
    with current().database.reading() as db:
        return arriving.source_name(db, wizards.old_account(interaction))


def _wanted() -> Channel:
    """A message, unless the person asks for a call."""
    return Channel.VOICE if request.form.get("send") == Channel.VOICE else Channel.TEXT


def _sending(record: T, channel: Channel) -> T:
    """The record with a code on its way now."""
    return replace(record, channel=channel, code_seconds=code_seconds(), code_sent_at=now())
