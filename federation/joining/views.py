"""Link an account that is here after one proof by its person, or begin one after the agreements.

An organisation's sign-in does neither: whoever came by it proves who they are, each time.
"""

from dataclasses import replace
from datetime import datetime

from flask import Blueprint, redirect, request
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from federation import accounts, arriving, linking
from federation.arriving import Judged
from federation.desk import Arrival
from federation.entering.views import arrived, disagreed, enter, forget, proven_at, title
from federation.leaving import work
from federation.leaving.stays import Stay
from federation.linking import How
from federation.matching import Conflict, Create, Prove, ProveOneself
from federation.views import desk
from idp.account import registering
from idp.assurance import own_level
from idp.consents import texts
from idp.interaction.record import COMES_FOR, Facts
from idp.interaction.upstream import AssertedOrganisation
from idp.mandates import holdings
from idp.persons import enrolment, hold
from idp.persons.identifiers import mask
from idp.persons.models import Person
from idp.services import current
from idp.sessions import lifecycle
from idp.sign_in import proof, upstreams
from idp.sign_in.proof import Proving
from idp.sign_in.upstreams import LINK, Offered
from idp.sign_in.upstreams import ORGANISATION_PROOF as ORGANISATION
from idp.web import forms, languages, showing
from idp.web.doorway import door, facts_here
from idp.web.request_scope import now

bp = Blueprint("federation_joining", __name__, url_prefix="/interaction/<handle>")
NEW = "upstream-new"


@bp.get(f"/{LINK}")
def prove_account(handle: str) -> ResponseReturnValue:
    """Ask for one proof of the account that is here; come back to after it, link both and go on."""
    found = _found(handle, Prove)
    if not isinstance(found, tuple):
        return found
    proving, arrival, judged = found
    assert isinstance(judged.decision, Prove)
    facts = facts_here(proving.interaction)
    proven = facts is not None and _is_own_proof(facts, arrival)
    if facts is not None and proven and facts.person_id == judged.decision.person_id:
        return _linked(proving, arrival, judged, facts)
    current().interactions.revise(handle, replace(proving.interaction, unfinished=LINK))
    return _link_page(proving, arrival, "other_person" if proven else "")


@bp.post(f"/{LINK}")
def leave_apart(handle: str) -> ResponseReturnValue:
    """Its person would rather not link anything: sign in here as always."""
    proving = _left(handle, LINK)
    return redirect(proving.path("sign-in"), 303) if isinstance(proving, Proving) else proving


@bp.get(f"/{NEW}")
def show_newcomer(handle: str) -> ResponseReturnValue:
    """What is taken over from the upstream, and the agreements."""
    found = _found(handle, Create)
    return _new_page(*found, forms.Joining()) if isinstance(found, tuple) else found


@bp.post(f"/{NEW}")
def create(handle: str) -> ResponseReturnValue:
    """Ask the registry, and begin the account; where it says no an operator decides."""
    found = _found(handle, Create)
    if not isinstance(found, tuple):
        return found
    proving, arrival, judged = found
    form = forms.Joining(request.form)
    if not proof.token_fits(proving, NEW):
        return _new_page(*found, form, "form_stale", 400)
    if not form.validate_for(judged.claim is not None):
        return _new_page(*found, form, "", 400)
    checked = arriving.ask_registry(current(), judged, now())
    if isinstance(checked, Conflict):
        return disagreed(proving, arrival, checked)
    services, language = current(), languages.of_request(proving.interaction.demand.ui_locales)
    try:
        with services.database.writing() as db:
            person = accounts.create(db, services.vault, checked, judged.claim, language, now())
            registering.record_agreements(db, person.id, sensitive=judged.claim is not None)
    except (linking.Taken, enrolment.Taken):  # somebody was quicker: look again whom it means
        return redirect(proving.path("upstream"), 303)
    return enter(proving, arrival, judged.believed.aal, person, proven_at(arrival))


@bp.get(f"/{ORGANISATION}")
def prove_oneself(handle: str) -> ResponseReturnValue:
    """
    Ask who it is that came by an organisation's sign-in; come back to after it, and go on as oneself.

    Nothing of whom it names is matched, linked or believed; the organisation is kept as a proposal.
    """
    found = _found(handle, ProveOneself)
    if not isinstance(found, tuple):
        return found
    proving, arrival, judged = found
    facts, said = facts_here(proving.interaction), arrival.asserted
    assert said.organisation is not None
    if facts is not None and _is_own_proof(facts, arrival):
        if desk().stays.find(facts.session_id) is None:
            work.keep(current().database, desk(), facts.session_id, Stay(said.upstream, said.kept))
        code = "" if "organisation" in judged.said.trust.ignored else said.organisation.code
        if code and proving.interaction.demand.on_behalf is not None and not _acts_for(facts, code):
            return _organisation_page(proving, arrival, said.organisation, "federation/unauthorised.html")
        forget(proof.note(proving, **{COMES_FOR: code}))
        return door(handle)
    current().interactions.revise(handle, replace(proving.interaction, unfinished=ORGANISATION))
    return _organisation_page(proving, arrival, said.organisation, "federation/organisation.html")


