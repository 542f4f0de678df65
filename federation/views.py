"""To an upstream and back: `/interaction/<id>/upstream/<name>`, `/federation/<name>/callback`, and who it is.

A visit is bound to this browser by a cookie of its own and spent by its return. What comes back is judged
without a transaction open; only then is it decided whom the upstream means, on the interaction's own path.
"""

from dataclasses import replace
from datetime import datetime

from flask import Blueprint, abort, redirect, request
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from federation import accounts, arriving, cases
from federation.accounts import Said
from federation.arriving import Judged
from federation.desk import AWAY, Arrival, Federation, Posted, Visit, asks_anew
from federation.events import UpstreamRefused
from federation.leaving import work
from federation.leaving.stays import Stay
from federation.linking import Taken
from federation.matching import Conflict, Create, Enter, Prove, ProveOneself, Unwelcome
from federation.saml import Saml
from federation.trust import SKEW
from idp.assurance import BY_UPSTREAM
from idp.audit import trail
from idp.authenticators import base
from idp.interaction.record import Demand, Interaction
from idp.interaction.upstream import AssertedIdentity, Begun, Reason, Refused, Wanted
from idp.persons import enrolment
from idp.persons.models import Person, Realm
from idp.services import current
from idp.sign_in import proof, upstreams
from idp.sign_in.proof import Proving
from idp.web import zones
from idp.web.doorway import door
from idp.web.pages import render
from idp.web.request_scope import now, source

bp = Blueprint("federation", __name__)
AGAIN = "upstream_again"
"""Under this name an interaction notes that its person was asked to prove themselves anew."""
LONGEST = 16_384
"""Characters of a value that an upstream sends back."""


def desk() -> Federation:
    """The upstreams of this instance; 404 where it has none."""
    found = upstreams.federation()
    if found is None:
        abort(404)
    return found


@bp.get("/interaction/<handle>/upstream/<name>")
def begin(handle: str, name: str) -> ResponseReturnValue:
    """Send the browser to an upstream."""
    proving = proof.asked(handle)
    if not isinstance(proving, Proving):
        return proving
    demand, federation = proving.interaction.demand, desk()
    if proving.interaction.realm != Realm.CITIZEN or name not in federation.offered(demand):
        return redirect(proving.path("sign-in"), 303)
    fresh = AGAIN in proving.kept or asks_anew(demand)
    visit = Visit(name, handle, {}, now(), fresh, _for_organisation(demand))
    return depart(visit, demand_hops=federation.hops(demand))


def _for_organisation(demand: Demand) -> bool:
    """Whether they said so where people may, or the application lets nobody come as themselves.

    Elsewhere it would only be a detour, for it is nobody's sign-in (`matching.ProveOneself`).
    """
    wanted = demand.on_behalf
    if wanted is None or not wanted.others:
        return False
    return not wanted.oneself or request.args.get(upstreams.AS) == upstreams.ORGANISATION


@bp.route("/federation/<name>/callback", methods=["GET", "POST"])
def callback(name: str) -> ResponseReturnValue:
    """Take what the upstream sent by this browser, once, and judge it."""
    federation = desk()
    if name not in federation.upstreams:
        abort(404)
    if request.method == "POST":
        return _fetched_again(federation, name)
    cookies, environ = current().cookies, request.environ
    visit = federation.visits.take(cookies.upstream(environ, name))
    if visit is None or visit.upstream != name:
        return render("interaction/resume.html", status=410, reason="other_browser", home_url="/account")
    outcome = _judged(federation, visit)
    return _back_home(federation, visit, outcome) if visit.person_id else _back(federation, visit, outcome)


@bp.get("/federation/<name>/metadata")
def metadata(name: str) -> ResponseReturnValue:
    """What the operator of a SAML upstream registers of us."""
    federation = desk()
    upstream = federation.upstreams.get(name)
    if not isinstance(upstream, Saml):
        abort(404)
    bases = current().zones.bases
    described = upstream.metadata(
        [federation.callback(name, base) for base in bases], federation.left_at(name, zones.base())
    )
    return Response(described, content_type="application/samlmetadata+xml")


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


