"""The one door of every interaction, and the pages of its steps.

`GET /interaction/<id>` asks the policy for the next step and goes there; each step ends back at the door.
`/interaction/<id>/done` gives the answer to the protocol that asked.
"""

from datetime import timedelta

from flask import Blueprint, redirect, request
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from idp.authenticators import proving
from idp.authenticators.proving import Denied, Proven, Typed
from idp.authenticators.throttle import Wait
from idp.clients.metadata import Client
from idp.consents.models import ConsentKind
from idp.crypto.handles import digest
from idp.interaction import policy, steps
from idp.interaction.facts import facts_of
from idp.interaction.record import Facts, Interaction, Step
from idp.persons import pending
from idp.persons.models import Person
from idp.services import Goto, PostTo, RelyingProtocol, current
from idp.sessions.lifecycle import Achievement
from idp.web import csrf, forms, showing
from idp.web.pages import render
from idp.web.request_scope import device, now, session_handle, source

bp = Blueprint("interaction", __name__, url_prefix="/interaction")

SAME_PRESS = 5.0
"""Seconds in which a second arrival at the end is one press too many; later it is somebody coming back."""


@bp.get("/<handle>")
def dispatch(handle: str) -> ResponseReturnValue:
    """The one door: go to whatever must still be done."""
    interaction = _open(handle)
    if not isinstance(interaction, Interaction):
        return interaction
    facts = _facts(interaction)
    step = _next(interaction, facts)
    if facts is not None and step is Step.NOTICE and _needs_no_notice_page(interaction, facts):
        step = Step.DONE
    return redirect(f"/interaction/{handle}/{step}", 303)


@bp.get("/<handle>/sign-in")
def sign_in(handle: str) -> ResponseReturnValue:
    """The sign-in page."""
    interaction = _open(handle, Step.SIGN_IN)
    if not isinstance(interaction, Interaction):
        return interaction
    form = forms.SignIn(login=interaction.demand.login_hint or "")
    facts = _facts(interaction)
    somebody_else = facts is not None and interaction.demand.subject not in {None, facts.sub}
    return _sign_in_page(handle, interaction, form, "other_person" if somebody_else else "")


@bp.post("/<handle>/sign-in")
def prove(handle: str) -> ResponseReturnValue:
    """Judge a login and password; the answer is the same for a wrong one and for an unknown person."""
    interaction = _open(handle)
    if not isinstance(interaction, Interaction):
        return interaction
    form = forms.SignIn(request.form)
    if not _token_fits(handle, Step.SIGN_IN):
        return _sign_in_page(handle, interaction, form, "form_stale", 400)
    if not form.validate():
        return _sign_in_page(handle, interaction, form, "", 400)
    services = current()
    typed = Typed(form.login.data, form.password.data, source(), interaction.demand.client_id)
    judged = proving.by_password(
        services.database, services.vault, services.state, services.limits, typed, now()
    )
    match judged:
        case Wait(seconds=seconds):
            return _sign_in_page(handle, interaction, form, "", 429, seconds)
        case Denied(reason=reason):
            return _sign_in_page(handle, interaction, form, reason, 200 if reason == "wrong" else 403)
        case Proven() as proven:
            return _begin_session(handle, proven)


@bp.get("/<handle>/register")
def register(handle: str) -> ResponseReturnValue:
    """The application asked for a new registration (`prompt=create`)."""
    interaction = _open(handle)
    if not isinstance(interaction, Interaction):
        return interaction
    return redirect(f"/register?interaction={handle}", 303)


@bp.get("/<handle>/organisation")
def organisation(handle: str) -> ResponseReturnValue:
    """Explain that a legal person acts through people, who sign in as themselves first."""
    interaction = _open(handle)
    if not isinstance(interaction, Interaction):
        return interaction
    return render(
        "interaction/organisation.html",
        destination=showing.destination(interaction, _client(interaction)),
        personal_url=f"/interaction/{handle}/sign-in",
        register_url=f"/register?interaction={handle}",
        ui_locales=interaction.demand.ui_locales,
    )


