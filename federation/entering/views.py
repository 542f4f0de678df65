"""Whom an upstream means: in, or on to what its person must still do or be told."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from flask import Blueprint, redirect
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from federation import accounts, arriving, cases
from federation.accounts import Said
from federation.arriving import Judged
from federation.desk import Arrival
from federation.leaving import work
from federation.leaving.stays import Stay
from federation.linking import Taken
from federation.matching import Conflict, Create, Enter, Prove, ProveOneself, Unwelcome
from federation.trust import SKEW
from federation.views import AGAIN, desk, noted, without_visit
from idp.account import elsewhere
from idp.assurance import BY_UPSTREAM
from idp.authenticators import base
from idp.persons import enrolment
from idp.persons.models import Person
from idp.services import current
from idp.sign_in import arrivals, proof, upstreams
from idp.sign_in.proof import Proving
from idp.web.doorway import door
from idp.web.request_scope import now

bp = Blueprint("federation_entering", __name__)


@bp.get("/interaction/<handle>/upstream")
def arrive(handle: str) -> ResponseReturnValue:
    """Whom the upstream means: in, or on to what its person must still do or be told."""
    found = arrived(handle)
    if not isinstance(found, tuple):
        return found
    proving, arrival = found
    judged = arriving.judge(current(), desk(), arrival, now())
    if judged.believed.is_too_old:
        return _once_more(proving, arrival)
    match judged.decision:
        case Enter(raises=True):
            return _raised(proving, arrival, judged)
        case Enter(person_id=person_id):
            return _entered(proving, arrival, judged.said, person_id)
        case Prove():
            return redirect(proving.path("upstream-link"), 303)
        case Create():
            return redirect(proving.path("upstream-new"), 303)
        case ProveOneself():
            return redirect(proving.path("upstream-organisation"), 303)
        case Conflict() as conflict:
            return disagreed(proving, arrival, conflict)
        case Unwelcome() as why:
            return unwelcome(proving, arrival, why)


def arrived(handle: str) -> tuple[Proving, Arrival] | Response:
    """The interaction of this browser and who arrived in it; else the way on."""
    proving = proof.asked(handle)
    if not isinstance(proving, Proving):
        return proving
    arrival = desk().arrivals.find(proving.kept.get(arrivals.ARRIVED))
    if arrival is None:  # it lives for a shorter time than the interaction does
        forget(proving)
        return door(handle)
    return proving, arrival


def forget(proving: Proving) -> Proving:
    """The same, and kept so, without a visit to an upstream (`without_visit`)."""
    forgotten = without_visit(proving.interaction)
    current().interactions.revise(proving.handle, forgotten)
    return replace(proving, interaction=forgotten)


def enter(proving: Proving, arrival: Arrival, aal: int, person: Person, when: datetime) -> Response:
    """
    Begin the session with what the sign-in at the upstream counts for.

    It never strengthens the one that is here, whoever's that is: an upstream is no second factor.
    """
    with current().database.writing() as db:
        proven = base.let_in(db, db.get_one(Person, person.id), BY_UPSTREAM[aal], arrival.began_at)
    if isinstance(proven, base.Denied):
        return _told(proving, arrival, "federation/unwelcome.html", 403, reason=proven.reason)
    stay, database = Stay(arrival.asserted.upstream, arrival.asserted.kept), current().database
    leads, former = replace(forget(proving), confirms=None), proving.kept.get(arrivals.FORMER)

    def begun(session_id: UUID) -> None:
        work.keep(database, desk(), session_id, stay)
        arrivals.remind(former, person.id)

    return proof.succeeded(leads, proven, when, begun)


def proven_at(arrival: Arrival) -> datetime:
    """When its person proved themselves there: just now, if that was during the visit, as clocks go."""
    return arrival.at if arrival.asserted.at >= arrival.began_at - SKEW else arrival.asserted.at


def disagreed(proving: Proving, arrival: Arrival, conflict: Conflict) -> Response:
    """Open a case, let nobody in, and say what happens next."""
    services = current()
    with services.database.writing() as db:
        cases.open_case(db, services.vault, arrival.asserted, conflict, now())
    return _told(proving, arrival, "federation/conflict.html", 409, reason=conflict.reason)


def unwelcome(proving: Proving, arrival: Arrival, why: Unwelcome) -> Response:
    """Nobody here is meant, and nobody may come into being."""
    return _told(proving, arrival, "federation/unwelcome.html", 403, reason=why)


def title(proving: Proving, arrival: Arrival) -> str:
    """What its person knows the upstream by."""
    return upstreams.title(desk(), arrival.asserted.upstream, proving.interaction.demand.ui_locales)


def _told(proving: Proving, arrival: Arrival, template: str, status: int, **values: object) -> Response:
    return proof.page(
        proving,
        "upstream",
        template,
        status=status,
        upstream=title(proving, arrival),
        register_url=f"/register?interaction={proving.handle}",
        family_url="/account/family",
        elsewhere=elsewhere.named(proving.interaction.demand.ui_locales),
        **values,
    )


def _entered(proving: Proving, arrival: Arrival, said: Said, person_id: UUID) -> Response:
    services = current()
    with services.database.writing() as db:
        person = accounts.entered(db, services.vault, arrival.asserted, person_id, now())
        if person is None:
            return redirect(proving.path("upstream"), 303)
        accounts.refresh(db, person, said, now())
    return enter(proving, arrival, said.believed.aal, person, proven_at(arrival))


def _raised(proving: Proving, arrival: Arrival, judged: Judged) -> Response:
    """The linked person has proven a document there that is nobody's here: if the registry agrees, theirs."""
    checked = arriving.ask_registry(current(), judged, now())
    if isinstance(checked, Conflict):
        assert isinstance(judged.decision, Enter)
        return disagreed(proving, arrival, replace(checked, person_id=judged.decision.person_id))
    services, claim = current(), judged.claim
    assert claim is not None and isinstance(judged.decision, Enter)
    try:
        with services.database.writing() as db:
            person = accounts.entered(db, services.vault, arrival.asserted, judged.decision.person_id, now())
            if person is None:
                return redirect(proving.path("upstream"), 303)
            accounts.believe_document(db, services.vault, person, checked, claim, now())
    except (Taken, enrolment.Taken):
        return redirect(proving.path("upstream"), 303)
    return enter(proving, arrival, judged.believed.aal, person, proven_at(arrival))


def _once_more(proving: Proving, arrival: Arrival) -> Response:
    """Ask its person to prove themselves anew, once; an upstream that will not is not believed."""
    name = arrival.asserted.upstream
    if AGAIN in proving.kept:
        return noted(proving.handle, proving.interaction, name, "too_old")
    proof.note(proving, **{AGAIN: "1"})
    return redirect(proving.path(f"upstream/{name}"), 303)