def depart(visit: Visit, demand_hops: tuple[str, ...]) -> Response:
    """To the upstream, with a visit that only this browser can end; or back to where it began."""
    federation = desk()
    back = federation.callback(visit.upstream, zones.base())
    wanted = Wanted(back, visit.organisation, fresh=visit.fresh, hops=demand_hops)
    begun: Begun | Refused = Refused(Reason.UNAVAILABLE, "silent")
    if federation.doorsteps[visit.upstream].answers():
        begun = federation.upstreams[visit.upstream].begin(wanted, now())
    if isinstance(begun, Refused):
        leave = _back_home if visit.person_id else _back
        return leave(federation, visit, begun)
    handle = federation.visits.add(replace(visit, kept=begun.kept))
    if begun.fields is None:
        response: Response = redirect(begun.url, 303)
    else:
        origin = "/".join(begun.url.split("/")[:3])
        response = render(
            "interaction/form_post.html",
            redirect_uri=begun.url,
            fields=begun.fields,
            destination=None,
            posts_to=(origin,),
        )
    cookie = current().cookies.keep_upstream(visit.upstream, handle, int(AWAY))
    response.headers.add("Set-Cookie", cookie)
    return response


def arrived(handle: str) -> tuple[Proving, Arrival] | Response:
    """The interaction of this browser and who arrived in it; else the way on."""
    proving = proof.asked(handle)
    if not isinstance(proving, Proving):
        return proving
    arrival = desk().arrivals.find(proving.kept.get(upstreams.ARRIVED))
    if arrival is None:  # it lives for a shorter time than the interaction does
        forget(proving)
        return door(handle)
    return proving, arrival


def forget(proving: Proving) -> Proving:
    """The same interaction without a visit to an upstream, and without a page of it to come back to."""
    kept = {name: value for name, value in proving.kept.items() if not name.startswith("upstream_")}
    forgotten = replace(proving.interaction, kept=kept, unfinished="")
    current().interactions.revise(proving.handle, forgotten)
    return replace(proving, interaction=forgotten)


def enter(proving: Proving, arrival: Arrival, aal: int, person: Person, when: datetime) -> Response:
    """
    Begin the session with what the sign-in at the upstream counts for.

    It never strengthens the one that is here, whoever's that is: an upstream is no second factor.
    """
    with current().database.writing() as db:
        proven = base.let_in(db, db.get_one(Person, person.id), BY_UPSTREAM[aal], now())
    if isinstance(proven, base.Denied):
        return _told(proving, arrival, "federation/unwelcome.html", 403, reason=proven.reason)
    stay, database = Stay(arrival.asserted.upstream, arrival.asserted.kept), current().database
    leads = replace(forget(proving), confirms=None)
    return proof.succeeded(leads, proven, when, lambda begun: work.keep(database, desk(), begun, stay))


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


def _told(proving: Proving, arrival: Arrival, template: str, status: int, **values: object) -> Response:
    federation = desk()
    return proof.page(
        proving,
        "upstream",
        template,
        status=status,
        upstream=upstreams.title(
            federation, arrival.asserted.upstream, proving.interaction.demand.ui_locales
        ),
        register_url=f"/register?interaction={proving.handle}",
        family_url="/account/family",
        **values,
    )


def _entered(proving: Proving, arrival: Arrival, said: Said, person_id: object) -> Response:
    services = current()
    with services.database.writing() as db:
        person = db.get_one(Person, person_id)
        accounts.refresh(db, person, said, now())
        accounts.entered(db, services.vault, arrival.asserted, now())
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
            person = db.get_one(Person, judged.decision.person_id)
            accounts.believe_document(db, services.vault, person, checked, claim, now())
            accounts.entered(db, services.vault, arrival.asserted, now())
    except (Taken, enrolment.Taken):
        return redirect(proving.path("upstream"), 303)
    return enter(proving, arrival, judged.believed.aal, person, proven_at(arrival))


