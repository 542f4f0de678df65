"""`/api/v1/sign-ins`: what the hosted pages do for signing in, step by step, for clients approved for it.

The answer to each step is the next one. It is no password grant (RFC 9700 §2.4): it ends in an authorization
code for the client's own redirect URI and challenge, after the same steps in the same order, the second
factor, the level and the consent among them.
"""

from dataclasses import replace
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID

from flask import Blueprint

from idp import clock
from idp.account.phone_steps import STATUS
from idp.account.wizards import masked
from idp.api import callers, devices, stepping
from idp.api.asking import Begin, Capacity, Code, Decision, Nothing, Password, RecoveryCode, Send
from idp.api.callers import Refused
from idp.api.devices import Device
from idp.api.stepping import answering, asked, at_device, at_step, judged, status
from idp.authenticators.sms import HOUR, PAUSE, NotSent
from idp.clients.metadata import Client
from idp.consents.models import ConsentKind
from idp.interaction import steps
from idp.interaction.capacity import SELECT
from idp.interaction.choosing import views as choosing
from idp.interaction.record import Step
from idp.notices.sms import Channel
from idp.oauth import authorization
from idp.oauth.collaborators import OAuth
from idp.oauth.message import Parameters, Request
from idp.oauth.responses import Begun, Redirect, Shown
from idp.persons import lookup
from idp.persons.models import Realm
from idp.services import Goto, current
from idp.sign_in import further, recovery_code, sms, totp
from idp.sign_in import password as by_password
from idp.sign_in.proof import Proving
from idp.web import showing
from idp.web.doorway import due, protocol_of
from idp.web.request_scope import now

bp = Blueprint("api_sign_ins", __name__, url_prefix="/api/v1/sign-ins")
ONE = "/<sign_in>"
REQUEST = ("redirect_uri", "code_challenge", "scope", "state", "nonce", "acr_values", "prompt")
MORE = ("authorization_details", "ui_locales", "login_hint")


@bp.post("")
@answering
def begin(client: Client) -> dict[str, Any]:
    """Begin a sign-in at one device; its request is checked as the authorization endpoint checks it."""
    given = callers.sent(Begin)
    device, secret = devices.begin(client, given.address, given.device)
    sign_in = devices.kept().add(device)
    told = {name: value for name in (*REQUEST, *MORE) if (value := getattr(given, name)) is not None}
    fixed = {"client_id": client.id, "response_type": "code", "code_challenge_method": "S256"}
    interaction = _begun(Parameters(told | fixed))
    cookies = current().cookies
    name, _, value = cookies.keep_interaction(interaction).partition(";")[0].partition("=")
    device = replace(device, interaction=interaction, cookies={name: value})
    devices.kept().revise(sign_in, device)
    return status(sign_in, device, device_secret=secret)


@bp.post(ONE)
@at_device
def look(_client: Client, sign_in: str, device: Device) -> dict[str, Any]:
    """Say where it stands."""
    callers.sent(Nothing)
    return status(sign_in, device)


@bp.post(f"{ONE}/password")
@at_device
def password(client: Client, sign_in: str, device: Device) -> dict[str, Any]:
    """Judge a login and password; the answer is the same for a wrong one and for an unknown person."""
    given, proving = callers.sent(Password), asked(device)
    if proving.interaction.realm != Realm.CITIZEN:
        raise Refused(HTTPStatus.CONFLICT, "not_due", "civil servants sign in on our pages")
    outcome = by_password.judge(given.login, given.password, client.id)
    return status(sign_in, judged(sign_in, device, proving, outcome))


@bp.post(f"{ONE}/code")
@at_device
def send_code(_client: Client, sign_in: str, device: Device) -> dict[str, Any]:
    """Send a code to any phone alike; to confirm, to the person's own."""
    given, proving = callers.sent(Send), asked(device)
    phone = _phone(proving, given)
    callers.pace(sms.WAY)
    refused = sms.sent(proving, sms.asking_of(proving, phone), Channel(given.channel))
    if refused:
        raise not_sent(refused)
    return status(sign_in, device, sent_to=masked(phone))


@bp.post(f"{ONE}/code/check")
@at_device
def check_code(_client: Client, sign_in: str, device: Device) -> dict[str, Any]:
    """Judge a code; who has proven a phone that nobody registered may register, and learns it now."""
    given, proving = callers.sent(Code), asked(device)
    sending = sms.sending_of(proving)
    if sending is None:
        raise Refused(HTTPStatus.CONFLICT, "not_due", "send a code first")
    outcome = sms.proven(proving, sending, given.code)
    if outcome is None:
        response = sms.lead_to_registration(proving, sending)
        return status(sign_in, stepping.kept(sign_in, device, response), registration="identity")
    return status(sign_in, judged(sign_in, device, proving, outcome))


@bp.post(f"{ONE}/totp")
@at_device
def app_code(client: Client, sign_in: str, device: Device) -> dict[str, Any]:
    """Confirm with the code of an authenticator app."""
    given = callers.sent(Code)
    proving, person_id = _confirming(device, "totp")
    outcome = totp.judge(person_id, given.code, client.id)
    return status(sign_in, judged(sign_in, device, proving, outcome))


