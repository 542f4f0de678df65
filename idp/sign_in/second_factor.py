"""The step after a first proof that is not enough: which other way shall confirm the same person."""

from flask import Blueprint, redirect, request
from flask.typing import ResponseReturnValue

from idp.assurance import Level
from idp.authenticators import catalogue
from idp.authenticators.catalogue import Way
from idp.interaction.record import Facts
from idp.persons.models import Person, Realm
from idp.services import current
from idp.sign_in import first_app, proof
from idp.sign_in.proof import Proving
from idp.web.doorway import answered, door, protocol_of
from idp.web.request_scope import now

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
    ways = _ways(proving, proving.confirms)
    if ways and "all" not in request.args:
        return redirect(proving.path(ways[0].name), 303)
    is_staff = proving.interaction.realm == Realm.STAFF
    methods = "/staff" if is_staff else "/account/methods"
    return proof.page(
        proving,
        WAY,
        ways=[(way.name, proving.path(way.name)) for way in ways],
        needed=_needed(proving, proving.confirms).aal,
        is_staff=is_staff,
        methods_url=f"{methods}?interaction={handle}",
        may_turn_back=proving.interaction.demand.client_id != "",
    )


@bp.post("/second-factor")
def turn_back(handle: str) -> ResponseReturnValue:
    """The person would rather not: the application hears that its level cannot be met."""
    proving = proof.asked(handle)
    if not isinstance(proving, Proving):
        return proving
    if proving.confirms is None or not proof.token_fits(proving, WAY):
        return door(handle)
    current().interactions.spend(handle)
    interaction = proving.interaction
    return answered(interaction, protocol_of(interaction).decline(interaction, "unmet_level"))


def _needed(proving: Proving, facts: Facts) -> Level:
    return proving.interaction.demand.level.union(facts.own_minimum)


def _ways(proving: Proving, facts: Facts) -> list[Way]:
    services = current()
    with services.database.reading() as db:
        person = db.get_one(Person, facts.person_id)
        needed = _needed(proving, facts).aal
        if proving.interaction.demand.own:
            return catalogue.own_further(db, person, facts.amr, needed, services.extras, now())
        return catalogue.further(db, person, facts.amr, needed, services.extras, now())
