"""How registering and recovering begin alike: a phone, the code sent to it, and how far it has come."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any, Generic

from werkzeug.wrappers import Response

from idp.account import wizards
from idp.account.phone_steps import PhoneSteps
from idp.account.wizards import T
from idp.api import callers
from idp.api.asking import Code, Send
from idp.api.callers import Refused
from idp.api.devices import Device
from idp.api.sign_ins import not_sent
from idp.api.stepping import kept, status
from idp.notices.sms import Channel
from idp.persons import lookup


@dataclass(frozen=True)
class ByPhone(Generic[T]):
    """A wizard of the pages at a client's own device."""

    name: str
    """Under which `status` says where it is."""
    steps: PhoneSteps[T]
    admit: Callable[[Device], object]
    """Raises Refused unless whoever is at the device may."""

    def send_code(self, sign_in: str, device: Device) -> dict[str, Any]:
        """Send a code to any phone alike; it begins the wizard, or sends another code."""
        given = callers.sent(Send)
        self.admit(device)
        phone = lookup.normalise_phone(given.phone or "")
        if phone is None:
            raise Refused(HTTPStatus.BAD_REQUEST, "phone_malformed")
        callers.pace(self.steps.wizard.name)
        handle, refused = self.steps.begin(phone, Channel(given.channel), device.interaction)
        if refused:
            raise not_sent(refused)
        device = kept(sign_in, device, self.steps.wizard.keep(Response(), handle))
        return status(sign_in, device, **{self.name: "code"}, sent_to=wizards.masked(phone))

    def prove_phone(self, sign_in: str, device: Device) -> dict[str, Any]:
        """Judge the code."""
        given = callers.sent(Code)
        handle, record = self.at(device, "code")
        if not self.steps.is_right(handle, record, given.code):
            raise Refused(HTTPStatus.FORBIDDEN, "code_wrong")
        self.steps.wizard.records.revise(handle, replace(record, phone_proven=True))
        return status(sign_in, device, **{self.name: "identity"})

    def at(self, device: Device, step: str) -> tuple[str, T]:
        """The record of this device and its handle, if it has come as far as this step; raises Refused."""
        self.admit(device)
        wizard = self.steps.wizard
        handle = device.cookies.get(wizard.cookie)
        record = wizard.records.find(handle)
        if handle is None or record is None or step not in wizard.ways(record):
            raise Refused(HTTPStatus.CONFLICT, "not_due", f"this step of the {self.name} is not due")
        return handle, record
