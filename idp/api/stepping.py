"""One step of a sign-in at the interface: who calls, whose device, what is due; the answer: what is next."""

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any

from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from idp.api import callers, devices
from idp.api.callers import Refused
from idp.api.devices import Device
from idp.authenticators import catalogue
from idp.authenticators.base import Denied, Proven
from idp.authenticators.proving import Arrived
from idp.authenticators.throttle import Wait
from idp.clients.metadata import Client
from idp.consents.models import ConsentKind
from idp.crypto.handles import digest
from idp.interaction.choosing import views as choosing
from idp.interaction.record import OLD_ACCOUNT, Facts, Interaction, Step
from idp.moving import arriving
from idp.persons.models import Person, Realm
from idp.services import current
from idp.sign_in import further, passkey, proof
from idp.sign_in.further import Held
from idp.sign_in.proof import Proving
from idp.web import showing, zones
from idp.web.doorway import client_of, due, facts_here
from idp.web.request_scope import now

SCOPE = "sign_in_api"
BEGINS = ("password", "sms", "passkey", "qr", "certificate")
"""Ways to begin by, in the order to offer them."""
CONFIRMS = {"sign-in": "password", "recovery-code": "recovery_code"}
"""Ways by which one confirms, where the page has another name than we; the others go by the same."""
OWN_PAGES = frozenset({"staff"})
"""Ways that have no step here."""
INTERVAL = 3
"""Seconds a screen waits between two questions about the same thing."""
POLLS_PER_MINUTE = 30
"""Such questions of one sign-in: half as many again as at that interval."""

View = Callable[[Client, str, Device], dict[str, Any]]


def answering(view: Callable[..., dict[str, Any]]) -> Callable[..., ResponseReturnValue]:
    """A view for a client that may, at its pace."""

    @wraps(view)
    def answered(**found: str) -> ResponseReturnValue:
        client = callers.caller(SCOPE)
        devices.pace(client)
        return callers.answer(view(client, **found))

    return answered


def at_device(view: View) -> Callable[..., ResponseReturnValue]:
    """A view of one sign-in, answered as its device's browser would be."""

    @wraps(view)
    def stepped(client: Client, sign_in: str) -> dict[str, Any]:
        return _stepped(view, client, sign_in)

    return answering(stepped)


def polling(view: View) -> Callable[..., ResponseReturnValue]:
    """A view that a screen asks again and again: no step of its client's, and held to its interval."""

    @wraps(view)
    def answered(sign_in: str) -> ResponseReturnValue:
        client = callers.caller(SCOPE)
        devices.found(client, sign_in)
        if current().state.count(f"api-poll:{digest(sign_in)}", 60.0) > POLLS_PER_MINUTE:
            raise Refused(HTTPStatus.TOO_MANY_REQUESTS, "slow_down", seconds=INTERVAL)
        return callers.answer(_stepped(view, client, sign_in))

    return answered


def _stepped(view: View, client: Client, sign_in: str) -> dict[str, Any]:
    device = devices.found(client, sign_in)
    with devices.acting(device):
        return view(client, sign_in, device)


def asked(device: Device) -> Proving:
    """The sign-in as the pages see it; raises Refused when it is over or nothing is to be proven."""
    found = proof.asked(device.interaction)
    if not isinstance(found, Proving):
        raise Refused(HTTPStatus.CONFLICT, "sign_in_over", "it has expired, or was answered: begin anew")
    return found


def at_step(device: Device, *steps: Step) -> tuple[Interaction, Facts]:
    """The interaction and who is signed in in it, if one of these steps is due; raises Refused."""
    interaction = asked(device).interaction
    facts = facts_here(interaction)
    if facts is None or due(interaction, facts) not in steps:
        raise Refused(HTTPStatus.CONFLICT, "not_due", "something else comes first: look at `next`")
    return interaction, facts


def judged(
    sign_in: str, device: Device, proving: Proving, outcome: Proven | Denied | Wait | Arrived
) -> Device:
    """Go on after a proof; raises Refused with the reason that the pages would show."""
    match outcome:
        case Wait(seconds=seconds):
            raise Refused(HTTPStatus.TOO_MANY_REQUESTS, "throttled", seconds=seconds)
        case Denied(reason=reason):
            raise Refused(HTTPStatus.FORBIDDEN, reason)
        case Arrived(account_id=account_id):
            proof.note(proving, **{OLD_ACCOUNT: account_id.hex})
            return device
        case Proven() as proven:
            if proving.confirms is not None and proving.confirms.person_id != proven.person_id:
                raise Refused(HTTPStatus.FORBIDDEN, "other_person")
            return kept(sign_in, device, proof.succeeded(proving, proven))