@bp.post(f"{ONE}/recovery-code")
@at_device
def printed_code(client: Client, sign_in: str, device: Device) -> dict[str, Any]:
    """Confirm with a recovery code; it is spent by that, and its person hears of it."""
    given = callers.sent(RecoveryCode)
    proving, person_id = _confirming(device, "recovery-code")
    outcome = recovery_code.judge(person_id, given.code, client.id)
    return status(sign_in, judged(sign_in, device, proving, outcome))


@bp.post(f"{ONE}/capacity")
@at_device
def capacity(client: Client, sign_in: str, device: Device) -> dict[str, Any]:
    """As themselves, or for which organisation."""
    given = callers.sent(Capacity)
    interaction, facts = at_step(device, Step.CAPACITY)
    wanted = interaction.demand.on_behalf
    assert wanted is not None
    organisation: UUID | None = choosing.picked_of(interaction, facts, wanted, given.capacity)
    if organisation is None and not (given.capacity == choosing.ONESELF and wanted.oneself):
        raise Refused(HTTPStatus.FORBIDDEN, "capacity_not_offered")
    with current().database.writing() as db:
        choosing.keep(db, facts, client.id, organisation, now())
    current().interactions.revise(device.interaction, steps.answered(interaction, SELECT))
    return status(sign_in, device)


@bp.post(f"{ONE}/agreement")
@at_device
def agreement(_client: Client, sign_in: str, device: Device) -> dict[str, Any]:
    """Record the person's yes to what was shown, or take their no."""
    given = callers.sent(Decision)
    interaction, facts = at_step(device, Step.NOTICE, Step.CONSENT)
    if given.decision == "decline":
        current().interactions.spend(device.interaction)
        devices.kept().spend(sign_in)
        return _answer(protocol_of(interaction).decline(interaction, "access_denied"))
    step = due(interaction, facts)
    said = showing.said(ConsentKind.NOTICE if step is Step.NOTICE else ConsentKind.PROVISION)
    with current().database.writing() as db:
        revised = steps.agreed(db, interaction, facts.person_id, step, said, now(), frozenset(given.scopes))
    current().interactions.revise(device.interaction, revised)
    return status(sign_in, device)


@bp.post(f"{ONE}/finish")
@at_device
def finish(_client: Client, sign_in: str, device: Device) -> dict[str, Any]:
    """Give the client its answer, once."""
    callers.sent(Nothing)
    interaction, facts = at_step(device, Step.DONE)
    if not current().interactions.spend(device.interaction):
        raise Refused(HTTPStatus.CONFLICT, "sign_in_over")
    devices.kept().spend(sign_in)
    return _answer(protocol_of(interaction).finish(interaction, facts))


def not_sent(refused: NotSent) -> Refused:
    """Why no code went out, and when one may."""
    waits = {NotSent.TOO_OFTEN: int(HOUR), NotSent.SPENT: clock.left_of_day(now())}
    return Refused(HTTPStatus(STATUS[refused]), refused, seconds=waits.get(refused, int(PAUSE)))


def _begun(parameters: Parameters) -> str:
    oauth: OAuth = current().extras["oauth"]
    answer = authorization.begin(oauth, Request("POST", parameters), lambda _realm: None, now())
    match answer:
        case Begun(interaction_id=interaction_id):
            return interaction_id
        case Shown(fault=fault):
            raise Refused(HTTPStatus.BAD_REQUEST, fault.value)
        case Redirect(url=url):
            told = dict(parse_qsl(urlsplit(url).query))
            raise Refused(HTTPStatus.BAD_REQUEST, told.get("error", "invalid_request"))
        case _:
            raise Refused(HTTPStatus.BAD_REQUEST, "invalid_request")


def _confirming(device: Device, way: str) -> tuple[Proving, UUID]:
    """The sign-in, and whom it knows already; raises Refused while that is nobody, or the way is spent."""
    proving = asked(device)
    if proving.confirms is None:
        raise Refused(HTTPStatus.CONFLICT, "not_due", "it confirms, and says of nobody who they are")
    if not further.is_open(way, proving.confirms):
        raise Refused(HTTPStatus.CONFLICT, "not_due", "it recovered the password: look at `details.held`")
    return proving, proving.confirms.person_id


def _phone(proving: Proving, given: Send) -> str:
    """The person's own when it confirms; else what was typed, or the one before."""
    if proving.confirms is not None:
        phone = sms.own_phone(proving)
        if phone is None:
            raise Refused(HTTPStatus.CONFLICT, "not_due", "this way is none of the person's")
        return phone
    before = sms.sending_of(proving)
    phone = lookup.normalise_phone(given.phone) if given.phone else before.asking.phone if before else None
    if phone is None:
        raise Refused(HTTPStatus.BAD_REQUEST, "phone_malformed")
    return phone


def _answer(answer: object) -> dict[str, Any]:
    assert isinstance(answer, Goto)
    parts = urlsplit(answer.url)
    place = parts._replace(query="", fragment="").geturl()
    return {"redirect_uri": place, "parameters": dict(parse_qsl(parts.query))}