@bp.post(f"/{ORGANISATION}")
def leave_organisation(handle: str) -> ResponseReturnValue:
    """Its person goes on as themselves: the organisation is forgotten, and nothing of it was believed."""
    proving = _left(handle, ORGANISATION)
    return door(handle) if isinstance(proving, Proving) else proving


def _left(handle: str, page: str) -> Proving | Response:
    """Whoever presses the button of a page is rid of their arrival."""
    found = arrived(handle)
    if not isinstance(found, tuple):
        return found
    proving, _ = found
    return forget(proving) if proof.token_fits(proving, page) else proving


def _acts_for(facts: Facts, code: str) -> bool:
    """Whether the organisation has given them anything, be it ended of late: the choice then says what."""
    return bool(holdings.towards_code(current().prepared, facts.person_id, code, now()).paths)


def _organisation_page(
    proving: Proving, arrival: Arrival, organisation: AssertedOrganisation, template: str
) -> Response:
    return proof.page(
        proving,
        ORGANISATION,
        template,
        upstream=title(proving, arrival),
        organisation=organisation.called,
        comes_for=proving.interaction.demand.on_behalf is not None,
        ways=[("sign-in", proving.path("sign-in")), *proof.ways_to_begin(proving)],
    )


def _found(
    handle: str, wanted: type[Prove] | type[Create] | type[ProveOneself]
) -> tuple[Proving, Arrival, Judged] | Response:
    found = arrived(handle)
    if not isinstance(found, tuple):
        return found
    proving, arrival = found
    judged = arriving.judge(current(), desk(), arrival, now())
    if judged.believed.is_too_old or not isinstance(judged.decision, wanted):
        return redirect(proving.path("upstream"), 303)
    return proving, arrival, judged


def _is_own_proof(facts: Facts, arrival: Arrival) -> bool:
    """Whether somebody proved themselves here since they arrived, with a means that is not the upstream."""
    return facts.authenticated_at >= arrival.at and own_level(facts.amr) > 0


def _linked(proving: Proving, arrival: Arrival, judged: Judged, facts: Facts) -> Response:
    services, asserted, person_id = current(), arrival.asserted, facts.person_id
    try:
        with services.database.writing() as db:
            if not lifecycle.is_still(db, person_id, facts.session_id):
                return door(proving.handle)
            person = db.get_one(Person, person_id)
            held_until = hold.until(person, now())
            if held_until is None:
                linking.link(
                    db, services.vault, asserted.upstream, asserted.subject, person_id, How.OWN_MEANS, now()
                )
                accounts.refresh(db, person, judged.said, now())
    except linking.Taken:
        return redirect(proving.path("upstream"), 303)
    if held_until is not None:  # a link is one more way in, which whoever recovered it must not add
        return _link_page(proving, arrival, held_until=held_until)
    forget(proving)
    return door(proving.handle)


def _link_page(
    proving: Proving, arrival: Arrival, refusal: str = "", held_until: datetime | None = None
) -> Response:
    ways = [("sign-in", proving.path("sign-in")), *proof.ways_to_begin(proving)]
    return proof.page(
        proving,
        LINK,
        "federation/link.html",
        upstream=title(proving, arrival),
        person=showing.masked_name(arrival.asserted.name),
        number=mask(arrival.asserted.number),
        ways=ways,
        others=_other_upstreams(proving, arrival),
        forgot_url=f"/recover?interaction={proving.handle}",
        refusal=refusal,
        held_until=held_until,
    )


def _other_upstreams(proving: Proving, arrival: Arrival) -> list[Offered]:
    """
    Every one but that just come from, for who began by another and has no means of their own.

    All that are docked, whether this account has them or not: a stranger learns nothing of it. Signing in
    there links nothing; its person does, from their own page (`idp.account.upstreams`).
    """
    return [one for one in upstreams.offered(proving) if one.name != arrival.asserted.upstream]


def _new_page(
    proving: Proving,
    arrival: Arrival,
    judged: Judged,
    form: forms.Joining,
    refusal: str = "",
    status: int = 200,
) -> Response:
    asserted = arrival.asserted
    return proof.page(
        proving,
        NEW,
        "federation/new.html",
        status=status,
        upstream=title(proving, arrival),
        person=showing.masked_name(asserted.name),
        number=mask(asserted.number) if judged.claim else "",
        level=max(judged.believed.ial, 1),
        believed=judged.claim is not None,
        form=form,
        refusal=refusal,
        agreements=[texts.TEXTS[key] for key in registering.AGREED],
        sign_in_url=proving.path("sign-in"),
    )