@bp.route("/<handle>/step-up", methods=["GET", "POST"])
def step_up(handle: str) -> ResponseReturnValue:
    """Say which level is asked, why, and the shortest way there; or decline."""
    interaction = _open(handle, Step.STEP_UP)
    if not isinstance(interaction, Interaction):
        return interaction
    facts = _facts(interaction)
    if facts is None:
        return _door(handle)
    if request.method == "POST" and _token_fits(handle, Step.STEP_UP):
        return _answer(interaction, _protocol(interaction).decline(interaction, "unmet_level"))
    return render(
        "interaction/step_up.html",
        destination=showing.destination(interaction, _client(interaction)),
        level=facts.reached.ial,
        ways=_ways(handle, facts, interaction),
        csrf_token=_token(handle, Step.STEP_UP),
        action="",
        ui_locales=interaction.demand.ui_locales,
        posts_to=showing.origins(interaction, _client(interaction)),
    )


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
    interaction = _open(handle, step)
    if not isinstance(interaction, Interaction):
        return interaction
    facts = _facts(interaction)
    if facts is None or not _token_fits(handle, step):
        return _door(handle)
    if request.form.get("decision") != "accept":
        return _answer(interaction, _protocol(interaction).decline(interaction, "access_denied"))
    services = current()
    chosen = frozenset(request.form.getlist("scope"))
    said = showing.said(ConsentKind.NOTICE if step is Step.NOTICE else ConsentKind.PROVISION)
    with services.database.writing() as db:
        revised = steps.agreed(db, interaction, facts.person_id, step, said, now(), chosen)
    services.interactions.revise(handle, revised)
    return _door(handle)


@bp.get("/<handle>/done")
def done(handle: str) -> ResponseReturnValue:
    """Answer the application, once."""
    interaction = _open(handle)
    if not isinstance(interaction, Interaction):
        return interaction
    facts = _facts(interaction)
    if facts is None or _next(interaction, facts) is not Step.DONE:
        return _door(handle)
    state, answering = current().state, f"answering:{digest(handle)}"
    if not current().interactions.spend(handle):
        pressed_twice = state.get(answering) is not None
        return _begin_again(interaction) if pressed_twice else _finished(interaction)
    state.put(answering, b"", SAME_PRESS)
    return _answer(interaction, _protocol(interaction).finish(interaction, facts))


def _open(handle: str, step: Step | None = None) -> Interaction | Response:
    """The interaction of this browser, or the way on for one that is lost, expired or past that step."""
    services = current()
    if services.cookies.interaction(request.environ, handle) != handle:
        return render("interaction/resume.html", status=410, reason="other_browser", home_url="/account")
    interaction = services.interactions.find(handle)
    if interaction is None:
        return render("interaction/resume.html", status=410, reason="unknown", home_url="/account")
    if now() - interaction.started_at > timedelta(seconds=services.settings.interaction_lifetime):
        return _begin_again(interaction)
    if step is not None and request.method == "GET":
        due = _next(interaction)
        if due is not step and (step is not Step.SIGN_IN or due is Step.DONE):
            return _door(handle)
    return interaction


def _begin_again(interaction: Interaction) -> Response:
    return redirect(_protocol(interaction).restart(interaction), 303)


def _finished(interaction: Interaction) -> Response:
    """For who comes back to what has been answered: the application would not take a second answer."""
    client = _client(interaction)
    return render(
        "interaction/resume.html",
        status=410,
        reason="finished",
        destination=showing.destination(interaction, client),
        restart_url=client.raw.get("client_uri"),
        home_url="/account",
        ui_locales=interaction.demand.ui_locales,
    )


def _next(interaction: Interaction, facts: Facts | None = None) -> Step:
    facts = facts or _facts(interaction)
    return policy.next_step(
        interaction.demand,
        facts,
        now(),
        steps.met(interaction, facts),
        notice_only=_client(interaction).is_government,
    )


