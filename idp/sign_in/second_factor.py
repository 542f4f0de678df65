"""The step after a first proof that is not enough: which other way shall confirm the same person."""

from flask import Blueprint, redirect, request
from flask.typing import ResponseReturnValue

from idp.authenticators.catalogue import Way
from idp.interaction.record import Facts
from idp.persons.models import Realm
from idp.services import current
from idp.sign_in import certificate, first_app, further, proof
from idp.sign_in.proof import Proving
from idp.web.doorway import answered, door, protocol_of

bp = Blueprint("sign_in_second_factor", __name__, url_prefix="/interaction/<handle>")
WAY = "second-factor"


@bp.get("/second-factor")
def choose(handle: str) -> ResponseReturnValue:
    """Go to the way this person has, or let them choose (`?all`) among several."""
    proving = proof.asked(handle)
    if not isinstance(proving, Proving):
        return proving
    if proving.confirms is None:
        return door(handle)
    if first_app.is_due(proving, proving.confirms):
        return redirect(proving.path(first_app.WAY), 303)
    demand, facts = proving.interaction.demand, proving.confirms
    ways = further.ways(demand, facts)
    # Without a credential it is not known to be theirs: while a hold lasts, its reason is told first.
    is_theirs = ways and (ways[0].kind is not None or further.held(facts.person_id, facts.amr) is None)
    if is_theirs and "all" not in request.args:
        return redirect(proving.path(ways[0].name), 303)
    is_staff = proving.interaction.realm == Realm.STAFF
    methods = "/staff" if is_staff else "/account/methods"
    return proof.page(
        proving,
        WAY,
        ways=[(way.name, proving.path(way.name)) for way in ways],
        certificate_url=_unbound_certificate(proving, facts, ways),
        needed=further.needed(demand, facts),
        is_staff=is_staff,
        methods_url=f"{methods}?interaction={handle}",
        signing_in=facts.authenticated_at >= proving.interaction.started_at,
        may_turn_back=proving.interaction.demand.client_id != "",
    )


def _unbound_certificate(proving: Proving, facts: Facts, ways: list[Way]) -> str:
    """Where somebody confirms by a certificate they have not added yet; empty where none would do."""
    if any(way.name == certificate.WAY for way in ways) or not certificate.is_offered(proving):
        return ""
    may = further.may_bring_certificate(proving.interaction.demand, facts)
    return proving.path(certificate.WAY) if may else ""


@bp.post("/second-factor")
def turn_back(handle: str) -> ResponseReturnValue:
    """The person would rather not: the application hears that no second way was shown."""
    proving = proof.asked(handle)
    if not isinstance(proving, Proving):
        return proving
    if proving.confirms is None or not proof.token_fits(proving, WAY):
        return door(handle)
    current().interactions.spend(handle)
    interaction = proving.interaction
    return answered(interaction, protocol_of(interaction).decline(interaction, "no_second_way"))
