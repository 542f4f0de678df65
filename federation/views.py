"""To an upstream and back: `/interaction/<id>/upstream/<name>` and `/federation/<name>/callback`.

A visit is bound to this browser by a cookie of its own and spent by its return. What comes back is judged
without a transaction open; whom the upstream means is decided after it, on the interaction's own path
(`federation.entering`).
"""

from dataclasses import replace

from flask import Blueprint, abort, redirect, request
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from federation.desk import AWAY, Arrival, Federation, Posted, Visit, asks_anew
from federation.events import UpstreamRefused
from federation.saml import Saml
from idp.audit import trail
from idp.interaction.record import Demand, Interaction
from idp.interaction.upstream import AssertedIdentity, Begun, Reason, Refused, Wanted
from idp.persons.models import Realm
from idp.services import current
from idp.sign_in import arrivals, proof, upstreams
from idp.sign_in.proof import Proving
from idp.web import carrying, zones
from idp.web.pages import render
from idp.web.request_scope import now, source

bp = Blueprint("federation", __name__)
AGAIN = "upstream_again"
"""Under this name an interaction notes that its person was asked to prove themselves anew."""
LONGEST = 16_384
"""Characters of a value that an upstream sends back."""


def desk() -> Federation:
    """The upstreams of this instance; 404 where it has none."""
    found = arrivals.federation()
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
        response = carrying.page(begun.url, begun.fields)
    cookie = current().cookies.keep_upstream(visit.upstream, handle, int(AWAY))
    response.headers.add("Set-Cookie", cookie)
    return response


def noted(handle: str, interaction: Interaction, name: str, reason: str) -> Response:
    """Back to the sign-in page, which says what became of it."""
    found = without_visit(interaction)
    revised = replace(found, kept={**found.kept, upstreams.NOTED: f"{name}:{reason}"})
    current().interactions.revise(handle, revised)
    return redirect(f"/interaction/{handle}/sign-in", 303)


def without_visit(interaction: Interaction) -> Interaction:
    """The same without a visit to an upstream, and without a page of it to come back to."""
    kept = {name: value for name, value in interaction.kept.items() if not name.startswith("upstream_")}
    return replace(interaction, kept=kept, unfinished="")


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
        return noted(visit.interaction, interaction, visit.upstream, outcome.reason)
    arrival = federation.arrivals.add(Arrival(outcome, now(), visit.began_at, visit.fresh))
    kept = {name: value for name, value in interaction.kept.items() if name != upstreams.NOTED}
    before = federation.arrivals.find(kept.get(arrivals.ARRIVED))
    if before is not None and before.asserted.upstream != visit.upstream:
        kept[arrivals.FORMER] = kept[arrivals.ARRIVED]
    revised = replace(interaction, kept={**kept, arrivals.ARRIVED: arrival}, unfinished="")
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
