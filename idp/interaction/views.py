"""The one door of every interaction, and the pages of its steps.

`GET /interaction/<id>` asks the policy for the next step and goes there; each step ends back at the door.
When nothing is left to do, the door gives the answer to the protocol that asked. How people prove themselves
is `idp.sign_in`'s.
"""

from datetime import timedelta

from flask import Blueprint, redirect, request
from flask.typing import ResponseReturnValue

from idp.account import elsewhere
from idp.consents.models import ConsentKind
from idp.crypto.handles import digest
from idp.interaction import reasons, steps
from idp.interaction.record import Facts, Interaction, Step
from idp.persons import pending
from idp.persons.models import Person, Realm
from idp.services import current
from idp.sign_in import upstreams
from idp.web import showing
from idp.web.doorway import (
    answered,
    begun_again,
    client_of,
    door,
    due,
    facts_here,
    finished,
    opened,
    protocol_of,
    token,
    token_fits,
)
from idp.web.pages import keep_spoken, render
from idp.web.request_scope import now, patience

bp = Blueprint("interaction", __name__, url_prefix="/interaction")

LOOKS_FOR, LOOKS_EVERY = timedelta(minutes=5), 15
"""How long since its beginning, and every how many seconds, a page looks again whether a check has ended."""
SAME_PRESS = 5.0
"""Seconds in which a second arrival at the end is one press too many; later it is somebody coming back."""


@bp.get("/<handle>")
def dispatch(handle: str) -> ResponseReturnValue:
    """The one door: go to whatever must still be done, or answer the application, once."""
    interaction = opened(handle)
    if not isinstance(interaction, Interaction):
        return interaction
    facts = facts_here(interaction)
    step = due(interaction, facts)
    if interaction.unfinished and facts is not None and not facts.is_half:
        return redirect(f"/interaction/{handle}/{interaction.unfinished}", 303)
    if facts is None or not _is_done(step, interaction, facts):
        return redirect(f"/interaction/{handle}/{step}", 303)
    return _answer(handle, interaction, facts)


@bp.get("/<handle>/register")
def register(handle: str) -> ResponseReturnValue:
    """The application asked for a new registration (`prompt=create`)."""
    interaction = opened(handle)
    if not isinstance(interaction, Interaction):
        return interaction
    if interaction.realm == Realm.STAFF:  # nobody registers as a civil servant
        return redirect(f"/interaction/{handle}/staff", 303)
    return redirect(f"/register?interaction={handle}", 303)


@bp.get("/<handle>/organisation")
def organisation(handle: str) -> ResponseReturnValue:
    """Explain that a legal person acts through people, who sign in as themselves first."""
    interaction = opened(handle)
    if not isinstance(interaction, Interaction):
        return interaction
    return render(
        "interaction/organisation.html",
        destination=showing.destination(interaction, client_of(interaction)),
        personal_url=f"/interaction/{handle}/sign-in",
        register_url=f"/register?interaction={handle}",
        registers_at=elsewhere.named(interaction.demand.ui_locales),
        upstreams=upstreams.for_organisations(handle, interaction),
        ui_locales=interaction.demand.ui_locales,
    )


@bp.route("/<handle>/step-up", methods=["GET", "POST"])
def step_up(handle: str) -> ResponseReturnValue:
    """Say which level is asked, why, and the shortest way there; or decline."""
    interaction = opened(handle, Step.STEP_UP)
    if not isinstance(interaction, Interaction):
        return interaction
    facts = facts_here(interaction)
    if facts is None:
        return door(handle)
    if request.method == "POST" and token_fits(handle, Step.STEP_UP, facts):
        current().interactions.spend(handle)  # one answer each: a yes that comes later is none
        return answered(interaction, protocol_of(interaction).decline(interaction, "unmet_level"))
    ways = _ways(handle, facts, interaction)
    page = render(
        "interaction/step_up.html",
        destination=showing.destination(interaction, client_of(interaction)),
        level=facts.reached.ial,
        needed=interaction.demand.level.ial,
        ways=ways,
        acting=facts.acting.name if facts.acting else "",
        why=reasons.second_way(interaction.demand, facts),
        csrf_token=token(handle, Step.STEP_UP, facts),
        action="",
        ui_locales=interaction.demand.ui_locales,
        posts_to=showing.origins(interaction, client_of(interaction)),
    )
    if ways and ways[0][0] == "pending" and now() - interaction.started_at < LOOKS_FOR:
        page.headers["Refresh"] = f"{LOOKS_EVERY * patience()}; url=/interaction/{handle}"
    return page