def _facts(interaction: Interaction) -> Facts | None:
    services = current()
    return facts_of(services.prepared, session_handle(), _client(interaction), now(), services.idle)


def _client(interaction: Interaction) -> Client:
    client = current().clients.find(interaction.demand.client_id)
    if client is None:
        raise LookupError("the client of an interaction has disappeared")
    return client


def _needs_no_notice_page(interaction: Interaction, facts: Facts) -> bool:
    said, database = showing.said(ConsentKind.NOTICE), current().database
    return steps.notice_carried_over(database, interaction.demand, facts, said, now()) is not None


def _protocol(interaction: Interaction) -> RelyingProtocol:
    return current().protocols[interaction.resume]


def _door(handle: str) -> Response:
    return redirect(f"/interaction/{handle}", 303)


def _token(handle: str, step: Step) -> str:
    return csrf.form_token(current().csrf_key, handle, step)


def _token_fits(handle: str, step: Step) -> bool:
    return csrf.token_matches(request.form.get("csrf_token"), current().csrf_key, handle, step)


def _sign_in_page(
    handle: str,
    interaction: Interaction,
    form: forms.SignIn,
    refusal: str,
    status: int = 200,
    seconds: int = 0,
) -> Response:
    page = render(
        "interaction/slow_down.html" if seconds else "interaction/sign_in.html",
        status=status,
        seconds=seconds,
        destination=showing.destination(interaction, _client(interaction)),
        form=form,
        refusal=refusal,
        csrf_token=_token(handle, Step.SIGN_IN),
        action=f"/interaction/{handle}/sign-in",
        organisation_url=f"/interaction/{handle}/organisation",
        forgot_url=f"/recover?interaction={handle}",
        register_url=f"/register?interaction={handle}",
        ui_locales=interaction.demand.ui_locales,
        posts_to=showing.origins(interaction, _client(interaction)),
    )
    if seconds:
        page.headers["Retry-After"] = str(seconds)
    return page


def _begin_session(handle: str, proven: Proven) -> Response:
    services = current()
    with services.database.writing() as db:
        session = steps.signed_in(
            db,
            Achievement(proven.person_id, proven.amr, now()),
            absolute=timedelta(seconds=services.settings.session_absolute),
            device=device(),
            replaces=session_handle(),
        )
    response = _door(handle)
    response.headers.add("Set-Cookie", services.cookies.keep_session(session))
    return response


def _agreement_page(handle: str, step: Step) -> ResponseReturnValue:
    interaction = _open(handle, step)
    if not isinstance(interaction, Interaction):
        return interaction
    facts = _facts(interaction)
    if facts is None:
        return _door(handle)
    client = _client(interaction)
    with current().database.reading() as db:
        person = db.get_one(Person, facts.person_id)
        values = showing.agreement(person, interaction, client, facts)
    return render(
        f"interaction/{step}.html",
        csrf_token=_token(handle, step),
        action="",
        ui_locales=interaction.demand.ui_locales,
        posts_to=showing.origins(interaction, client),
        **values,
    )


def _ways(handle: str, facts: Facts, interaction: Interaction) -> list[tuple[str, str]]:
    need = interaction.demand.level
    ways = []
    if facts.reached.ial < min(need.ial, 3):
        with current().database.reading() as db:
            waits = pending.is_waiting(db, facts.person_id)
        ways.append(("pending", "") if waits else ("registry", f"/account/verify?interaction={handle}"))
    if facts.reached.ial < need.ial:
        ways.append(("window", ""))
    return ways


def _answer(interaction: Interaction, answer: Goto | PostTo) -> Response:
    if isinstance(answer, Goto):
        return redirect(answer.url, 303)
    return render(
        "interaction/form_post.html",
        redirect_uri=answer.action,
        fields=answer.fields,
        destination=showing.destination(interaction, _client(interaction)),
        posts_to=showing.origins(interaction, _client(interaction)),
    )
