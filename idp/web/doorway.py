"""Coming to an interaction: whose it is, whether it lives, what is due, and the way back to its door."""

from datetime import timedelta

from flask import redirect, request
from werkzeug.wrappers import Response

from idp.clients.metadata import Client
from idp.interaction import capacity, steps
from idp.interaction.facts import OWN, facts_of
from idp.interaction.record import OWN_PAGES, Facts, Interaction, Step
from idp.services import Goto, PostTo, RelyingProtocol, current
from idp.web import csrf, showing
from idp.web.pages import render
from idp.web.request_scope import now, patience, session_handle


def opened(handle: str, step: Step | None = None) -> Interaction | Response:
    """The interaction of this browser, or the way on for one that is lost, expired or past that step."""
    services = current()
    if services.cookies.interaction(request.environ, handle) != handle:
        return render("interaction/resume.html", status=410, reason="other_browser", home_url="/account")
    interaction = services.interactions.find(handle)
    if interaction is None:
        return render("interaction/resume.html", status=410, reason="unknown", home_url="/account")
    lifetime = timedelta(seconds=services.settings.interaction_lifetime) * patience()
    if now() - interaction.started_at > lifetime:
        return begun_again(interaction)
    if step is not None and request.method == "GET":
        now_due = due(interaction, facts_here(interaction))
        if now_due is not step and (step is not Step.SIGN_IN or now_due is Step.DONE):
            return door(handle)
    return interaction


def begun_again(interaction: Interaction) -> Response:
    """The same request from its beginning, in place of an interaction that is used up."""
    return redirect(protocol_of(interaction).restart(interaction), 303)


def finished(interaction: Interaction) -> Response:
    """For who comes back to what has been answered: the application would not take a second answer."""
    client = client_of(interaction)
    return render(
        "interaction/resume.html",
        status=410,
        reason="finished",
        destination=showing.destination(interaction, client),
        restart_url=client.raw.get("client_uri") if client else None,
        home_url="/account",
        ui_locales=interaction.demand.ui_locales,
    )


def due(interaction: Interaction, facts: Facts | None) -> Step:
    """What this browser must do next, of which this is known (`facts_here`)."""
    return steps.due(interaction, client_of(interaction), facts, now())


def facts_here(interaction: Interaction) -> Facts | None:
    """What is known of this browser, for the application of the interaction."""
    services, realm, client = current(), interaction.realm, client_of(interaction)
    facts = facts_of(
        services.prepared,
        session_handle(realm),
        client or OWN,
        now(),
        services.idle,
        realm,
        client is not None and client.lets_act,
    )
    if facts is None or interaction.demand.on_behalf is None:
        return facts
    met = steps.met(interaction, facts)
    return capacity.settle(
        services.prepared, services.extras["matters"], interaction.demand, facts, met, now()
    )


def client_of(interaction: Interaction) -> Client | None:
    """The application that began the interaction; None for a person's own pages."""
    if interaction.demand.client_id == OWN_PAGES:
        return None
    client = current().clients.find(interaction.demand.client_id)
    if client is None:
        raise LookupError("the client of an interaction has disappeared")
    return client


def protocol_of(interaction: Interaction) -> RelyingProtocol:
    """The protocol that is called back."""
    return current().protocols[interaction.resume]


def door(handle: str) -> Response:
    """Back to the one door."""
    return redirect(f"/interaction/{handle}", 303)


def token(handle: str, step: Step, facts: Facts | None = None) -> str:
    """The form token of one step of one interaction, and of whoever is asked there once that is known."""
    return csrf.form_token(current().csrf_key, _bound_to(handle, facts), step)


def token_fits(handle: str, step: Step, facts: Facts | None = None) -> bool:
    """Whether the form came from the page of this very step, and was shown to whom it is posted by."""
    posted = request.form.get("csrf_token")
    return csrf.token_matches(posted, current().csrf_key, _bound_to(handle, facts), step)


def _bound_to(handle: str, facts: Facts | None) -> str:
    return handle if facts is None else f"{handle}|{facts.session_id.hex}"


def answered(interaction: Interaction, answer: Goto | PostTo) -> Response:
    """The protocol's answer on its way to the application."""
    if isinstance(answer, Goto):
        return redirect(answer.url, 303)
    return render(
        "interaction/form_post.html",
        redirect_uri=answer.action,
        fields=answer.fields,
        destination=showing.destination(interaction, client_of(interaction)),
        posts_to=showing.origins(interaction, client_of(interaction)),
    )