@bp.get("/<handle>/notice")
def notice(handle: str) -> ResponseReturnValue:
    """A government department's notice on first use."""
    return _agreement_page(handle, Step.NOTICE)


@bp.get("/<handle>/consent")
def consent(handle: str) -> ResponseReturnValue:
    """Ask whether the application may have the person's information."""
    return _agreement_page(handle, Step.CONSENT)


@bp.post("/<handle>/notice")
@bp.post("/<handle>/consent")
def agree(handle: str) -> ResponseReturnValue:
    """Record the person's yes or give their no to the application."""
    step = Step(request.path.rsplit("/", 1)[1])
    interaction = opened(handle, step)
    if not isinstance(interaction, Interaction):
        return interaction
    facts = facts_here(interaction)
    if facts is None or not token_fits(handle, step, facts):
        return door(handle)
    if request.form.get("decision") != "accept":
        current().interactions.spend(handle)  # one answer each: a yes that comes later is none
        return answered(interaction, protocol_of(interaction).decline(interaction, "access_denied"))
    services = current()
    chosen = frozenset(request.form.getlist("scope"))
    said = showing.said(ConsentKind.NOTICE if step is Step.NOTICE else ConsentKind.PROVISION)
    with services.database.writing() as db:
        revised = steps.agreed(db, interaction, facts.person_id, step, said, now(), chosen)
    services.interactions.revise(handle, revised)
    return door(handle)


def _is_done(step: Step, interaction: Interaction, facts: Facts) -> bool:
    return step is Step.DONE or (step is Step.NOTICE and _needs_no_notice_page(interaction, facts))


def _answer(handle: str, interaction: Interaction, facts: Facts) -> ResponseReturnValue:
    state, answering = current().state, f"answering:{digest(handle)}"
    if not current().interactions.spend(handle):
        pressed_twice = state.get(answering) is not None
        return begun_again(interaction) if pressed_twice else finished(interaction)
    state.put(answering, b"", SAME_PRESS)
    answer = answered(interaction, protocol_of(interaction).finish(interaction, facts))
    return keep_spoken(answer, interaction.demand.ui_locales)


def _needs_no_notice_page(interaction: Interaction, facts: Facts) -> bool:
    said, database = showing.said(ConsentKind.NOTICE), current().database
    return steps.notice_carried_over(database, interaction.demand, facts, said, now()) is not None


def _agreement_page(handle: str, step: Step) -> ResponseReturnValue:
    interaction = opened(handle, step)
    if not isinstance(interaction, Interaction):
        return interaction
    facts, client = facts_here(interaction), client_of(interaction)
    if facts is None or client is None:
        return door(handle)
    with current().database.reading() as db:
        person = db.get_one(Person, facts.person_id)
        values = showing.agreement(person, interaction, client, facts)
    return render(
        f"interaction/{step}.html",
        csrf_token=token(handle, step, facts),
        action="",
        ui_locales=interaction.demand.ui_locales,
        posts_to=showing.origins(interaction, client),
        acting=facts.acting.name if facts.acting else "",
        **values,
    )


def _ways(handle: str, facts: Facts, interaction: Interaction) -> list[tuple[str, str]]:
    need = interaction.demand.level
    ways = []
    if facts.reached.ial < min(need.ial, 3):
        with current().database.reading() as db:
            waits = pending.is_waiting(db, facts.person_id)
        ways.append(
            ("pending", f"/interaction/{handle}")
            if waits
            else ("registry", f"/account/verify?interaction={handle}")
        )
    if facts.reached.ial == 3 and need.ial == 4 and "likeness" in current().extras:
        ways.append(("real_person", f"/account/real-person?interaction={handle}"))
    if facts.reached.ial < need.ial:
        ways.append(("window", "/account/window"))
    return ways