def kept(sign_in: str, device: Device, response: Response) -> Device:
    """What a browser would have kept of an answer; from here on the device is who it has proven to be."""
    return devices.remember(sign_in, device, response)


def status(sign_in: str, device: Device, **more: Any) -> dict[str, Any]:
    """Where the sign-in stands now."""
    with devices.acting(device):
        proving = asked(device)
        interaction = proving.interaction
        facts = facts_here(interaction)
        step = due(interaction, facts)
        left = current().settings.interaction_lifetime - (now() - interaction.started_at).total_seconds()
        told: dict[str, Any] = {"sign_in": sign_in, "next": step.value, "expires_in": max(0, int(left))}
        told |= _ways(proving, facts, step)
        if details := _details(proving, facts, step):
            told["details"] = details
        return told | {name: value for name, value in more.items() if value is not None}


def _ways(proving: Proving, facts: Facts | None, step: Step) -> dict[str, list[str]]:
    extras = current().extras
    if step in {Step.SIGN_IN, Step.REGISTER}:
        realm = proving.interaction.realm
        there = {way.name for way in catalogue.beginning(realm, extras)}
        there |= {"password"} if realm == Realm.CITIZEN else set()
        return {"ways": [name for name in BEGINS if name in there and _is_here(name)]}
    if step is not Step.SECOND_FACTOR or facts is None:
        return {}
    found = [way.name for way in further.ways(proving.interaction.demand, facts)]
    return {"ways": [named(name) for name in found if name not in OWN_PAGES and _is_here(name)]}


def named(way: str) -> str:
    """What a way is called here."""
    return CONFIRMS.get(way, way)


def _is_here(way: str) -> bool:
    """Passkeys belong to a host; at a bare address there are none."""
    return way != passkey.WAY or zones.passkey_party() is not None


def _details(proving: Proving, facts: Facts | None, step: Step) -> dict[str, Any] | None:
    """What a page would show at this step."""
    interaction = proving.interaction
    if facts is None:
        return _beginning(proving)
    if step is Step.CAPACITY and interaction.demand.on_behalf is not None:
        return _capacity(facts, interaction)
    if step in {Step.NOTICE, Step.CONSENT}:
        return _agreement(interaction, facts, step)
    if step is Step.SECOND_FACTOR and (held := further.held(facts.person_id, facts.amr, facts.is_half)):
        return {"held": _held(held)}
    if step is Step.STEP_UP:
        return {"level": facts.reached.ial, "needed": interaction.demand.level.ial}
    return None


def _beginning(proving: Proving) -> dict[str, Any]:
    with current().database.reading() as db:
        old = arriving.source_name(db, proof.old_account(proving))
    told = {"old_system": old, "refusal": proof.why_again(proving)}
    return {name: value for name, value in told.items() if value}


def _held(held: Held) -> dict[str, Any]:
    return {
        "until": held.until.isoformat(timespec="seconds"),
        "ways": [named(way) for way in held.ways],
        "usable": [named(way) for way in held.usable],
        "lets_in": held.lets_in,
        "alone": held.alone,
    }


def _capacity(facts: Facts, interaction: Interaction) -> dict[str, Any]:
    assert interaction.demand.on_behalf is not None
    wanted = interaction.demand.on_behalf
    return {
        "oneself": wanted.oneself,
        "refusal": facts.refusal,
        "organisations": [
            {
                "id": str(one.id),
                "name": one.name,
                "credit_code": one.code,
                "role": one.role,
                "allowed": one.allowed,
                "reason": one.reason,
            }
            for one in choosing.choices_of(facts, wanted)
        ],
    }


def _agreement(interaction: Interaction, facts: Facts, step: Step) -> dict[str, Any]:
    client = client_of(interaction)
    assert client is not None
    with current().database.reading() as db:
        shown = showing.agreement(db.get_one(Person, facts.person_id), interaction, client, facts)
    said = showing.said(ConsentKind.NOTICE if step is Step.NOTICE else ConsentKind.PROVISION)
    away = {"offline_access": {"days": shown["away_days"]}} if shown["away_days"] else {}
    return away | {
        "text": {"key": said.key, "version": said.version},
        "purpose": shown["purpose"],
        "asked": [
            {"scope": one.scope, "claims": dict(one.claims), "required": one.required}
            for one in shown["asked"]
        ],
    }