def _once_more(proving: Proving, arrival: Arrival) -> Response:
    """Ask its person to prove themselves anew, once; an upstream that will not is not believed."""
    name = arrival.asserted.upstream
    if AGAIN in proving.kept:
        return _noted(proving.handle, proving.interaction, name, "too_old")
    proof.note(proving, **{AGAIN: "1"})
    return redirect(proving.path(f"upstream/{name}"), 303)


def _judged(federation: Federation, visit: Visit) -> AssertedIdentity | Refused:
    received = _received(federation)
    if received is None:
        return Refused(Reason.UNBELIEVED, "repeated")
    return federation.upstreams[visit.upstream].finish(visit.kept, received, now())


def _received(federation: Federation) -> dict[str, str] | None:
    """What came, each name once; a repeated one is somebody's attempt to be read in two ways."""
    if "received" in request.args:
        posted = federation.posted.take(request.args["received"])
        return dict(posted.values) if posted else None
    return _single(request.args)


def _single(values: MultiDict[str, str]) -> dict[str, str] | None:
    if any(len(values.getlist(name)) > 1 for name in values):
        return None
    return {name: value for name, value in values.items() if len(value) <= LONGEST * 8}


def _fetched_again(federation: Federation, name: str) -> Response:
    """
    A form that an upstream's page posts comes without our cookie (SameSite); the redirect brings it.

    Nothing is judged before the browser has shown by its cookie that it was sent there.
    """
    services, values = current(), _single(request.form)
    if values is None:
        abort(400)
    if services.state.count(f"upstream-posted:{source()}", 60.0) > services.settings.limit_source_per_minute:
        abort(429)
    return redirect(f"/federation/{name}/callback?received={federation.posted.add(Posted(values))}", 303)


def _back(federation: Federation, visit: Visit, outcome: AssertedIdentity | Refused) -> Response:
    """To the interaction, which takes it from there on its own path and with its own cookie."""
    interaction = current().interactions.find(visit.interaction)
    if interaction is None:
        return render("interaction/resume.html", status=410, reason="unknown", home_url="/account")
    if isinstance(outcome, Refused):
        _record(visit, outcome, interaction)
        return _noted(visit.interaction, interaction, visit.upstream, outcome.reason)
    arrival = federation.arrivals.add(Arrival(outcome, now(), visit.began_at, visit.fresh))
    kept = {name: value for name, value in interaction.kept.items() if name != upstreams.NOTED}
    revised = replace(interaction, kept={**kept, upstreams.ARRIVED: arrival}, unfinished="")
    current().interactions.revise(visit.interaction, revised)
    return redirect(f"/interaction/{visit.interaction}/upstream", 303)


def _back_home(federation: Federation, visit: Visit, outcome: AssertedIdentity | Refused) -> Response:
    """To the own page that asked, which takes it from there in its own session."""
    page = "/account/upstreams"
    if isinstance(outcome, Refused):
        _record(visit, outcome, None)
        return redirect(f"{page}?failed={visit.upstream}.{outcome.reason}", 303)
    arrival = Arrival(outcome, now(), visit.began_at, visit.fresh, visit.person_id, visit.session_id)
    return redirect(f"{page}/confirm?arrival={federation.arrivals.add(arrival)}", 303)


def _record(visit: Visit, refused: Refused, interaction: Interaction | None) -> None:
    client = interaction.demand.client_id if interaction else ""
    with current().database.writing() as db:
        trail.record(
            db,
            UpstreamRefused(
                person_id=visit.person_id,
                client_id=client or None,
                upstream=visit.upstream,
                reason=refused.reason,
                code=refused.code,
            ),
        )


def _noted(handle: str, interaction: Interaction, name: str, reason: str) -> Response:
    """Back to the sign-in page, which says what became of it."""
    kept = {key: value for key, value in interaction.kept.items() if not key.startswith("upstream_")}
    revised = replace(interaction, kept={**kept, upstreams.NOTED: f"{name}:{reason}"}, unfinished="")
    current().interactions.revise(handle, revised)
    return redirect(f"/interaction/{handle}/sign-in", 303)
